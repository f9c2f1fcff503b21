"""Layers by a text of each neuron: its label, or the name of its imaging plane."""

import re

import numpy as np

from nma.io.errors import InputError
from nma.preprocessing.grouping import Grouping, Layers, count_error, groups_found
from nma.types import FilePath, Neurons

UNLABELLED = "no label"
# {by: what is expected where a recording has none, and what to write then}.
BY_TEXT = {
    "labels": ("a label for each neuron", ""),
    "planes": (
        "the imaging plane of each neuron",
        "`layers: {by: depth}` finds planes in z, and `layers: {by: whole, count: 1}` needs none",
    ),
}


def natural(label: str) -> tuple:
    """The key that sorts labels as a reader does: 1, 2, 10; CA1, CA3, DG."""
    if re.fullmatch(r"[-+]?\d+", label):
        return 0, int(label), label
    parts = re.split(r"(\d+)", label.casefold())
    return 1, [int(part) if n % 2 else part for n, part in enumerate(parts)], label


def by_text(file: FilePath, texts: Neurons | None, grouping: Grouping) -> Layers:
    """A layer of each text, in natural order, but for those that the grouping leaves out.

    texts: empty where there is none; None where the recording has none at all. Raises InputError
    then, and for another number of layers than that of the grouping.
    """
    field, (expected, hint) = grouping.by, BY_TEXT[grouping.by]
    if texts is None:
        raise InputError(file, field, found="none", expected=expected, hint=hint)
    names, index, sizes = np.unique(texts, return_inverse=True, return_counts=True)
    numbers = {str(name): int(size) for name, size in zip(names, sizes, strict=True)}
    missing = numbers.pop("", 0)
    if missing and grouping.unlabelled == "error":
        raise InputError(
            file,
            field,
            found=f"none for {missing} of {len(texts)} neurons",
            expected=expected,
            hint="`layers: {unlabelled: leave_out}` leaves these neurons out",
        )
    kept = {
        name: numbers[name]
        for name in sorted(numbers, key=natural)
        if name not in grouping.left_out and numbers[name] >= grouping.min_neurons
    }
    left_out = {name: size for name, size in numbers.items() if name not in kept}
    if len(kept) != grouping.count:
        found = groups_found(kept, left_out, "except, min_neurons")
        leave = f", or leave {field} out with `except` or `min_neurons`"
        hint = f"write `count: {len(kept)}`{leave if len(kept) > grouping.count else ''}"
        raise count_error(file, field, found, grouping.count, hint if kept else "")
    order = {name: number for number, name in enumerate(kept)}
    layer_of = np.array([order.get(str(name), -1) for name in names])[index]
    return Layers(layer_of, list(kept), left_out | ({UNLABELLED: missing} if missing else {}))
