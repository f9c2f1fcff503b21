"""The data sets of an HDF5 file as items of a recording."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nma.io.errors import InputError
from nma.recordings.arrays import Item, is_real, kind_of
from nma.recordings.signatures import check_content, misread
from nma.recordings.unpacking import by_neuron
from nma.recordings.unpickling import one_line
from nma.types import FilePath

if TYPE_CHECKING:
    import h5py

SUFFIXES = (".h5", ".hdf5")
GROUP = "a group"


@contextmanager
def open_raw_h5(path: FilePath, suffixes: tuple[str, ...] = SUFFIXES) -> Iterator["h5py.File"]:
    """Yield an HDF5 file of other software, open for reading.

    suffixes: those of its kind. Raises InputError where it is no such file or cannot be read.
    """
    import h5py

    expected = "a whole HDF5 file"
    check_content(path, suffixes, expected)
    try:
        file = h5py.File(path, "r", locking=False)
    except OSError as error:
        raise misread(path, error, suffixes, expected) from error
    with file:
        yield file


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
        return Item(GROUP, None, False, lambda **_: unreadable(path, name, GROUP))
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
    with open_raw_h5(path, (*SUFFIXES, ".mat")) as file, readable(path, name):
        return file[name][()] if by_bins is None else by_neuron(file[name], by_bins=by_bins)


@contextmanager
def readable(path: FilePath, name: str) -> Iterator[None]:
    """Raise InputError in place of an error of HDF5 when the data set `name` is read."""
    try:
        yield
    except InputError:
        raise
    except (OSError, RuntimeError, ValueError, TypeError) as error:
        raise InputError(
            path,
            name,
            found=one_line(error),
            expected="values that can be read",
            hint="the file may have been cut off, or be packed by a filter that is not installed",
        ) from error


def unreadable(path: FilePath, name: str, kind: str, hint: str = "") -> None:
    """Raise the InputError for an item that has no values to read."""
    raise InputError(path, name, found=kind, expected="numbers or text", hint=hint)
