"""Weights and tensors to latents/{model}/{layer}/{seed}.h5, for the whole recording."""

from nma.device import prepare_device
from nma.hidden import hidden_errors, read_hidden
from nma.job import job
from nma.latents import write_latents
from nma.model_files import encode, load_model, predictor
from nma.tensors import SPLITS, read_tensor


def main(tensors, hidden, weights, out, *, source, layer, seed, device, threads):
    """tensors, hidden: the files of one layer, or of all for a shared network, in their order."""
    device = prepare_device(device, threads)
    model = load_model(weights).to(device)
    latents, reconstructions, errors = [], [], []
    for tensor_path, hidden_path in zip(tensors, hidden, strict=True):
        activity, split_index = read_tensor(tensor_path)
        mean = activity[split_index == SPLITS.index("train")].mean(axis=0)
        encoded = encode(model, activity, split_index)
        latents.append(encoded[0])
        reconstructions.append(encoded[1])
        predict = predictor(model, mean)
        errors.append(
            hidden_errors(predict, activity, mean, split_index, *read_hidden(hidden_path))
        )
    write_latents(
        out,
        tensors,
        latents,
        reconstructions,
        hidden=errors,
        source=source,
        layer=layer,
        seed=seed,
    )


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            tensors=snakemake.input.tensors,
            hidden=snakemake.input.hidden,
            weights=snakemake.input.weights,
            out=snakemake.output[0],
            source=snakemake.wildcards.model,
            layer=snakemake.wildcards.layer,
            seed=int(snakemake.wildcards.seed),
            device=snakemake.params.device,
            threads=snakemake.params.threads,
        )
