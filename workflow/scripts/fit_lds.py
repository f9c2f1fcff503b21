"""Linear dynamical systems of one layer, to state_space/{layer}.h5 and latents/lds/{layer}/0.h5."""

from nma.jobs.job import job
from nma.latents.state_space import encode_lds

if __name__ == "__main__":
    with job(snakemake.log[0]):
        encode_lds(
            tensor=snakemake.input.tensor,
            hidden=snakemake.input.hidden,
            out=snakemake.output.fits,
            latents=snakemake.output.latents,
        )
