"""report.html of one recording."""

from nma.figures.layer_names import layer_names
from nma.io.parsing import read_json
from nma.jobs.job import job
from nma.report.interactive import interactive_maps
from nma.report.page import Analysis, Figure, render_report

if __name__ == "__main__":
    with job(snakemake.log[0]):
        inputs, params = snakemake.input, snakemake.params
        layers = layer_names(inputs.layer_table)
        render_report(
            inputs.template,
            snakemake.output[0],
            analysis=Analysis(
                name=snakemake.wildcards.recording,
                layers=[layers[layer] for layer in params.layers],
                split=params.split,
                baselines=params.baselines,
                sources=params.sources,
                predictors=params.predictors,
                models=params.models,
                same_dims=params.same_dims,
                layer_table=read_json(inputs.layer_table),
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
                dict(zip(layers.values(), inputs.layer_files, strict=True)),
                layer_colours=params.layer_colours,
                script=inputs.script,
            ),
            config=params.config_text,
        )
