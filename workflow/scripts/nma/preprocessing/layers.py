"""Layers: which neuron is in which, and which are in none (METHODS 1)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nma.io.errors import InputError
from nma.preprocessing.planes import cut, planes_of, spans, stand_apart
from nma.types import Array, FilePath, Neurons, Positions

# A plane is never cut in two, so slices of z differ in size; beyond this they are no equal slices.
SLICE_TOLERANCE = 0.25
UNLABELLED = "no label"
NO_Z = (
    "for one plane write `layers: {by: whole, count: 1}`, and for groups in x-y `by: kmeans` or "
    "`by: xy_blocks`"
)


@dataclass(frozen=True)
class Grouping:
    """How neurons are grouped, as in the config's section `layers`.

    by: `depth` (planes of z that lie apart, else slices of z with equal numbers of neurons),
    `xy_blocks` (a grid of equal blocks), `kmeans` (on positions), `labels` (one a neuron, in the
    recording), `whole` (all neurons); count: of layers; seed: of k-means and of samples;
    min_neurons: the fewest of a layer; left_out: labels that are no layer (`except` in the config);
    unlabelled: `error`, or `leave_out` for neurons without a label.
    """

    by: str
    count: int
    seed: int = 1
    min_neurons: int = 2
    left_out: tuple[str, ...] = ()
    unlabelled: str = "error"


class Layers(NamedTuple):
    """layer_of: the layer 0..count-1 of each neuron (neurons,), -1 of those in none; names: of the
    layers; left_out: {group: number of its neurons} of the others."""

    layer_of: Neurons
    names: list[str]
    left_out: dict[str, int]

    @property
    def sizes(self) -> Neurons:
        """The number of neurons of each layer."""
        return np.bincount(self.layer_of[self.layer_of >= 0], minlength=len(self.names))


def assign_layers(
    file: FilePath,
    grouping: Grouping,
    *,
    neurons: int,
    positions: Positions | None = None,
    labels: Neurons | None = None,
) -> Layers:
    """Group the neurons of a recording.

    positions: NaN where a coordinate is not known; labels: text, empty where there is none; file:
    named in errors. Raises InputError where the recording has no such layers, with what was found
    and what to write instead.
    """
    if grouping.by == "whole":
        if grouping.count != 1:
            raise _count_error(file, "neurons", "1: all neurons are one layer", grouping.count)
        found = Layers(np.zeros(neurons, dtype=int), ["whole"], {})
    elif grouping.by == "labels":
        if labels is None:
            raise InputError(file, "labels", found="none", expected="a label for each neuron")
        found = _by_label(file, labels, grouping)
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
        by_position = {"depth": _by_depth, "xy_blocks": _by_block, "kmeans": _by_cluster}
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


def natural(label: str) -> tuple:
    """The key that sorts labels as a reader does: 1, 2, 10; CA1, CA3, DG."""
    if re.fullmatch(r"[-+]?\d+", label):
        return 0, int(label), label
    parts = re.split(r"(\d+)", label.casefold())
    return 1, [int(part) if n % 2 else part for n, part in enumerate(parts)], label


def _by_label(file: FilePath, labels: Neurons, grouping: Grouping) -> Layers:
    names, index, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    numbers = {str(name): int(size) for name, size in zip(names, sizes, strict=True)}
    missing = numbers.pop("", 0)
    if missing and grouping.unlabelled == "error":
        raise InputError(
            file,
            "labels",
            found=f"none for {missing} of {len(labels)} neurons",
            expected="a label for each neuron",
            hint="`layers: {unlabelled: leave_out}` leaves these neurons out",
        )
    kept = {
        name: numbers[name]
        for name in sorted(numbers, key=natural)
        if name not in grouping.left_out and numbers[name] >= grouping.min_neurons
    }
    left_out = {name: size for name, size in numbers.items() if name not in kept}
    if len(kept) != grouping.count:
        found = _found(kept, left_out, "except, min_neurons")
        leave = ", or leave labels out with `except` or `min_neurons`"
        hint = f"write `count: {len(kept)}`{leave if len(kept) > grouping.count else ''}"
        raise _count_error(file, "labels", found, grouping.count, hint if kept else "")
    order = {name: number for number, name in enumerate(kept)}
    layer_of = np.array([order.get(str(name), -1) for name in names])[index]
    return Layers(layer_of, list(kept), left_out | ({UNLABELLED: missing} if missing else {}))


def _by_depth(file: FilePath, positions: Positions, grouping: Grouping) -> Layers:
    z, count = positions[2], grouping.count
    if not np.isfinite(z).any():
        raise InputError(file, "depths (z)", found="none", expected="z of each neuron", hint=NO_Z)
    _require(file, positions, "z")
    depths, index, sizes = np.unique(z, return_inverse=True, return_counts=True)
    if len(depths) == 1 < count:
        found = f"the same z ({depths[0]:.4g} um) of all {len(z)} neurons"
        raise _count_error(file, "depths (z)", found, count, NO_Z)
    planes = planes_of(depths, sizes)
    for plane in (planes, cut(depths, count) if stand_apart(depths, sizes, count) else planes):
        plane_sizes, names = np.bincount(plane, weights=sizes).astype(int), spans(depths, plane)
        large = plane_sizes >= grouping.min_neurons
        if large.sum() == count:
            number = np.where(large, np.cumsum(large) - 1, -1)
            left_out = {f"z {names[n]} um": int(plane_sizes[n]) for n in np.flatnonzero(~large)}
            kept = [f"z {names[n]} um" for n in np.flatnonzero(large)]
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
        found = _found(kept, left_out, "min_neurons")
        hint = f"write `count: {len(kept)}`" if kept else ""
        raise _count_error(file, "depths (z)", found, count, hint)
    layer_of_depth = layer_of_plane[planes]
    names = [f"z {span} um" for span in spans(depths, layer_of_depth)]
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


def _found(kept: Mapping[str, int], left_out: Mapping[str, int], keys: str) -> str:
    """The groups that may be layers and those that may not, by these keys of the config."""
    found = f"{len(kept)}: {_counts(kept)} neurons" if kept else "none"
    return found + (f", without {_counts(left_out)} (layers: {keys})" if left_out else "")


def _counts(sizes: Mapping[str, int]) -> str:
    """Groups with their numbers of neurons, for an error."""
    shown = [f"{name} ({size})" for name, size in [*sizes.items()][:12]]
    return ", ".join(shown) + (", ..." if len(sizes) > 12 else "")


def _count_error(file: FilePath, field: str, found: str, count: int, hint: str = "") -> InputError:
    return InputError(
        file, field, found=found, expected=f"{count} layers (layers: count)", hint=hint
    )
