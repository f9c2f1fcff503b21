"""PCA as a source like any model: latents and reconstruction of the whole recording."""

import h5py

from nma.dims import latent_dims
from nma.job import job
from nma.latents import write_latents
from nma.pca import encode_pca


def main(tensor, pca, out, *, source, layer, dims):
    with h5py.File(tensor) as file:
        activity = file["activity"][:]
    dims = latent_dims(dims, activity.shape[1])
    latents, reconstruction = encode_pca(activity, pca, dims)
    write_latents(out, [tensor], [latents], [reconstruction], source=source, layer=layer, seed=0)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            tensor=snakemake.input.tensor,
            pca=snakemake.input.pca,
            out=snakemake.output[0],
            source=snakemake.wildcards.source,
            layer=snakemake.wildcards.layer,
            dims=snakemake.params.dims,
        )
