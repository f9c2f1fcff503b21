"""Files of several arrays, such as .npz, HDF5, MATLAB and Zarr: which of them is what."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from nma.io.errors import InputError
from nma.recordings.checks import MIN_BINS, MIN_NEURONS
from nma.recordings.raw import ChoiceError, Raw
from nma.types import FilePath

NEURONS_BY_BINS, BINS_BY_NEURONS = "neurons_by_bins", "bins_by_neurons"
BEHAVIOUR = ("run", "pupilArea", "pupilCOM", "beh_svd_time")
# Our name of a field, and that of the dict of Stringer et al. 2019 (METHODS.md, section 1).
STRINGER_NAMES = {"activity": "sresp", "positions": "xyz"}
BESIDE = (STRINGER_NAMES["positions"], "labels", "bin_seconds", *BEHAVIOUR)
WORDS = {"O": "objects", "S": "text", "U": "text", "V": "a table of named columns"}
SHOWN = 12  # items that an error lists
ACTIVITY = f"an array of numbers with at least {MIN_NEURONS} neurons and {MIN_BINS} bins"


@dataclass(frozen=True)
class Item:
    """One item of a file. kind: of its content, for errors; shape: None of what is no array.

    numbers: whether it is an array of real numbers; load: a function to its value, or with
    by_bins=True to an array of bins x neurons as neurons x bins.
    """

    kind: str
    shape: tuple[int, ...] | None
    numbers: bool
    load: Callable[..., object]

    def __str__(self) -> str:
        return self.kind + (f", {shape_text(self.shape)}" if self.shape else "")

    @property
    def is_filled(self) -> bool:
        """Whether it is an array, and not an empty one."""
        return self.shape is not None and 0 not in self.shape

    def may_be_activity(self, orientation: str | None) -> bool:
        """Whether it has real numbers for enough neurons and bins."""
        if not self.numbers or len(self.shape) != 2:
            return False
        neurons, bins = oriented(self.shape, orientation)
        return neurons >= MIN_NEURONS and bins >= MIN_BINS


def group(kind: str = "a group") -> Item:
    """The item that holds others, and no values of its own."""
    return Item(kind, None, False, lambda **_: None)


def kind_of(dtype: np.dtype) -> str:
    """The type of an array's values by its name in NumPy, or in words where it is no number."""
    return WORDS.get(dtype.kind, dtype.name)


def is_real(dtype: np.dtype) -> bool:
    """Whether values are real numbers or boolean."""
    return dtype.kind in "iufb"


def is_by_bins(orientation: str | None) -> bool:
    """Whether `orientation` of the config says that activity is bins x neurons."""
    return orientation == BINS_BY_NEURONS


def oriented(shape: tuple[int, int], orientation: str | None) -> tuple[int, int]:
    """Neurons and bins of an array of this shape."""
    return shape[::-1] if is_by_bins(orientation) else shape


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape as in `20 x 30`."""
    return " x ".join(map(str, shape)) if len(shape) != 1 else f"{shape[0]} values"


def raw_of(
    path: FilePath,
    items: Mapping[str, Item],
    *,
    dataset: str | None = None,
    orientation: str | None = None,
) -> Raw:
    """The recording in a file of these items, {name: item}, by `dataset` and `orientation`.

    Positions, labels, behaviour and bin_seconds have the names of the Stringer form, beside the
    activity or at the top of the file. Raises ChoiceError where no item, or more than one, may be
    the activity.
    """
    name = activity_name(path, items, dataset, orientation)
    beside = names_beside(name, items)
    found = {key: items[item].load() for key, item in beside.items()}
    positions = beside.get(STRINGER_NAMES["positions"], STRINGER_NAMES["positions"])
    return Raw(
        items[name].load(by_bins=is_by_bins(orientation)),
        positions=found.get(STRINGER_NAMES["positions"]),
        labels=found.get("labels"),
        behaviour={key: found[key] for key in BEHAVIOUR if key in found},
        bin_seconds=found.get("bin_seconds"),
        names={"activity": name, "positions": positions},
        notes=(f"read: {', '.join([f'{name} ({items[name]})', *beside.values()])}",),
        unused=tuple(
            other
            for other, item in items.items()
            if item.shape is not None and other not in (name, *beside.values())
        ),
    )


def size_of(
    path: FilePath,
    items_of: Callable[[FilePath], Mapping[str, Item]],
    *,
    dataset: str | None = None,
    orientation: str | None = None,
) -> tuple[int, int] | None:
    """Neurons and bins of the recording that raw_of finds; None where it would find none.

    items_of: a function of the path to its items.
    """
    try:
        items = items_of(path)
        name = activity_name(path, items, dataset, orientation)
    except InputError:
        return None
    return oriented(items[name].shape, orientation)


def names_beside(activity: str, items: Mapping[str, Item]) -> dict[str, str]:
    """{name in the Stringer form: name in the file} of the other fields that are not empty."""
    folder = activity.rpartition("/")[0]
    top = "/" if activity.startswith("/") else ""
    found = {}
    for field in BESIDE:
        for name in (f"{folder}/{field}" if folder else top + field, top + field):
            if name in items and items[name].is_filled:
                found.setdefault(field, name)
    return found


def activity_name(
    path: FilePath, items: Mapping[str, Item], dataset: str | None, orientation: str | None
) -> str:
    """The name of the activity: `dataset`, else sresp, else that of the only array it may be."""
    if dataset is None:
        of_stringer = [name for name in items if _last(name) == STRINGER_NAMES["activity"]]
        dataset = of_stringer[0] if len(of_stringer) == 1 else None
    if dataset is not None:
        return _named(path, items, dataset, orientation)
    found = [
        name
        for name, item in items.items()
        if _last(name) not in BESIDE and item.may_be_activity(orientation)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise ChoiceError(
            path,
            "dataset",
            found=f"{len(found)} arrays that may be the activity, {_listed(found, items)}",
            expected="one",
            hint=f"`dataset: {found[0]}` in the config would take the first",
        )
    raise ChoiceError(
        path,
        "dataset",
        found=f"nothing that may be the activity among {_listed(items, items)}",
        expected=ACTIVITY,
        hint=_turned(items.values(), orientation),
    )


def _named(path: FilePath, items: Mapping[str, Item], dataset: str, orientation: str | None) -> str:
    """The name in the file of the item that the config names, where it may be the activity."""
    by_name = {name.strip("/"): name for name in items}
    name = by_name.get(dataset.strip("/"))
    if name is None:
        raise ChoiceError(
            path,
            "dataset",
            found=f"no {dataset} among {_listed(items, items)}",
            expected="the name of an array in the file",
        )
    item = items[name]
    if not item.may_be_activity(orientation):
        inside = [other for other in items if other.startswith(f"{name.rstrip('/')}/")]
        found = f"{item} with {_listed(inside, items)}" if inside else item
        raise ChoiceError(
            path, name, found=found, expected=ACTIVITY, hint=_turned([item], orientation)
        )
    return name


def _turned(items: Iterable[Item], orientation: str | None) -> str:
    """A hint where an item may be the activity the other way round."""
    other = NEURONS_BY_BINS if is_by_bins(orientation) else BINS_BY_NEURONS
    turned = any(item.may_be_activity(other) for item in items)
    return f"`orientation: {other}` in the config would turn it" if turned else ""


def _listed(names: Iterable[str], items: Mapping[str, Item]) -> str:
    shown = [f"{name} ({items[name]})" for name in names]
    rest = [f"{len(shown) - SHOWN} more"] if len(shown) > SHOWN else []
    return ", ".join(shown[:SHOWN] + rest) or "no items at all"


def _last(name: str) -> str:
    return name.rpartition("/")[2]
