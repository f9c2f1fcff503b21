"""Can the layer be decoded from the points of one source? All of METHODS 5 for one map."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nma.dims import latent_dims
from nma.io.hdf5 import new_h5, open_h5, put
from nma.maps.points import MODES, points_of, shown_bins
from nma.preprocessing.normalisation import population_normalise
from nma.preprocessing.splits import in_split
from nma.preprocessing.tensors import Tensor, bin_average
from nma.scores.probes import (
    clusters,
    depth_confusion,
    folds,
    map_trustworthiness,
    nuisance,
    null_accuracies,
    pca_points,
    probe,
    probe_folds,
)
from nma.scores.table import Score
from nma.statistics.intervals import permutation_p
from nma.types import Array, FilePath, Points, PointsFeatures, Positions

FEWEST_HELD_OUT = 50  # points; with fewer, p is of folds that hold out every point once
Probed = Mapping[str, Mapping]  # {probe: its scores}, as scores.probes.probe gives them


@dataclass(frozen=True)
class Permutations:
    """The null of permuted labels; dims: of PCA, or `auto`; None for neurons as they are."""

    repeats: int
    dims: int | str | None = None


@dataclass(frozen=True)
class ProbeSettings:
    """source, seed_of_source: that the scores are of; kind, time: as in maps.points; in_blocks:
    whether folds in x-y mean anything; null: None where points cannot be made again without
    training; seed: of folds and permutations."""

    source: str
    seed_of_source: int
    kind: str
    time: str
    in_blocks: bool
    null: Permutations | None
    seed: int

    def score(
        self, metric: str, value: float, low: float = math.nan, high: float = math.nan, *, n: int
    ) -> Score:
        """A score of the source on all layers together."""
        where = ("all", self.source, metric, self.time, self.seed_of_source)
        return Score(*where, value, low, high, n)


def probe_source(
    map_path: FilePath,
    files: Sequence[FilePath],
    tensors: Sequence[Tensor],
    layer_paths: Sequence[FilePath],
    out: FilePath,
    settings: ProbeSettings,
) -> list[Score]:
    """Write probes/{source}.h5 and return the scores of METHODS 5.

    map_path: umap/{source}.h5; files: the tensors (raw) or latents of the source; tensors: of all
    layers, needed for the null alone; layer_paths: layers/*.h5. The file holds the confusion of
    layers (true x decoded), the same by distance, and the nulls.
    """
    with open_h5(map_path) as file:
        maps = {mode: file[mode][:] for mode in MODES}
        labels, held_out = file["layer"][:] - 1, file["held_out"][:]
    points = np.concatenate(points_of(files, settings.kind, settings.time, len(layer_paths)))
    found = {"input": probe(points, labels, held_out)}
    found |= {mode: probe(coordinates, labels, held_out) for mode, coordinates in maps.items()}
    if settings.kind != "latents":
        positions = positions_of(layer_paths) if settings.in_blocks else None
        by_fold = folds(labels, positions, settings.seed)
        found |= {f"{n}_folds": probe_folds(points, labels, fold) for n, fold in by_fold.items()}
        found["nuisance"] = probe_folds(nuisance(points), labels, by_fold["random"])
    scores, nulls = [], {}
    for space, probes in found.items():
        for name, s in probes.items():
            metric = f"layer_accuracy_{space}_{name}"
            scores.append(settings.score(metric, s["accuracy"], s["low"], s["high"], n=s["n"]))
    # Few held-out points say little, and all points take their place.
    in_folds = held_out.sum() < FEWEST_HELD_OUT and bool(found.get("random_folds"))
    if found["input"]:
        told = found["random_folds" if in_folds else "input"]["knn"]
        scores.append(settings.score("layer_chance", told["chance"], n=told["n"]))
    if settings.null:
        make = point_maker(points, tensors, layer_paths, settings)
        repeats, seed = settings.null.repeats, settings.seed
        nulls = null_accuracies(make, labels, held_out, repeats, seed)
        scores += null_scores("input", found["input"], nulls, settings)
        if in_folds:
            of_folds = null_accuracies(make, labels, by_fold["random"], repeats, seed)
            scores += null_scores("random_folds", found["random_folds"], of_folds, settings)
    for mode, coordinates in maps.items():
        scores += map_scores(mode, points, coordinates, labels, held_out, settings)
    depths, unit = mean_depths(layer_paths), position_unit(layer_paths[0])
    write_probes(out, found, nulls, depths, unit)
    return scores


def null_scores(
    space: str, found: Probed, nulls: Mapping[str, Array], settings: ProbeSettings
) -> list[Score]:
    """The null of the accuracies of one space, with p; nulls: {probe: accuracies (repeats,)}."""
    scores = []
    for name, values in nulls.items():
        metric = f"layer_accuracy_{space}_{name}"
        p = permutation_p(found[name]["accuracy"], values)
        scores.append(null_score(metric, values, settings))
        scores.append(settings.score(f"{metric}_p", p, n=len(values)))
    return scores


def null_score(metric: str, values: Array, settings: ProbeSettings) -> Score:
    """The mean of a null (repeats,), with its middle 95 % in place of an interval."""
    low, high = np.quantile(values, (0.025, 0.975))
    mean = float(values.mean())
    return settings.score(f"{metric}_null", mean, float(low), float(high), n=len(values))


def map_scores(
    mode: str,
    points: PointsFeatures,
    coordinates: PointsFeatures,
    labels: Points,
    held_out: Points,
    settings: ProbeSettings,
) -> list[Score]:
    """Trustworthiness of one map (points, 2), and the agreement of its clusters with layers."""
    scores = []
    trust = map_trustworthiness(points[held_out], coordinates[held_out])
    if np.isfinite(trust):
        scores.append(settings.score(f"trustworthiness_{mode}", trust, n=int(held_out.sum())))
    if found := clusters(coordinates, labels, held_out, repeats=20, seed=settings.seed):
        metric, n, null = f"layer_ami_{mode}", found["n"], found["null"]
        scores += [
            settings.score(metric, float(found["ami"]), n=n),
            null_score(metric, null, settings),
            settings.score(f"{metric}_p", found["p"], n=len(null)),
            settings.score(f"clusters_{mode}", found["clusters"], n=n),
        ]
    return scores


def point_maker(
    points: PointsFeatures,
    tensors: Sequence[Tensor],
    layer_paths: Sequence[FilePath],
    settings: ProbeSettings,
) -> Callable[[Points], PointsFeatures]:
    """A function of permuted labels to points (points, features) made as the source makes them.

    With PCA of `settings.null.dims` fitted to each group. Where each bin is divided by the mean of
    its layer's neurons, that is done for each group too: labels are permuted first.
    """
    first, dims = tensors[0], settings.null.dims
    if dims:
        dims = latent_dims(dims, first.activity.shape[1])
    mixes, bins = first.normalise == "population", shown_bins(first.split, settings.time)
    train = in_split(first.split, "train")
    if mixes:
        raw = np.concatenate([_dataset(path, "activity") for path in layer_paths])
    elif dims:
        activity = np.concatenate([tensor.activity for tensor in tensors], axis=1)

    def make(permuted: Points) -> PointsFeatures:
        if not mixes:
            return pca_points(activity[train], activity[bins], permuted, dims) if dims else points
        normal = np.empty_like(raw)
        for group in np.unique(permuted):
            normal[permuted == group] = population_normalise(raw[permuted == group])
        binned = bin_average(normal, first.bin_width).T
        if dims:
            return pca_points(binned[train], binned[bins], permuted, dims)
        return binned[bins].T

    return make


def positions_of(layer_paths: Sequence[FilePath]) -> Positions | None:
    """Positions (3, points) of all layers' neurons, or None where there are none."""
    parts = [_dataset(path, "positions") for path in layer_paths]
    return None if any(part is None for part in parts) else np.concatenate(parts, axis=1)


def mean_depths(layer_paths: Sequence[FilePath]) -> Array:
    """The mean depth (layers,) of each layer; NaN without positions."""
    parts = [_dataset(path, "positions") for path in layer_paths]
    return np.array([np.nan if part is None else part[2].mean() for part in parts])


def position_unit(layer_path: FilePath) -> str:
    """The unit of a layer's positions; um without any."""
    with open_h5(layer_path) as file:
        return file["positions"].attrs["units"] if "positions" in file else "um"


def _dataset(path: FilePath, name: str) -> Array | None:
    with open_h5(path) as file:
        return file[name][:] if name in file else None


def write_probes(
    out: FilePath,
    found: Mapping[str, Probed],
    nulls: Mapping[str, Array],
    depths: Array,
    unit: str,
) -> None:
    """Write the confusion of layers in the input space, over random folds where there are any.

    unit: of depths.
    """
    space = "random_folds" if found.get("random_folds") else "input"
    with new_h5(out, space=space) as file:
        put(file, "depths", depths, units=unit, axes=("layer",))
        for name, scores in found[space].items():
            axes = ("true layer", "said layer")
            put(file, f"confusion_{name}", scores["confusion"], units="points", axes=axes)
            rows = depth_confusion(scores["confusion"], depths)
            for key in ("distance", "rate", "low", "high", "chance"):
                values = np.array([row[key] for row in rows], float)
                units = "layers" if key == "distance" else "share of points"
                put(file, f"{name}_by_distance/{key}", values, units=units, axes=("distance",))
        for name, values in nulls.items():
            put(file, f"null_{name}", values, units="accuracy", axes=("permutation",))
