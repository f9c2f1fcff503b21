"""Weights and tensors to latents/{model}/{layer}/{seed}.h5, for the whole recording."""

from collections.abc import Sequence
from pathlib import Path

from nma.jobs.job import job
from nma.latents.networks import describe_network
from nma.latents.writing import write_latents
from nma.preprocessing.masks import read_masks
from nma.preprocessing.tensors import read_tensor
from nma.training.device import prepare_device
from nma.training.weights import load_model
from nma.types import FilePath


def main(
    tensors: Sequence[FilePath],
    hidden: Sequence[FilePath],
    weights: Sequence[FilePath],
    outs: Sequence[FilePath],
    *,
    source: str,
    seed: int,
    device: str,
    threads: int,
) -> None:
    """Write the latents of a model; weights, outs: a network a layer, or one for all layers."""
    device = prepare_device(device, threads)
    layers = list(zip(tensors, hidden, strict=True))
    of_networks = [[layer] for layer in layers] if len(weights) == len(layers) else [layers]
    for files, path, out in zip(of_networks, weights, outs, strict=True):
        model = load_model(path).to(device)
        described = [describe_network(model, read_tensor(t), read_masks(h)) for t, h in files]
        write_latents(out, described, source=source, layer=Path(path).parent.name, seed=seed)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            tensors=snakemake.input.tensors,
            hidden=snakemake.input.hidden,
            weights=snakemake.input.weights,
            outs=list(snakemake.output),
            source=snakemake.wildcards.model,
            seed=int(snakemake.wildcards.seed),
            device=snakemake.params.device,
            threads=snakemake.params.threads,
        )
