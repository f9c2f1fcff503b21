"""How well every source forecasts, to scores/forecasts.tsv."""

from nma.jobs.job import job
from nma.scores.forecasts import forecast_scores
from nma.scores.table import write_scores

if __name__ == "__main__":
    with job(snakemake.log[0]):
        write_scores(snakemake.output[0], forecast_scores(snakemake.input))
