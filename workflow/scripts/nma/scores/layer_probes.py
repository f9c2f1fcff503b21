"""Do the points of one source know their layer? All of METHODS 5 for one map."""

import numpy as np

from nma.io.hdf5 import new_h5, open_h5, put
from nma.maps.points import DATASETS, points_of, shown_bins
from nma.preprocessing.normalisation import population_normalise
from nma.preprocessing.tensors import bin_average, read_tensor
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
from nma.statistics.intervals import permutation_p

MODES = ("supervised", "unsupervised")


def probe_source(map_path, files, tensors, layer_paths, out, *, kind, time, in_blocks, null, seed):
    """Write probes/{source}.h5 and return rows (metric, value, low, high, n) of metrics.tsv.

    map_path: umap/{source}.h5; files: the tensors (raw) or latents of the source; tensors,
    layer_paths: of all layers; kind: `raw`, `neurons` or `latents`; in_blocks: whether folds in x-y
    mean anything; null: {"repeats", and for PCA "dims"}, or None where points cannot be made again
    here. The file holds the confusion of layers (true x said) and by distance, and the nulls.
    """
    with open_h5(map_path) as file:
        maps = {mode: file[mode][:] for mode in MODES}
        labels, held_out = file["layer"][:] - 1, file["held_out"][:]
    bins = shown_bins(tensors[0], time)
    points = np.concatenate(points_of(files, DATASETS[kind], bins, len(tensors)))
    found = {"input": probe(points, labels, held_out)}
    found |= {mode: probe(coordinates, labels, held_out) for mode, coordinates in maps.items()}
    if kind != "latents":
        positions = positions_of(layer_paths) if in_blocks else None
        by_fold = folds(labels, positions, seed)
        found |= {f"{n}_folds": probe_folds(points, labels, fold) for n, fold in by_fold.items()}
        found["nuisance"] = probe_folds(nuisance(points), labels, by_fold["random"])
    rows, nulls = [], {}
    for space, scores in found.items():
        for name, s in scores.items():
            metric = f"layer_accuracy_{space}_{name}"
            rows.append((metric, s["accuracy"], s["low"], s["high"], s["n"]))
    if found["input"]:
        rows.append(("layer_chance", found["input"]["knn"]["chance"], "", "", int(held_out.sum())))
    if null:
        make = point_maker(points, labels, tensors, layer_paths, bins, null.get("dims"))
        nulls = null_accuracies(make, labels, held_out, null["repeats"], seed)
        for name, values in nulls.items():
            metric = f"layer_accuracy_input_{name}"
            p = permutation_p(found["input"][name]["accuracy"], values)
            rows += [null_row(metric, values), (f"{metric}_p", p, "", "", len(values))]
    for mode, coordinates in maps.items():
        rows += map_rows(mode, points, coordinates, labels, held_out, seed)
    write_probes(out, found, nulls, depths_of(layer_paths))
    return rows


def null_row(metric, values):
    """The mean of a null and where its middle 95 % lie."""
    low, high = np.quantile(values, (0.025, 0.975))
    return f"{metric}_null", float(values.mean()), float(low), float(high), len(values)


def map_rows(mode, points, coordinates, labels, held_out, seed):
    """Trustworthiness of one map, and how its clusters agree with layers."""
    rows = []
    trust = map_trustworthiness(points[held_out], coordinates[held_out])
    if np.isfinite(trust):
        rows.append((f"trustworthiness_{mode}", trust, "", "", int(held_out.sum())))
    if found := clusters(coordinates, labels, held_out, repeats=20, seed=seed):
        metric = f"layer_ami_{mode}"
        rows += [
            (metric, float(found["ami"]), "", "", found["n"]),
            null_row(metric, found["null"]),
            (f"{metric}_p", found["p"], "", "", len(found["null"])),
            (f"clusters_{mode}", found["clusters"], "", "", found["n"]),
        ]
    return rows


def point_maker(points, labels, tensors, layer_paths, bins, dims):
    """A function of permuted labels to points (points, features) made as the source makes them.

    dims: of PCA, fitted to each group; None for neurons as they are. Where each bin is divided by
    the mean of its layer's neurons, that is done anew for each group: labels are permuted first.
    """
    with open_h5(tensors[0]) as file:
        width, mixes = int(file.attrs["bin_width"]), file.attrs["normalise"] == "population"
        train = file["split"][:] == 0
    if mixes:
        raw = np.concatenate([_read(path, "activity") for path in layer_paths])
    elif dims:
        activity = np.concatenate([read_tensor(path)[0] for path in tensors], axis=1)

    def make(permuted):
        if not mixes:
            return pca_points(activity[train], activity[bins], permuted, dims) if dims else points
        normal = np.empty_like(raw)
        for group in np.unique(permuted):
            normal[permuted == group] = population_normalise(raw[permuted == group])
        binned = bin_average(normal, width).T
        if dims:
            return pca_points(binned[train], binned[bins], permuted, dims)
        return binned[bins].T

    return make


def positions_of(layer_paths):
    """Positions (3, points) in um of all layers' neurons, or None where there are none."""
    parts = [_read(path, "positions") for path in layer_paths]
    return None if any(part is None for part in parts) else np.concatenate(parts, axis=1)


def depths_of(layer_paths):
    """The mean depth (layers,) in um of each layer; NaN without positions."""
    parts = [_read(path, "positions") for path in layer_paths]
    return np.array([np.nan if part is None else part[2].mean() for part in parts])


def _read(path, name):
    with open_h5(path) as file:
        return file[name][:] if name in file else None


def write_probes(out, found, nulls, depths):
    """The confusion of layers in the input space, over random folds where there are any."""
    best = found.get("random_folds") or found["input"]
    with new_h5(out, space="random_folds" if found.get("random_folds") else "input") as file:
        put(file, "depths", depths, units="um", axes=("layer",))
        for name, scores in best.items():
            axes = ("true layer", "said layer")
            put(file, f"confusion_{name}", scores["confusion"], units="points", axes=axes)
            rows = depth_confusion(scores["confusion"], depths)
            for key in ("distance", "rate", "low", "high", "chance"):
                values = np.array([row[key] for row in rows], float)
                units = "layers" if key == "distance" else "share of points"
                put(file, f"{name}_by_distance/{key}", values, units=units, axes=("distance",))
        for name, values in nulls.items():
            put(file, f"null_{name}", values, units="accuracy", axes=("permutation",))
