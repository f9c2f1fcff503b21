"""layers/*.h5 to null/{repetition}/layers/*.h5: random groups of the same neurons."""

from nma.jobs.job import job
from nma.preprocessing.random_groups import write_random_groups

if __name__ == "__main__":
    with job(snakemake.log[0]):
        write_random_groups(
            snakemake.input,
            snakemake.output,
            seed=[snakemake.params.seed, int(snakemake.wildcards.repetition)],
        )
