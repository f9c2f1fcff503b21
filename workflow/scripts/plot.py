"""One figure of a recording, of the module nma/figures/{figure}.py, for the report or a paper."""

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
        files = dict(snakemake.output.items())
        widths = params.pop("widths", None)
        if widths is None:
            use_style()
            figure.draw(**files, **inputs, **params)
        for width in widths or ():
            use_style(width)
            of_width = {kind: files[f"{kind}_{width}mm"] for kind in ("svg", "pdf")}
            figure.draw(**of_width, tsv=files["tsv"], **inputs, **params)
