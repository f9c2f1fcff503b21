"""tensors/{layer}.h5 to regressions/{layer}.json: the settings of ridge and kernel ridge."""

from nma.jobs.job import job
from nma.latents.regressions import write_choice

if __name__ == "__main__":
    with job(snakemake.log[0]):
        write_choice(snakemake.input[0], snakemake.output[0], seed=snakemake.params.seed)
