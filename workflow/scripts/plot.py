"""One figure of a recording: that of the module nma/figures/{figure}.py."""

from nma import registry
from nma.figures.layer_names import in_figure, layer_names
from nma.figures.style import use_style
from nma.jobs.job import job

if __name__ == "__main__":
    with job(snakemake.log[0]):
        inputs, params = dict(snakemake.input.items()), dict(snakemake.params.items())
        del params["code"]
        if "layers" in params:
            names = layer_names(inputs.pop("layer_table"))
            params["layers"] = {layer: in_figure(names[layer]) for layer in params["layers"]}
        figure = registry.member("figures", params.pop("figure"))
        use_style()
        figure.draw(
            svg=snakemake.output.svg,
            png=snakemake.output.png,
            **inputs,
            **params,
        )
