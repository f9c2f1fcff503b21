"""PCA as a source like any model: latents and reconstruction of the whole recording."""

from nma.dims import latent_dims
from nma.hidden import hidden_errors, read_hidden
from nma.job import job
from nma.latents import write_latents
from nma.pca import encode_pca, read_pca
from nma.tensors import read_tensor


def main(tensor, pca, hidden, out, *, source, layer, dims):
    activity, split_index = read_tensor(tensor)
    dims = latent_dims(dims, activity.shape[1])
    latents, reconstruction = encode_pca(activity, pca, dims)
    mean, components = read_pca(pca, dims)
    errors = hidden_errors(
        lambda centred, visible: centred @ components.T @ components,
        activity,
        mean,
        split_index,
        *read_hidden(hidden),
    )
    write_latents(
        out,
        [tensor],
        [latents],
        [reconstruction],
        hidden=[errors],
        source=source,
        layer=layer,
        seed=0,
    )


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            tensor=snakemake.input.tensor,
            pca=snakemake.input.pca,
            hidden=snakemake.input.hidden,
            out=snakemake.output[0],
            source=snakemake.wildcards.source,
            layer=snakemake.wildcards.layer,
            dims=snakemake.params.dims,
        )
