"""The networks of one model on other layers and other neurons, to transfer/{model}.h5."""

from collections.abc import Sequence

import torch

from nma.blocks.lds_start import start_files
from nma.jobs.job import job
from nma.latents.networks import encode
from nma.preprocessing.tensors import read_tensor
from nma.scores.other_neurons import TransferSettings, other_neurons
from nma.scores.table import write_scores
from nma.scores.transfer import (
    Encoder,
    open_read_ins,
    transfer,
    transfer_scores,
    write_transfer,
)
from nma.training.device import prepare_device
from nma.training.weights import load_started
from nma.types import FilePath


def main(
    weights: Sequence[FilePath],
    tensors: Sequence[FilePath],
    layer_files: Sequence[FilePath],
    recording: FilePath,
    read_ins: FilePath,
    out: tuple[FilePath, FilePath],
    *,
    starts: Sequence[Sequence[FilePath]],
    labels: dict[str, str | int],
    settings: TransferSettings,
    device: torch.device,
) -> None:
    """weights, tensors, layer_files: a file a layer; out: transfer/{model}.h5 and its table;
    starts: files of an LDS that each network starts from, or none; labels: source and seed of the
    scores."""
    layers = [read_tensor(path) for path in tensors]
    others, recorded = other_neurons(recording, layer_files, layers, settings)
    models = map(load_started, weights, layers, starts)
    encoders = [encoder(model.to(device)) for model in models]
    with open_read_ins(read_ins) as read_in:
        found = transfer(
            [layer.activity for layer in layers],
            others,
            encoders,
            read_in,
            layers[0].split,
            seed=settings.seed,
            split=settings.split,
            present=([layer.present for layer in layers], recorded),
        )
    names = [layer.layer for layer in layers]
    labels = labels | {"split": settings.split}
    write_transfer(out[0], found, names, **labels)
    write_scores(out[1], transfer_scores(found, names, **labels))


def encoder(model: torch.nn.Module) -> Encoder:
    """The encoder of a network."""
    return lambda activity, index: encode(model, activity, index)[0]


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            weights=snakemake.input.weights,
            tensors=snakemake.input.tensors,
            layer_files=snakemake.input.layers,
            recording=snakemake.input.recording,
            read_ins=snakemake.input.read_ins,
            out=(snakemake.output.transfer, snakemake.output.scores),
            starts=start_files(
                snakemake.input.fits, snakemake.input.corrections, snakemake.input.weights
            ),
            labels={"source": snakemake.wildcards.model, "seed": snakemake.params.seed},
            settings=TransferSettings(
                split=snakemake.params.split, seed=snakemake.params.layer_seed
            ),
            device=prepare_device(snakemake.params.device, snakemake.params.threads),
        )
