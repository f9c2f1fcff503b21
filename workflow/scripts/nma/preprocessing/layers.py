"""Layers: which neuron is in which, and which are in none (METHODS 1)."""

from collections.abc import Callable
from functools import partial

import numpy as np

from nma.io.errors import InputError
from nma.preprocessing.grouping import Grouping, Layers, count_error, groups_found
from nma.preprocessing.planes import cut, planes_of, spans, stand_apart
from nma.preprocessing.text_layers import BY_TEXT, by_text
from nma.types import Array, FilePath, Neurons, Positions

# A plane is never cut in two, so slices of z differ in size; beyond this they are no equal slices.
SLICE_TOLERANCE = 0.25
NO_Z = (
    "for one plane write `layers: {by: whole, count: 1}`, and for groups in x-y `by: kmeans` or "
    "`by: xy_blocks`"
)


def assign_layers(
    file: FilePath,
    grouping: Grouping,
    *,
    neurons: int,
    positions: Positions | None = None,
    unit: str = "um",
    labels: Neurons | None = None,
    planes: Neurons | None = None,
) -> Layers:
    """Group the neurons of a recording.

    positions: in unit, NaN where a coordinate is not known; labels, planes: text, empty where there
    is none; file: named in errors. Raises InputError where the recording has no such layers, with
    what was found and what to write instead.
    """
    if grouping.by == "whole":
        if grouping.count != 1:
            raise count_error(file, "neurons", "1: all neurons are one layer", grouping.count)
        found = Layers(np.zeros(neurons, dtype=int), ["whole"], {})
    elif grouping.by in BY_TEXT:
        found = by_text(file, {"labels": labels, "planes": planes}[grouping.by], grouping)
    else:
        if positions is None:
            raise InputError(
                file,
                "positions",
                found="none",
                expected=f"x, y and z of each neuron for layers by {grouping.by}",
                hint="`positions:` of the recording may name a file of them, and "
                "`layers: {by: whole, count: 1}` needs none",
            )
        by_depth = partial(
            _by_depth, unit=unit, otherwise=NO_Z if planes is None else _named(planes)
        )
        by_position = {"depth": by_depth, "xy_blocks": _by_block, "kmeans": _by_cluster}
        found = by_position[grouping.by](file, positions, grouping)
    for name, size in zip(found.names, found.sizes, strict=True):
        if size < grouping.min_neurons:
            raise InputError(
                file,
                f"layer {name}",
                found=f"{size} neurons",
                expected=f"at least {grouping.min_neurons} (layers: min_neurons)",
                hint=f"the layers have {', '.join(map(str, found.sizes))} neurons",
            )
    return found


def _named(planes: Neurons) -> str:
    """What to write where imaging planes have names and no depth."""
    count = len(np.unique(planes))
    return f"`layers: {{by: planes, count: {count}}}` takes the imaging planes by their names"


def _by_depth(
    file: FilePath, positions: Positions, grouping: Grouping, *, unit: str, otherwise: str
) -> Layers:
    """otherwise: what to write where depths are of no use."""
    z, count = positions[2], grouping.count
    if not np.isfinite(z).any():
        raise InputError(
            file, "depths (z)", found="none", expected="z of each neuron", hint=otherwise
        )
    _require(file, positions, "z")
    depths, index, sizes = np.unique(z, return_inverse=True, return_counts=True)
    if len(depths) == 1 < count:
        found = f"the same z ({depths[0]:.4g} {unit}) of all {len(z)} neurons"
        raise count_error(file, "depths (z)", found, count, otherwise)
    planes = planes_of(depths, sizes)
    for plane in (planes, cut(depths, count) if stand_apart(depths, sizes, count) else planes):
        plane_sizes, names = np.bincount(plane, weights=sizes).astype(int), spans(depths, plane)
        large = plane_sizes >= grouping.min_neurons
        if large.sum() == count:
            number = np.where(large, np.cumsum(large) - 1, -1)
            left_out = {f"z {names[n]} {unit}": int(plane_sizes[n]) for n in np.flatnonzero(~large)}
            kept = [f"z {names[n]} {unit}" for n in np.flatnonzero(large)]
            return Layers(number[plane][index], kept, left_out)
    # Each plane joins the slice in which its middle neuron falls, so that none is cut in two.
    plane_sizes = np.bincount(planes, weights=sizes).astype(int)
    middle = np.cumsum(plane_sizes) - (plane_sizes + 1) / 2
    layer_of_plane = (middle * count // len(z)).astype(int)
    layer_sizes = np.bincount(layer_of_plane, weights=plane_sizes, minlength=count)
    if np.abs(layer_sizes * count / len(z) - 1).max() > SLICE_TOLERANCE:
        numbers = dict(zip(spans(depths, planes), plane_sizes, strict=True))
        kept = {name: size for name, size in numbers.items() if size >= grouping.min_neurons}
        left_out = {name: size for name, size in numbers.items() if name not in kept}
        found = groups_found(kept, left_out, "min_neurons")
        hint = f"write `count: {len(kept)}`" if kept else ""
        raise count_error(file, "depths (z)", found, count, hint)
    layer_of_depth = layer_of_plane[planes]
    names = [f"z {span} {unit}" for span in spans(depths, layer_of_depth)]
    return Layers(layer_of_depth[index], names, {})


def _by_block(file: FilePath, positions: Positions, grouping: Grouping) -> Layers:
    _require(file, positions, "xy")
    count = grouping.count
    rows = max(n for n in range(1, int(count**0.5) + 1) if count % n == 0)
    columns = count // rows

    def parts(xy: Array) -> Neurons:
        column, row = (_part(axis, n) for axis, n in zip(xy, (columns, rows), strict=True))
        return row * columns + column

    names = [f"block x{c + 1} y{r + 1}" for r in range(rows) for c in range(columns)]
    return _without_strays(file, "blocks", positions[:2], grouping, parts, names)


def _by_cluster(file: FilePath, positions: Positions, grouping: Grouping) -> Layers:
    known = "xyz" if np.isfinite(positions[2]).any() else "xy"
    _require(file, positions, known)
    xyz, count = positions[: len(known)], grouping.count

    def clustered(xyz: Array) -> Neurons:
        from sklearn.cluster import KMeans  # half a second that the other groupings need not wait

        clusters = KMeans(count, n_init=10, random_state=grouping.seed).fit(xyz.T)
        # Labels of k-means are in no order: sort by depth, then y, then x, so that L1 is the top.
        order = np.lexsort(clusters.cluster_centers_.round(3).T)
        return np.argsort(order)[clusters.labels_]

    names = [f"cluster {n + 1}" for n in range(count)]
    return _without_strays(file, "clusters", xyz, grouping, clustered, names)


def _without_strays(
    file: FilePath,
    kind: str,
    positions: Array,
    grouping: Grouping,
    divide: Callable[[Array], Neurons],
    names: list[str],
) -> Layers:
    """Divide a field again without the neurons of groups that are too small, until none is.

    divide: positions (x and y, or x, y and z; neurons) to groups (neurons,), as `names` are in
    order. Raises InputError where that leaves too few neurons, or an empty group.
    """
    neurons, least = positions.shape[1], grouping.min_neurons
    layer_of, kept, first = np.full(neurons, -1), np.arange(neurons), None
    while len(kept) >= grouping.count * least:
        group = divide(positions[:, kept])
        sizes = np.bincount(group, minlength=grouping.count)
        first = sizes if first is None else first
        if sizes.min() >= least:
            layer_of[kept] = group
            strays = neurons - len(kept)
            left_out = {f"{kind} of fewer than {least} neurons": strays} if strays else {}
            return Layers(layer_of, names, left_out)
        if (sizes[sizes > 0] >= least).all():  # the small ones are empty: nothing to leave out
            break
        kept = kept[sizes[group] >= least]
    found = f"{neurons} neurons" if first is None else f"{', '.join(map(str, first))} neurons"
    hint = "a smaller `count` makes larger ones"
    if kind == "blocks" and first is not None:
        hint = f"`layers: {{by: kmeans, count: {grouping.count}}}` groups neurons where they lie"
    raise InputError(
        file,
        kind,
        found=found,
        expected=f"{grouping.count} with at least {least} each (layers: count, min_neurons)",
        hint=hint,
    )


def _require(file: FilePath, positions: Positions, axes: str) -> None:
    """Raise InputError unless these coordinates (`xy`, `z`) of all neurons are known."""
    unknown = ~np.isfinite(positions[["xyz".index(axis) for axis in axes]]).all(axis=0)
    if not unknown.any():
        return
    named = " and ".join(filter(None, (", ".join(axes[:-1]), axes[-1])))
    whole = "`layers: {by: whole, count: 1}` needs no positions"
    raise InputError(
        file,
        "positions",
        found=f"no {named} of {unknown.sum()} of {len(unknown)} neurons, the first of them number "
        f"{np.flatnonzero(unknown)[0]}",
        expected=f"{named} of each neuron",
        hint=whole if unknown.all() else "`nan: drop_neurons` of the recording leaves them out",
    )


def _part(values: Neurons, count: int) -> Neurons:
    """The index 0..count-1 of the equal part of their range in which values fall."""
    edges = np.linspace(values.min(), values.max(), count + 1)[1:-1]
    return np.searchsorted(edges, values, side="right")
