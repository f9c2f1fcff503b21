"""report.html of one recording."""

from nma.jobs.job import job
from nma.report.interactive import interactive_maps
from nma.report.page import Analysis, Figure, render_report

if __name__ == "__main__":
    with job(snakemake.log[0]):
        inputs, params = snakemake.input, snakemake.params
        render_report(
            inputs.template,
            snakemake.output[0],
            analysis=Analysis(
                name=snakemake.wildcards.recording,
                layers=params.layers,
                split=params.split,
                sources=params.sources,
                models=params.models,
                same_dims=params.same_dims,
            ),
            recording=inputs.recording,
            metrics=inputs.metrics,
            networks=inputs.networks,
            timings=params.timings,
            figures=[
                Figure(name, png=png, caption=caption, **texts)
                for (name, texts), png, caption in zip(
                    params.figures.items(), inputs.figures, inputs.captions, strict=True
                )
            ],
            interactive=interactive_maps(
                inputs.interactive,
                dict(zip(params.maps, inputs.maps, strict=True)),
                dict(zip(params.layers, inputs.layer_files, strict=True)),
                layer_colours=params.layer_colours,
                script=inputs.script,
            ),
            config=params.config_text,
        )
