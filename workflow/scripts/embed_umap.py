"""umap/{source}.h5: maps of the neurons, raw or reconstructed by a source, or of its latents."""

from collections.abc import Sequence

import numpy as np

from nma.jobs.job import job
from nma.latents.reading import of_layer
from nma.maps.points import points_of
from nma.maps.umap import MapSettings, write_umap
from nma.types import FilePath


def main(
    files: Sequence[FilePath],
    out: FilePath,
    *,
    source: str,
    kind: str,
    time: str,
    layer_count: int,
    settings: MapSettings,
) -> None:
    """files: the tensors (raw) or latents of the source; kind, time: as in maps.points."""
    layers = points_of(files, kind, time, layer_count)
    if kind == "latents":
        ids = [np.arange(len(layer)) for layer in layers]
    else:
        ids = [of_layer(files, "neuron_ids", number) for number in range(layer_count)]
    shown = "latent units" if kind == "latents" else "neurons"
    write_umap(out, layers, ids, source=source, kind=shown, settings=settings)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        epochs = snakemake.params.epochs
        main(
            files=snakemake.input.files,
            out=snakemake.output[0],
            source=snakemake.wildcards.source,
            kind=snakemake.params.kind,
            time=snakemake.params.time,
            layer_count=len(snakemake.params.layers),
            settings=MapSettings(
                n_neighbors=snakemake.params.n_neighbors,
                min_dist=snakemake.params.min_dist,
                seed=snakemake.params.seed,
                test_fraction=snakemake.params.test_fraction,
                pca_dims=snakemake.params.pca_dims,
                epochs=None if epochs == "auto" else epochs,
                threads=snakemake.params.threads,
            ),
        )
