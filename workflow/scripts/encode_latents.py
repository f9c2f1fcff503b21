"""Weights and tensors to latents/{model}/{layer}/{seed}.h5, for the whole recording."""

from collections.abc import Sequence
from pathlib import Path

from nma.blocks.autoencoder import Autoencoder
from nma.blocks.lds_start import start_files
from nma.jobs.job import job
from nma.latents.describe import Description, describe
from nma.latents.networks import encode, inferred_inputs, predictor
from nma.latents.writing import write_latents
from nma.preprocessing.masks import read_masks
from nma.preprocessing.tensors import read_tensor
from nma.training.device import prepare_device
from nma.training.weights import load_started
from nma.types import FilePath


def main(
    tensors: Sequence[FilePath],
    hidden: Sequence[FilePath],
    weights: Sequence[FilePath],
    outs: Sequence[FilePath],
    *,
    starts: Sequence[Sequence[FilePath]],
    source: str,
    seed: int,
    device: str,
    threads: int,
) -> None:
    """Write the latents of a model.

    weights, outs: a network a layer, or one for all layers; starts: the files of an LDS that each
    network starts from, or none (blocks.lds_start).
    """
    device = prepare_device(device, threads)
    layers = list(zip(tensors, hidden, strict=True))
    of_networks = [[layer] for layer in layers] if len(weights) == len(layers) else [layers]
    for files, path, start, out in zip(of_networks, weights, starts, outs, strict=True):
        model = load_started(path, read_tensor(files[0][0]), start).to(device)
        described = [describe_network(model, tensor, masks) for tensor, masks in files]
        write_latents(out, described, source=source, layer=Path(path).parent.name, seed=seed)


def describe_network(model: Autoencoder, tensor: FilePath, masks: FilePath) -> Description:
    """A network on one layer; tensor, masks: its files."""
    layer = read_tensor(tensor)
    found = encode(model, layer.activity, layer.split, layer.present)
    described = describe(layer, read_masks(masks), *found, predictor(model, layer.train_mean))
    inputs = inferred_inputs(model, layer.activity, layer.split, layer.present)
    if inputs is not None:
        described.sums["inferred_inputs"] = inputs
    return described


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            tensors=snakemake.input.tensors,
            hidden=snakemake.input.hidden,
            weights=snakemake.input.weights,
            outs=list(snakemake.output),
            starts=start_files(
                snakemake.input.fits, snakemake.input.corrections, snakemake.input.weights
            ),
            source=snakemake.wildcards.model,
            seed=int(snakemake.wildcards.seed),
            device=snakemake.params.device,
            threads=snakemake.params.threads,
        )
