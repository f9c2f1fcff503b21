"""The data sets of an HDF5 file as items of a recording."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nma.io.errors import InputError
from nma.recordings.arrays import Item, group, is_real, kind_of
from nma.recordings.signatures import check_content
from nma.recordings.unpacking import by_neuron
from nma.recordings.unpickling import one_line
from nma.types import FilePath

if TYPE_CHECKING:
    import h5py

SUFFIXES = (".h5", ".hdf5")


@contextmanager
def open_raw_h5(
    path: FilePath, suffixes: tuple[str, ...] = SUFFIXES, field: str = "content"
) -> Iterator["h5py.File"]:
    """Yield an HDF5 file of other software, open for reading.

    suffixes: those of its kind; field: what is read of it, for errors. Raises InputError where it
    is no such file, and in place of the many errors that h5py has for damaged files.
    """
    import h5py

    expected = "a whole HDF5 file"
    check_content(path, suffixes, expected)
    try:
        with h5py.File(path, "r", locking=False) as file:
            yield file
    except InputError:
        raise
    except Exception as error:
        raise InputError(
            path,
            field,
            found=one_line(error),
            expected=expected,
            hint="it may have been cut off, or be packed by a filter that is not installed",
        ) from error


def hdf5_items(path: FilePath) -> dict[str, Item]:
    """{name: item} of all data sets and groups; names begin with /."""
    with open_raw_h5(path) as file:
        return {name: item_of(path, name, node) for name, node in nodes(file)}


def nodes(file: "h5py.File") -> list[tuple[str, object]]:
    """(name, data set or group) of everything in a file, but for what links point to."""
    found = []
    file.visititems(lambda name, node: found.append((f"/{name}", node)))
    return found


def item_of(path: FilePath, name: str, node: object) -> Item:
    """The item for a data set or group; it opens the file again to load it."""
    import h5py

    if not isinstance(node, h5py.Dataset):
        return group()
    numbers = is_real(node.dtype) and node.shape is not None
    return Item(
        kind_in_words(node), node.shape or (), numbers, lambda **how: load(path, name, **how)
    )


def kind_in_words(dataset: "h5py.Dataset") -> str:
    """The type of a data set's values, in words where it is no number."""
    import h5py

    if h5py.check_string_dtype(dataset.dtype) is not None:
        return "text"
    if h5py.check_ref_dtype(dataset.dtype) is not None:
        return "references"
    return kind_of(dataset.dtype)


def load(path: FilePath, name: str, *, by_bins: bool | None = None) -> object:
    """The values of a data set; mapped by neuron where by_bins says which way they lie."""
    with open_raw_h5(path, (*SUFFIXES, ".mat"), name) as file:
        return file[name][()] if by_bins is None else by_neuron(file[name], by_bins=by_bins)
