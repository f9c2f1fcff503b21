"""Weights and tensors to latents/{model}/{layer}/{seed}.h5, for the whole recording."""

from nma.device import prepare_device
from nma.job import job
from nma.latents import write_latents
from nma.model_files import encode, load_model
from nma.tensors import read_tensor


def main(tensors, weights, out, *, source, layer, seed, device, threads):
    device = prepare_device(device, threads)
    model = load_model(weights).to(device)
    encoded = [encode(model, *read_tensor(path)) for path in tensors]
    latents, reconstructions = zip(*encoded, strict=True)
    write_latents(out, tensors, latents, reconstructions, source=source, layer=layer, seed=seed)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            tensors=snakemake.input.tensors,
            weights=snakemake.input.weights,
            out=snakemake.output[0],
            source=snakemake.wildcards.model,
            layer=snakemake.wildcards.layer,
            seed=int(snakemake.wildcards.seed),
            device=snakemake.params.device,
            threads=snakemake.params.threads,
        )
