"""Recordings in MATLAB files (.mat) of all versions."""

from nma.recordings.arrays import Item, raw_of, size_of
from nma.recordings.matlab5 import matlab5_items
from nma.recordings.matlab73 import matlab73_items
from nma.recordings.raw import Raw
from nma.recordings.signatures import check_content
from nma.types import FilePath

SUFFIXES = (".mat",)
OPTIONS = ("dataset", "orientation")
VERSION_73 = b"MATLAB 7.3"  # the first bytes of its files


def read(path: FilePath, *, dataset: str | None = None, orientation: str | None = None) -> Raw:
    """Read the variable `dataset`, or the only one that may be the activity, and what is beside it.

    dataset may be a field of a struct, as in `s/rates`; orientation: `bins_by_neurons` where the
    array is the other way round in MATLAB. Raises InputError where the file cannot be read or has
    no such array.
    """
    return raw_of(path, _items(path), dataset=dataset, orientation=orientation)


def size(
    path: FilePath, *, dataset: str | None = None, orientation: str | None = None
) -> tuple[int, int] | None:
    """Neurons and bins; None where the activity cannot be told."""
    return size_of(path, _items, dataset=dataset, orientation=orientation)


def _items(path: FilePath) -> dict[str, Item]:
    check_content(path, SUFFIXES, "a whole MATLAB file")
    with open(path, "rb") as file:
        is_hdf5 = file.read(len(VERSION_73)) == VERSION_73
    return matlab73_items(path) if is_hdf5 else matlab5_items(path)
