"""summary.html of all recordings, and its figures."""

from pathlib import Path

from nma.jobs.job import job
from nma.report.summary import render_summary

if __name__ == "__main__":
    with job(snakemake.log[0]):
        render_summary(
            snakemake.input.template,
            snakemake.output.page,
            Path(snakemake.output.svg[0]).parent,
            errors={},
            **snakemake.params.settings,
        )
