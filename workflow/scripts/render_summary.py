"""summary.html and summary.tsv of all recordings."""

from nma.job import job
from nma.summary import gather, render

if __name__ == "__main__":
    with job(snakemake.log[0]):
        gather(snakemake.output.table, snakemake.input.metrics)
        render(
            snakemake.input.template,
            snakemake.output.page,
            snakemake.params.folder,
            errors={},
            **{key: snakemake.params[key] for key in snakemake.params.settings},
        )
