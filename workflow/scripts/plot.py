"""One figure of a recording: that of the module nma/figures/{figure}.py."""

from nma import registry
from nma.figures.style import use_style
from nma.jobs.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        params = dict(snakemake.params.items())
        del params["code"]
        figure = registry.member("figures", params.pop("figure"))
        use_style()
        figure.draw(
            svg=snakemake.output.svg,
            png=snakemake.output.png,
            **dict(snakemake.input.items()),
            **params,
        )
