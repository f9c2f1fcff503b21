"""How many dimensions each layer has, to scores/dimensionality.tsv."""

from nma.jobs.job import job
from nma.scores.dimensionality import layer_rows, svca_rows
from nma.scores.table import write_rows


def main(pca, linear, svca, out, *, layers, svca_layers):
    """pca: of all layers; linear: {source: latents of all layers}; svca: in the order of
    svca_layers."""
    rows = []
    for number, (layer, path) in enumerate(zip(layers, pca, strict=True)):
        rows += layer_rows(layer, path, {source: paths[number] for source, paths in linear.items()})
    for layer, path in zip(svca_layers, svca, strict=True):
        rows += svca_rows(layer, path)
    write_rows(out, rows)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            pca=snakemake.input.pca,
            linear={source: snakemake.input[source] for source in snakemake.params.linear},
            svca=snakemake.input.svca,
            out=snakemake.output[0],
            layers=snakemake.params.layers,
            svca_layers=snakemake.params.svca_layers,
        )
