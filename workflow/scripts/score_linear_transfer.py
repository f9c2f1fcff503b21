"""As score_transfer, of principal components, and of neurons with no network between (raw)."""

from collections.abc import Sequence

from nma.baselines.pca import encode_pca
from nma.dims import latent_dims
from nma.jobs.job import job
from nma.preprocessing.tensors import read_tensor
from nma.scores.table import write_scores
from nma.scores.transfer import (
    Encoder,
    TransferSettings,
    direct,
    other_neurons,
    transfer,
    transfer_scores,
    write_transfer,
)
from nma.types import FilePath


def main(
    tensors: Sequence[FilePath],
    layer_files: Sequence[FilePath],
    pca_files: Sequence[FilePath],
    recording: FilePath,
    out: Sequence[FilePath],
    scores: Sequence[FilePath],
    *,
    dims: int | str,
    settings: TransferSettings,
) -> None:
    """tensors, layer_files, pca_files: a file a layer; out, scores: the files of raw and of pca;
    dims: of the principal components, or `auto`."""
    layers = [read_tensor(path) for path in tensors]
    others = other_neurons(recording, layer_files, layers, settings)
    activities, split = [layer.activity for layer in layers], layers[0].split
    encoders = [encoder(path, dims) for path in pca_files]
    how = {"seed": settings.layer_seed, "split": settings.split}
    found = {
        "raw": direct(activities, others, split, **how),
        "pca": transfer(activities, others, encoders, split, **how),
    }
    names = [layer.layer for layer in layers]
    for path, table, (source, values) in zip(out, scores, found.items(), strict=True):
        labels = {"source": source, "seed": 0, "split": settings.split}
        write_transfer(path, values, names, **labels)
        write_scores(table, transfer_scores(values, names, **labels))


def encoder(pca: FilePath, dims: int | str) -> Encoder:
    """The encoder of principal components."""
    return lambda activity, _: encode_pca(activity, pca, latent_dims(dims, activity.shape[1]))[0]


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            tensors=snakemake.input.tensors,
            layer_files=snakemake.input.layers,
            pca_files=snakemake.input.pca,
            recording=snakemake.input.recording,
            out=snakemake.output.transfer,
            scores=snakemake.output.scores,
            dims=snakemake.params.dims,
            settings=TransferSettings(
                split=snakemake.params.split,
                by=snakemake.params.by,
                layer_seed=snakemake.params.layer_seed,
            ),
        )
