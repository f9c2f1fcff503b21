"""state_space/{layer}.h5 to corrections/{layer}.h5: what the LDS misses of what is hidden."""

from nma.jobs.job import job
from nma.latents.corrections import fit_corrections

if __name__ == "__main__":
    with job(snakemake.log[0]):
        fit_corrections(
            tensor=snakemake.input.tensor,
            hidden=snakemake.input.hidden,
            fits=snakemake.input.fits,
            out=snakemake.output[0],
            regressions=snakemake.input.regressions,
        )
