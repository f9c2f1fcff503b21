"""How many dimensions each layer has, to scores/dimensionality.tsv."""

from collections.abc import Mapping, Sequence

from nma.jobs.job import job
from nma.scores.dimensionality import layer_scores, svca_scores
from nma.scores.table import write_scores
from nma.types import FilePath


def main(
    pca: Sequence[FilePath],
    baselines: Mapping[str, Sequence[FilePath]],
    svca: Sequence[FilePath],
    out: FilePath,
    *,
    layers: Sequence[str],
    svca_layers: Sequence[str],
) -> None:
    """pca: of all layers; baselines: {source: latents of all layers}; svca: in the order of
    svca_layers."""
    scores = []
    for number, (layer, path) in enumerate(zip(layers, pca, strict=True)):
        of_layer = {source: paths[number] for source, paths in baselines.items()}
        scores += layer_scores(layer, path, of_layer)
    for layer, path in zip(svca_layers, svca, strict=True):
        scores += svca_scores(layer, path)
    write_scores(out, scores)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            pca=snakemake.input.pca,
            baselines={source: snakemake.input[source] for source in snakemake.params.baselines},
            svca=snakemake.input.svca,
            out=snakemake.output[0],
            layers=snakemake.params.layers,
            svca_layers=snakemake.params.svca_layers,
        )
