"""As score_transfer, of principal components and of LDSs."""

from collections.abc import Sequence

import numpy as np

from nma.baselines.pca import encode_pca
from nma.dims import latent_dims
from nma.jobs.job import job
from nma.preprocessing.tensors import Tensor, read_tensor
from nma.scores.other_neurons import TransferSettings, other_neurons
from nma.scores.table import write_scores
from nma.scores.transfer import (
    Encoder,
    open_read_ins,
    transfer,
    transfer_scores,
    write_transfer,
)
from nma.state_space.files import read_fit
from nma.types import Bins, BinsDims, BinsNeurons, FilePath


def main(
    tensors: Sequence[FilePath],
    layer_files: Sequence[FilePath],
    pca_files: Sequence[FilePath],
    lds_files: Sequence[FilePath],
    recording: FilePath,
    read_ins: FilePath,
    out: Sequence[FilePath],
    scores: Sequence[FilePath],
    *,
    dims: int | str,
    settings: TransferSettings,
) -> None:
    """tensors, layer_files, pca_files, lds_files: a file a layer; out, scores: the files of pca and
    of lds; dims: of the principal components, or `auto`."""
    layers = [read_tensor(path) for path in tensors]
    others, recorded = other_neurons(recording, layer_files, layers, settings)
    activities, split = [layer.activity for layer in layers], layers[0].split
    encoders = {
        "pca": [pca_encoder(path, dims) for path in pca_files],
        "lds": [lds_encoder(*files) for files in zip(lds_files, layers, strict=True)],
    }
    how = {"seed": settings.seed, "split": settings.split}
    how["present"] = [layer.present for layer in layers], recorded
    with open_read_ins(read_ins) as read_in:
        found = {
            source: transfer(activities, others, of_layers, read_in, split, **how)
            for source, of_layers in encoders.items()
        }
    names = [layer.layer for layer in layers]
    for path, table, (source, values) in zip(out, scores, found.items(), strict=True):
        labels = {"source": source, "seed": 0, "split": settings.split}
        write_transfer(path, values, names, **labels)
        write_scores(table, transfer_scores(values, names, **labels))


def pca_encoder(pca: FilePath, dims: int | str) -> Encoder:
    """The encoder of principal components."""
    return lambda activity, _: encode_pca(activity, pca, latent_dims(dims, activity.shape[1]))[0]


def lds_encoder(fits: FilePath, tensor: Tensor) -> Encoder:
    """The smoother of the LDS of a layer at its chosen dims, of one split at a time.

    fits, tensor: of the layer.
    """
    lds = read_fit(fits)

    def encode(activity: BinsNeurons, _: Bins) -> BinsDims:
        visible = np.broadcast_to(np.True_, activity.shape)
        return lds.latents(activity - tensor.train_mean, visible)

    return encode


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            tensors=snakemake.input.tensors,
            layer_files=snakemake.input.layers,
            pca_files=snakemake.input.pca,
            lds_files=snakemake.input.lds,
            recording=snakemake.input.recording,
            read_ins=snakemake.input.read_ins,
            out=snakemake.output.transfer,
            scores=snakemake.output.scores,
            dims=snakemake.params.dims,
            settings=TransferSettings(
                split=snakemake.params.split, seed=snakemake.params.layer_seed
            ),
        )
