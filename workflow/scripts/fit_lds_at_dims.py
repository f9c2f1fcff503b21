"""The LDS with as many dims as a network, to state_space/{dims}/{layer}.h5 and its latents file."""

from nma.jobs.job import job
from nma.latents.lds_at_dims import encode_lds_at_dims

if __name__ == "__main__":
    with job(snakemake.log[0]):
        encode_lds_at_dims(
            tensor=snakemake.input.tensor,
            hidden=snakemake.input.hidden,
            tried=snakemake.input.tried,
            out=snakemake.output.fit,
            latents=snakemake.output.latents,
            source=snakemake.params.source,
            dims=snakemake.params.dims,
        )
