"""Weights and tensors to latents/{model}/{layer}/{seed}.h5, for the whole recording."""

from collections.abc import Sequence
from pathlib import Path

from nma.blocks.autoencoder import Autoencoder, TimeConstants
from nma.blocks.lds_start import start_files
from nma.jobs.job import job
from nma.latents.describe import Description, describe
from nma.latents.networks import encode, inferred_inputs, know_estimates, predictor
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
        described = [describe_network(model, tensor, masks, start) for tensor, masks in files]
        names = {"source": source, "layer": Path(path).parent.name, "seed": seed}
        write_latents(out, described, time_constants=constants_of(model, described), **names)


def describe_network(
    model: Autoencoder, tensor: FilePath, masks: FilePath, start: Sequence[FilePath] = ()
) -> Description:
    """A network on one layer; tensor, masks: its files; start: those of its LDS, or none."""
    layer, hidden = read_tensor(tensor), read_masks(masks)
    if start:
        know_estimates(model.lds, layer, hidden, start[-1])
    found = encode(model, layer.activity, layer.split, layer.present)
    described = describe(layer, hidden, *found, predictor(model, layer.train_mean))
    inputs = inferred_inputs(model, layer.activity, layer.split, layer.present)
    if inputs is not None:
        described.sums["inferred_inputs"] = inputs
    return described


def constants_of(model: Autoencoder, described: Sequence[Description]) -> TimeConstants | None:
    """Time constants of a network's latents; None of trials, and where it has none."""
    tensor = described[0].tensor
    if tensor.bin_seconds is None:
        return None
    return model.time_constants(tensor.bin_seconds, tensor.bin_width)


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
