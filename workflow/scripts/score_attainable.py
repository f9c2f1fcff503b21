"""How well hidden activity of a simulation can be predicted at all, to scores/attainable.tsv."""

from collections.abc import Sequence

from nma.io.hdf5 import open_h5
from nma.jobs.job import job
from nma.preprocessing.masks import read_masks
from nma.preprocessing.tensors import read_tensor
from nma.scores.attainable import attainable_scores
from nma.scores.table import write_scores
from nma.types import FilePath


def main(
    layers: Sequence[FilePath],
    tensors: Sequence[FilePath],
    hidden: Sequence[FilePath],
    truth: FilePath,
    out: FilePath,
) -> None:
    """layers, tensors, hidden: of all layers."""
    scores = []
    for layer, tensor, masks in zip(layers, tensors, hidden, strict=True):
        with open_h5(layer) as file:
            activity = file["activity"][:]
        scores += attainable_scores(read_tensor(tensor), read_masks(masks), activity, truth)
    write_scores(out, scores)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            layers=snakemake.input.layers,
            tensors=snakemake.input.tensors,
            hidden=snakemake.input.hidden,
            truth=snakemake.input.truth,
            out=snakemake.output[0],
        )
