"""Two-dimensional UMAP maps of neurons or latent units, supervised by layer and not."""

import numpy as np
import umap
from numba import set_num_threads
from numba.core.dispatcher import Dispatcher
from sklearn.decomposition import PCA

from nma.io.hdf5 import new_h5, put
from nma.maps.neighbours import ExactNeighbours

# Kept on disk, umap's compiled functions cost 3 s a job instead of 30.
for _module in (umap.umap_, umap.utils, umap.layouts):
    for _function in vars(_module).values():
        if isinstance(_function, Dispatcher):
            _function.enable_caching()

MODES = ("supervised", "unsupervised")
FEWEST = 4  # points that a map can be fitted to


def hold_out(labels, fraction, seed):
    """Which points (points,) are held out: the share `fraction` of each layer, at least one."""
    generator = np.random.default_rng(seed)
    held_out = np.zeros(len(labels), bool)
    for layer in np.unique(labels):
        members = generator.permutation(np.flatnonzero(labels == layer))
        held_out[members[: max(1, round(fraction * len(members)))]] = True
    return held_out


def reduce_width(points, train, dims, seed):
    """Points (points, features) projected on `dims` components of the train points where wider."""
    if not dims or dims >= min(points[train].shape):
        return points
    solver = PCA(dims, svd_solver="randomized", random_state=seed)
    return solver.fit(points[train]).transform(points).astype(np.float32)


def fit_maps(points, labels, held_out, *, n_neighbors, min_dist, seed, epochs=None, threads=1):
    """{mode: coordinates (points, 2)} of a supervised and an unsupervised UMAP.

    Both are fitted on the points that are not held out, and the held-out ones placed by transform.
    epochs: of the layout; None: UMAP's choice. NaN where there are fewer than four points to fit.
    """
    set_num_threads(threads)
    train = ~held_out
    maps = {mode: np.full((len(points), 2), np.nan, np.float32) for mode in MODES}
    if train.sum() < FEWEST:
        return maps
    n_neighbors = min(n_neighbors, int(train.sum()) - 1)
    index = ExactNeighbours(points[train])
    neighbours = index.of_fitted(n_neighbors)
    for mode, coordinates in maps.items():
        reducer = umap.UMAP(
            n_neighbors=n_neighbors,
            min_dist=min_dist,
            random_state=seed,
            n_epochs=epochs,
            n_jobs=1,
            precomputed_knn=(*neighbours, index),
            # A spectral start needs more points than it has dimensions to spare.
            init="spectral" if train.sum() > 20 else "random",
        )
        coordinates[train] = reducer.fit_transform(
            points[train], labels[train] if mode == "supervised" else None
        )
        coordinates[held_out] = reducer.transform(points[held_out])
    return maps


def compile_maps():
    """Run every compiled function once on noise, so that all maps to come find it on disk."""
    generator = np.random.default_rng(0)
    points = generator.standard_normal((200, 20), np.float32)
    held_out = generator.random(200) < 0.2
    settings = {"n_neighbors": 15, "min_dist": 0.1, "seed": 0}
    fit_maps(points, np.arange(200) % 3, held_out, **settings)


def write_umap(
    out,
    layers,
    ids,
    *,
    source,
    kind,
    n_neighbors,
    min_dist,
    test_fraction,
    pca_dims,
    epochs,
    seed,
    threads,
):
    """Write umap/{source}.h5.

    layers: one (points, features) array a layer; ids: one (points,) array a layer, neuron ids or
    unit numbers; kind: `neurons` or `latent units`.
    """
    points = np.concatenate(layers).astype(np.float32)
    labels = np.repeat(np.arange(len(layers)), [len(layer) for layer in layers])
    held_out = hold_out(labels, test_fraction, seed)
    reduced = reduce_width(points, ~held_out, pca_dims, seed)
    maps = fit_maps(
        reduced,
        labels,
        held_out,
        n_neighbors=n_neighbors,
        min_dist=min_dist,
        seed=seed,
        epochs=epochs,
        threads=threads,
    )
    attributes = {
        "source": source,
        "kind": kind,
        "n_neighbors": n_neighbors,
        "min_dist": min_dist,
        "epochs": epochs or "auto",
        "seed": seed,
        "features": points.shape[1],
        "features_after_pca": reduced.shape[1],
    }
    with new_h5(out, **attributes) as file:
        for mode, coordinates in maps.items():
            put(file, mode, coordinates, units="arbitrary", axes=("point", "x, y"))
        put(file, "layer", labels + 1, units="layer number", axes=("point",))
        put(file, "held_out", held_out, units="bool", axes=("point",))
        put(file, "id", np.concatenate(ids), units="neuron id or unit number", axes=("point",))
