"""Layers: which neuron is in which, a sample of each, and layers/{layer}.h5 (METHODS 1)."""

from collections.abc import Sequence

import numpy as np

from nma.io.errors import InputError
from nma.io.hdf5 import new_h5, open_h5, put
from nma.types import Array, FilePath, Neurons, NeuronsBins, Positions

# Attributes of recording.h5 that layers and tensors pass on.
OUTLIERS = ("outliers", "outlier_neurons", "dropped_outlier_neurons", "capped_outlier_neurons")
# A depth is never cut in two, so slices of z differ in size; beyond this they are no equal slices.
SLICE_TOLERANCE = 0.25


def slice_layers(
    recording: FilePath,
    outs: Sequence[FilePath],
    *,
    by: str,
    neurons: int | str,
    seed: int,
) -> None:
    """Write one file a layer from recording.h5: ids, positions and activity of sampled neurons.

    outs: the paths in the order of the layers. See assign_layers and sample_layers for the other
    settings and for errors.
    """
    assignment, names = read_assignment(recording, by, len(outs), seed=seed)
    with open_h5(recording) as file:
        activity, ids = file["activity"], file["neuron_ids"][:]
        positions = file["positions"][:] if "positions" in file else None
        samples = sample_layers(recording, assignment, names, neurons=neurons, seed=seed)
        sizes = np.bincount(assignment, minlength=len(outs))
        print("\n".join(f"{n}: {k} neurons" for n, k in zip(names, sizes, strict=True)))
        for number, (out, name, sample) in enumerate(zip(outs, names, samples, strict=True), 1):
            attributes = {
                "recording": file.attrs["name"],
                "layer": f"L{number}",
                "grouping": name,
                "neurons_in_layer": sizes[number - 1],
                "bin_seconds": file.attrs["bin_seconds"],
                **{name: file.attrs[name] for name in OUTLIERS if name in file.attrs},
            }
            place = None if positions is None else positions[:, sample]
            write_layer(out, activity[sample], ids[sample], place, **attributes)


def write_layer(
    out: FilePath,
    activity: NeuronsBins,
    ids: Neurons,
    positions: Positions | None,
    **attributes: str | float,
) -> None:
    """Write layers/{layer}.h5: activity in raw bins, and positions where there are any."""
    with new_h5(out, **attributes) as file:
        units = "activity of the recording"
        put(file, "activity", activity, units=units, axes=("neuron", "bin"))
        put(file, "neuron_ids", ids, units="id in the recording", axes=("neuron",))
        if positions is not None:
            put(file, "positions", positions, units="um", axes=("x, y, z", "neuron"))


def read_assignment(
    recording: FilePath, by: str, count: int, *, seed: int
) -> tuple[Neurons, list[str]]:
    """The layer of each neuron of recording.h5 and the names of the layers: see assign_layers."""
    with open_h5(recording) as file:
        return assign_layers(
            recording,
            by,
            count,
            neurons=len(file["neuron_ids"]),
            positions=file["positions"][:] if "positions" in file else None,
            labels=file["labels"].asstr()[:] if "labels" in file else None,
            seed=seed,
        )


def assign_layers(
    file: FilePath,
    by: str,
    count: int,
    *,
    neurons: int,
    positions: Positions | None = None,
    labels: Neurons | None = None,
    seed: int = 0,
) -> tuple[Neurons, list[str]]:
    """The layer of each neuron, as an index 0..count-1 (neurons,), and the names of the layers.

    by: `depth` (unique z where there are `count` of them, else slices of z with equal numbers of
    neurons), `xy_blocks` (a grid of equal blocks), `kmeans` (on positions), `labels` (one a neuron,
    in the recording), `whole` (all neurons). labels: text; file: named in errors; seed: of k-means.
    Raises InputError where the recording has no such layers, with what was found.
    """
    if by == "whole":
        _check_count(file, by, 1, count, "all neurons are one layer")
        return np.zeros(neurons, dtype=int), ["whole"]
    if by == "labels":
        if labels is None:
            raise InputError(file, "labels", found="none", expected="a label for each neuron")
        return _by_label(file, labels, count)
    if positions is None:
        raise InputError(
            file,
            "positions",
            found="none",
            expected=f"x, y and z of each neuron for layers by {by}",
            hint="`layers: {by: whole, count: 1}` needs no positions",
        )
    if by == "depth":
        return _by_depth(file, positions, count)
    return (
        _by_block(positions, count)
        if by == "xy_blocks"
        else _by_cluster(file, positions, count, seed)
    )


def sample_layers(
    file: FilePath, assignment: Neurons, names: list[str], *, neurons: int | str, seed: int
) -> list[Array]:
    """A sorted sample of neuron indices of each layer, all of the same size, without replacement.

    neurons: that size, or `smallest` for the size of the smallest layer. Raises InputError where a
    layer has fewer.
    """
    sizes = np.bincount(assignment, minlength=len(names))
    size = int(sizes.min()) if neurons == "smallest" else neurons
    for name, found in zip(names, sizes, strict=True):
        if found < max(size, 1):
            raise InputError(
                file,
                f"layer {name}",
                found=f"{found} neurons",
                expected=f"at least {max(size, 1)} (layers: neurons)",
                hint=f"the layers have {', '.join(map(str, sizes))} neurons",
            )
    generator = np.random.default_rng(seed)
    return [
        np.sort(generator.choice(np.flatnonzero(assignment == layer), size, replace=False))
        for layer in range(len(names))
    ]


def _by_label(file: FilePath, labels: Neurons, count: int) -> tuple[Neurons, list[str]]:
    names, assignment = np.unique(labels, return_inverse=True)
    _check_count(file, "labels", len(names), count, _counts(names, np.bincount(assignment)))
    return assignment, [str(name) for name in names]


def _by_depth(file: FilePath, positions: Positions, count: int) -> tuple[Neurons, list[str]]:
    z = positions[2]
    depths, plane, sizes = np.unique(z, return_inverse=True, return_counts=True)
    if len(depths) == count:
        return plane, [f"z {depth:g} um" for depth in depths]
    # Each depth joins the slice in which its middle neuron falls, so that none is cut in two.
    middle = np.cumsum(sizes) - (sizes + 1) / 2
    layer_of_depth = (middle * count // len(z)).astype(int)
    layer_sizes = np.bincount(layer_of_depth, weights=sizes, minlength=count)
    if np.abs(layer_sizes * count / len(z) - 1).max() > SLICE_TOLERANCE:
        _check_count(file, "depths (z)", len(depths), count, _counts(depths, sizes))
    edges = [depths[layer_of_depth == layer] for layer in range(count)]
    return layer_of_depth[plane], [f"z {e.min():g} to {e.max():g} um" for e in edges]


def _by_block(positions: Positions, count: int) -> tuple[Neurons, list[str]]:
    rows = max(n for n in range(1, int(count**0.5) + 1) if count % n == 0)
    columns = count // rows
    block = [_part(axis, n) for axis, n in zip(positions[:2], (columns, rows), strict=True)]
    names = [f"block x{c + 1} y{r + 1}" for r in range(rows) for c in range(columns)]
    return block[1] * columns + block[0], names


def _by_cluster(
    file: FilePath, positions: Positions, count: int, seed: int
) -> tuple[Neurons, list[str]]:
    from sklearn.cluster import KMeans  # half a second that the other groupings need not wait

    if len(positions.T) < count:
        _check_count(file, "neurons", len(positions.T), count, "one neuron a cluster at least")
    clusters = KMeans(count, n_init=10, random_state=seed).fit(positions.T)
    # Labels of k-means are in no order: sort by depth, then y, then x, so that L1 is the top.
    order = np.lexsort(clusters.cluster_centers_.round(3).T)
    return np.argsort(order)[clusters.labels_], [f"cluster {n + 1}" for n in range(count)]


def _part(values: Neurons, count: int) -> Neurons:
    """The index 0..count-1 of the equal part of their range in which values fall."""
    edges = np.linspace(values.min(), values.max(), count + 1)[1:-1]
    return np.searchsorted(edges, values, side="right")


def _counts(names: Array, sizes: Array) -> str:
    """The names with their numbers of neurons, for an error."""
    shown = [f"{name} ({size})" for name, size in zip(names[:12], sizes, strict=False)]
    return ", ".join(shown) + (", ..." if len(names) > 12 else "") + " neurons"


def _check_count(file: FilePath, field: str, found: int, count: int, detail: str) -> None:
    if found != count:
        raise InputError(
            file, field, found=f"{found}: {detail}", expected=f"{count} layers (layers: count)"
        )
