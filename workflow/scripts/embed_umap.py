"""umap/{source}.h5: maps of the neurons, raw or reconstructed by a source, or of its latents."""

import numpy as np

from nma.io.hdf5 import open_h5
from nma.jobs.job import job
from nma.maps.points import DATASETS, points_of, shown_bins
from nma.maps.umap import write_umap


def main(files, tensors, out, *, source, kind, time, settings, pca_dims, epochs, seed, threads):
    """files: the tensors (raw) or latents of the source; time: `test` or `all` bins as features."""
    layers = points_of(files, DATASETS[kind], shown_bins(tensors[0], time), len(tensors))
    if kind == "latents":
        ids = [np.arange(len(layer)) for layer in layers]
    else:
        ids = [read_ids(path) for path in tensors]
    write_umap(
        out,
        layers,
        ids,
        source=source,
        kind="latent units" if kind == "latents" else "neurons",
        pca_dims=pca_dims,
        epochs=None if epochs == "auto" else epochs,
        seed=seed,
        threads=threads,
        **settings,
    )


def read_ids(tensor):
    with open_h5(tensor) as file:
        return file["neuron_ids"][:]


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            files=snakemake.input.files,
            tensors=snakemake.input.tensors,
            out=snakemake.output[0],
            source=snakemake.wildcards.source,
            kind=snakemake.params.kind,
            time=snakemake.params.time,
            settings={
                "n_neighbors": snakemake.params.n_neighbors,
                "min_dist": snakemake.params.min_dist,
                "test_fraction": snakemake.params.test_fraction,
            },
            pca_dims=snakemake.params.pca_dims,
            epochs=snakemake.params.epochs,
            seed=snakemake.params.seed,
            threads=snakemake.params.threads,
        )
