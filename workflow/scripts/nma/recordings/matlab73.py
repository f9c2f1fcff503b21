"""The variables of a MATLAB file of version 7.3, which is HDF5, as items of a recording.

Such a file has every array transposed, texts as numbers, and the cells of a cell array elsewhere.
"""

from typing import TYPE_CHECKING

import numpy as np

from nma.recordings.arrays import Item, is_real
from nma.recordings.hdf5_items import kind_in_words, load, nodes, open_raw_h5, readable, unreadable
from nma.recordings.matlab5 import HINT, KINDS, NUMBERS, OBJECT
from nma.types import FilePath

if TYPE_CHECKING:
    import h5py

SUFFIXES = (".mat",)
COMPLEX = ("real", "imag")  # columns of a data set of complex numbers
WITHOUT_VALUES = ("sparse", "function_handle")
HIDDEN = ("/#refs#", "/#subsystem#")


def matlab73_items(path: FilePath) -> dict[str, Item]:
    """{name: item} of all variables, and of the fields of structs, as in `s/rates`.

    Raises InputError where the file cannot be read.
    """
    with open_raw_h5(path, SUFFIXES) as file:
        return {
            name[1:]: _item(path, name, node)
            for name, node in nodes(file)
            if not name.startswith(HIDDEN)
        }


def _item(path: FilePath, name: str, node: object) -> Item:
    import h5py

    kind = _class_of(node)
    if not isinstance(node, h5py.Dataset):
        return _without_values(path, name, KINDS[kind] if kind in WITHOUT_VALUES else "a struct")
    if "MATLAB_empty" in node.attrs:
        return Item("nothing", (0, 0), False, lambda **_: None)
    shape = node.shape[::-1]
    if kind in NUMBERS and is_real(node.dtype):
        return Item(kind, shape, True, lambda **how: _numbers(path, name, **how))
    if kind == "char":
        return Item(KINDS[kind], shape, False, lambda **_: _texts(path, name))
    if kind == "cell":
        return Item(KINDS[kind], shape, False, lambda **_: _cells(path, name))
    return _without_values(
        path, name, KINDS.get(kind, OBJECT if kind else kind_in_words(node)), shape
    )


def _class_of(node: object) -> str:
    """The class that MATLAB notes, or what a file of other software without it amounts to."""
    if "MATLAB_sparse" in node.attrs:
        return "sparse"
    name = np.bytes_(node.attrs.get("MATLAB_class", b"")).decode("ascii", "replace")
    if getattr(node, "dtype", np.dtype("f8")).names == COMPLEX:
        return "complex"
    if "MATLAB_object_decode" in node.attrs and name != "function_handle":
        return "opaque"
    return name


def _without_values(
    path: FilePath, name: str, kind: str, shape: tuple[int, ...] | None = None
) -> Item:
    return Item(kind, shape, False, lambda **_: unreadable(path, name[1:], kind, HINT))


def _numbers(path: FilePath, name: str, *, by_bins: bool | None = None) -> np.ndarray:
    """The array as MATLAB has it, without axes of length 1; mapped where it is the activity."""
    if by_bins is None:
        return load(path, name).T.squeeze()
    return load(path, name, by_bins=not by_bins)


def _texts(path: FilePath, name: str) -> np.ndarray:
    """The rows of a char array."""
    codes = np.atleast_2d(load(path, name).T)
    return np.array(["".join(map(chr, row)).rstrip() for row in codes])


def _cells(path: FilePath, name: str) -> list[object]:
    """The texts and numbers in a cell array, in the order of MATLAB."""
    with open_raw_h5(path, SUFFIXES) as file, readable(path, name):
        return [_cell(file[reference]) for reference in file[name][()].ravel()]


def _cell(dataset: "h5py.Dataset") -> object:
    """The text or number in a cell; what is neither stays as it is, to be refused."""
    if "MATLAB_empty" in dataset.attrs:
        return ""
    values = dataset[()]
    if _class_of(dataset) == "char":
        return "".join(map(chr, values.T.ravel()))
    return values.item() if values.size == 1 else values
