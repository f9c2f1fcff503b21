"""Two-dimensional UMAP maps of neurons or latent units, supervised by layer and not."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import umap
from numba import set_num_threads
from numba.core.dispatcher import Dispatcher
from sklearn.decomposition import PCA

from nma.io.hdf5 import new_h5, put
from nma.maps.neighbours import ExactNeighbours
from nma.maps.points import MODES
from nma.types import Array, FilePath, Points, PointsFeatures

FEWEST = 4  # points that a map can be fitted to


@dataclass(frozen=True)
class MapSettings:
    """n_neighbors, min_dist: of UMAP; seed: of held-out points, projection and maps; test_fraction:
    the share of points held out; pca_dims: that wider points are reduced to, 0 for never; epochs:
    of the layout, None for UMAP's choice; threads: of numba."""

    n_neighbors: int
    min_dist: float
    seed: int
    test_fraction: float = 0.2
    pca_dims: int = 0
    epochs: int | None = None
    threads: int = 1


@cache
def cache_compiled_functions() -> None:
    """Have numba keep umap's compiled functions on disk: they cost 3 s a job instead of 30.

    Works on functions that are not compiled yet, so it comes before the first fit.
    """
    for module in (umap.umap_, umap.utils, umap.layouts):
        for function in vars(module).values():
            if isinstance(function, Dispatcher):
                function.enable_caching()


def hold_out(labels: Points, fraction: float, seed: int) -> Points:
    """Which points (points,) are held out: the share `fraction` of each layer, at least one."""
    generator = np.random.default_rng(seed)
    held_out = np.zeros(len(labels), bool)
    for layer in np.unique(labels):
        members = generator.permutation(np.flatnonzero(labels == layer))
        held_out[members[: max(1, round(fraction * len(members)))]] = True
    return held_out


def reduce_width(points: PointsFeatures, train: Points, dims: int, seed: int) -> PointsFeatures:
    """Points (points, features) projected on `dims` components of the train points where wider."""
    if not dims or dims >= min(points[train].shape):
        return points
    solver = PCA(dims, svd_solver="randomized", random_state=seed)
    return solver.fit(points[train]).transform(points).astype(np.float32)


def fit_maps(
    points: PointsFeatures, labels: Points, held_out: Points, settings: MapSettings
) -> dict[str, Array]:
    """{mode: coordinates (points, 2)} of a supervised and an unsupervised UMAP.

    Both are fitted on the points that are not held out, and the held-out ones placed by transform.
    NaN where there are fewer than four points to fit.
    """
    cache_compiled_functions()
    set_num_threads(settings.threads)
    train = ~held_out
    maps = {mode: np.full((len(points), 2), np.nan, np.float32) for mode in MODES}
    if train.sum() < FEWEST:
        return maps
    n_neighbors = min(settings.n_neighbors, int(train.sum()) - 1)
    index = ExactNeighbours(points[train])
    neighbours = index.of_fitted(n_neighbors)
    for mode, coordinates in maps.items():
        reducer = umap.UMAP(
            n_neighbors=n_neighbors,
            min_dist=settings.min_dist,
            random_state=settings.seed,
            n_epochs=settings.epochs,
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


def compile_maps() -> None:
    """Run every compiled function once on noise, so that all maps to come find it on disk."""
    generator = np.random.default_rng(0)
    points = generator.standard_normal((200, 20), np.float32)
    held_out = generator.random(200) < 0.2
    settings = MapSettings(n_neighbors=15, min_dist=0.1, seed=0)
    fit_maps(points, np.arange(200) % 3, held_out, settings)


def write_umap(
    out: FilePath,
    layers: Sequence[PointsFeatures],
    ids: Sequence[Points],
    *,
    source: str,
    kind: str,
    settings: MapSettings,
) -> None:
    """Write umap/{source}.h5.

    layers: one (points, features) array a layer; ids: one (points,) array a layer, neuron ids or
    unit numbers; kind: `neurons` or `latent units`.
    """
    points = np.concatenate(layers).astype(np.float32)
    labels = np.repeat(np.arange(len(layers)), [len(layer) for layer in layers])
    held_out = hold_out(labels, settings.test_fraction, settings.seed)
    reduced = reduce_width(points, ~held_out, settings.pca_dims, settings.seed)
    maps = fit_maps(reduced, labels, held_out, settings)
    attributes = {
        "source": source,
        "kind": kind,
        "n_neighbors": settings.n_neighbors,
        "min_dist": settings.min_dist,
        "epochs": settings.epochs or "auto",
        "seed": settings.seed,
        "features": points.shape[1],
        "features_after_pca": reduced.shape[1],
    }
    with new_h5(out, **attributes) as file:
        for mode, coordinates in maps.items():
            put(file, mode, coordinates, units="arbitrary", axes=("point", "x, y"))
        put(file, "layer", labels + 1, units="layer number", axes=("point",))
        put(file, "held_out", held_out, units="bool", axes=("point",))
        put(file, "id", np.concatenate(ids), units="neuron id or unit number", axes=("point",))
