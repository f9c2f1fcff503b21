"""summary.tsv: the rows of the metrics.tsv of all recordings."""

from nma.jobs.job import job
from nma.scores.table import gather

if __name__ == "__main__":
    with job(snakemake.log[0]):
        gather(snakemake.output[0], snakemake.input)
