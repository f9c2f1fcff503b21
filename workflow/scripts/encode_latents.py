"""Weights and tensors to latents/{model}/{layer}/{seed}.h5, for the whole recording."""

from pathlib import Path

from nma.io.hdf5 import open_h5
from nma.jobs.job import job
from nma.latents.cosmoothing import cosmooth_errors, fold_estimates, masked_errors
from nma.latents.likelihoods import hidden_log_likelihoods
from nma.latents.networks import encode, predictor
from nma.latents.writing import write_latents
from nma.preprocessing.masks import read_hidden
from nma.preprocessing.tensors import read_tensor
from nma.preprocessing.units import observed
from nma.training.device import prepare_device
from nma.training.weights import load_model


def main(tensors, hidden, weights, outs, *, source, seed, device, threads):
    """tensors, hidden: files of all layers; weights, outs: a network a layer, or one for all."""
    device = prepare_device(device, threads)
    layers = list(zip(tensors, hidden, strict=True))
    seen = [[layer] for layer in layers] if len(weights) == len(layers) else [layers]
    for files, path, out in zip(seen, weights, outs, strict=True):
        model = load_model(path).to(device)
        latents, reconstructions, errors = zip(*(describe(model, *f) for f in files), strict=True)
        write_latents(
            out,
            [tensor for tensor, _ in files],
            latents,
            reconstructions,
            hidden=errors,
            source=source,
            layer=Path(path).parent.name,
            seed=seed,
        )


def describe(model, tensor, hidden):
    """Latents, reconstruction, and scores where something is hidden, of one layer."""
    activity, split_index = read_tensor(tensor)
    with open_h5(tensor) as file:
        mean = file["train_mean"][:]
    predict, (folds, entries) = predictor(model, mean), read_hidden(hidden)
    estimate = fold_estimates(predict, activity, mean, split_index, folds)
    found = cosmooth_errors(estimate, activity, mean, split_index)
    found |= masked_errors(predict, activity, mean, split_index, entries)
    found |= hidden_log_likelihoods(estimate, observed(tensor), activity, mean, split_index)
    return *encode(model, activity, split_index), found


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
