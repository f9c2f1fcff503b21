"""Recordings in HDF5 files (.h5, .hdf5) of arrays."""

from nma.recordings.arrays import raw_of, size_of
from nma.recordings.hdf5_items import SUFFIXES as HDF5_SUFFIXES
from nma.recordings.hdf5_items import hdf5_items
from nma.recordings.raw import Raw
from nma.types import FilePath

SUFFIXES = HDF5_SUFFIXES
OPTIONS = ("dataset", "orientation")


def read(path: FilePath, *, dataset: str | None = None, orientation: str | None = None) -> Raw:
    """Read the data set `dataset`, or the only one that may be the activity, and what is beside it.

    orientation: `bins_by_neurons` where it is the other way round. Raises InputError where the
    file cannot be read or has no such array.
    """
    return raw_of(path, hdf5_items(path), dataset=dataset, orientation=orientation)


def size(
    path: FilePath, *, dataset: str | None = None, orientation: str | None = None
) -> tuple[int, int] | None:
    """Neurons and bins; None where the activity cannot be told."""
    return size_of(path, hdf5_items, dataset=dataset, orientation=orientation)
