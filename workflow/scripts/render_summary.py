"""summary.html of all recordings, and its figures."""

from pathlib import Path

from nma.jobs.job import job
from nma.report.summary import render

if __name__ == "__main__":
    with job(snakemake.log[0]):
        render(
            snakemake.input.template,
            snakemake.output.page,
            Path(snakemake.output.svg[0]).parent,
            errors={},
            **{key: snakemake.params[key] for key in snakemake.params.settings},
        )
