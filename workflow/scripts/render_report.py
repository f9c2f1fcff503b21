"""report.html of one recording."""

from nma.jobs.job import job
from nma.report.interactive import interactive_maps
from nma.report.page import Figure, render

if __name__ == "__main__":
    with job(snakemake.log[0]):
        render(
            template=snakemake.input.template,
            out=snakemake.output[0],
            recording_path=snakemake.input.recording,
            metrics=snakemake.input.metrics,
            networks=snakemake.input.networks,
            timings=snakemake.params.timings,
            figures=[
                Figure(name, png=png, caption=caption, **texts)
                for (name, texts), png, caption in zip(
                    snakemake.params.figures.items(),
                    snakemake.input.figures,
                    snakemake.input.captions,
                    strict=True,
                )
            ],
            context={
                "name": snakemake.wildcards.recording,
                "layers": snakemake.params.layers,
                "sources": snakemake.params.sources,
                "hidden_sources": snakemake.params.hidden_sources,
                "opponents": snakemake.params.opponents,
                "split": snakemake.params.split,
                "models": snakemake.params.models,
                "config": snakemake.params.config_text,
                "interactive": interactive_maps(
                    dict(zip(snakemake.params.maps, snakemake.input.maps, strict=True)),
                    dict(zip(snakemake.params.layers, snakemake.input.layer_files, strict=True)),
                    layer_colours=snakemake.params.layer_colours,
                    script=snakemake.input.interactive,
                ),
            },
        )
