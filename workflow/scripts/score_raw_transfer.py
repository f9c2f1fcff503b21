"""As score_transfer with no network, and what networks are given of other layers."""

from collections.abc import Sequence

from nma.jobs.job import job
from nma.preprocessing.tensors import read_tensor
from nma.scores.other_neurons import TransferSettings, other_neurons
from nma.scores.table import write_scores
from nma.scores.transfer import direct, new_read_ins, transfer_scores, write_transfer
from nma.types import FilePath


def main(
    tensors: Sequence[FilePath],
    layer_files: Sequence[FilePath],
    recording: FilePath,
    out: FilePath,
    read_ins: FilePath,
    scores: FilePath,
    settings: TransferSettings,
) -> None:
    """tensors, layer_files: a file a layer."""
    layers = [read_tensor(path) for path in tensors]
    others, recorded = other_neurons(recording, layer_files, layers, settings)
    with new_read_ins(read_ins) as keep:
        found = direct(
            [layer.activity for layer in layers],
            others,
            layers[0].split,
            keep,
            seed=settings.seed,
            split=settings.split,
            present=([layer.present for layer in layers], recorded),
        )
    names = [layer.layer for layer in layers]
    labels = {"source": "raw", "seed": 0, "split": settings.split}
    write_transfer(out, found, names, **labels)
    write_scores(scores, transfer_scores(found, names, **labels))


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            tensors=snakemake.input.tensors,
            layer_files=snakemake.input.layers,
            recording=snakemake.input.recording,
            out=snakemake.output.transfer,
            read_ins=snakemake.output.read_ins,
            scores=snakemake.output.scores,
            settings=TransferSettings(
                split=snakemake.params.split, seed=snakemake.params.layer_seed
            ),
        )
