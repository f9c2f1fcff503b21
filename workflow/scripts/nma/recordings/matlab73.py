"""The variables of a MATLAB file of version 7.3, which is HDF5, as items of a recording.

Such a file has every array transposed, texts as numbers, and the cells of a cell array elsewhere.
"""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from nma.recordings.arrays import Item, group, is_real
from nma.recordings.hdf5_items import load, nodes, open_raw_h5
from nma.recordings.matlab_classes import NUMBERS, variable
from nma.types import FilePath

if TYPE_CHECKING:
    import h5py

SUFFIXES = (".mat",)
COMPLEX = ("real", "imag")  # columns of a data set of complex numbers
HIDDEN = ("/#refs#", "/#subsystem#")


def matlab73_items(path: FilePath) -> dict[str, Item]:
    """{name: item} of all variables, and of the fields of structs, as in `s/rates`.

    Raises InputError where the file cannot be read.
    """
    with open_raw_h5(path, SUFFIXES) as file:
        found = [(name, node) for name, node in nodes(file) if not name.startswith(HIDDEN)]
        return {name[1:]: _item(path, name[1:], node) for name, node in found}


def _item(path: FilePath, name: str, node: object) -> Item:
    """The item of a data set or group."""
    matlab_class = _class_of(node)
    if matlab_class == "struct":
        return group("a struct")
    shape = node.shape[::-1] if hasattr(node, "shape") else None
    if "MATLAB_empty" in node.attrs:
        shape = tuple(map(int, node[()].ravel()))
    load_class = {"char": _texts, "cell": _cells}.get(matlab_class, _numbers)
    return variable(path, name, matlab_class, shape, partial(load_class, path, name))


def _class_of(node: object) -> str:
    """The class that MATLAB notes, or `double` for numbers of other software without it."""
    import h5py

    name = np.bytes_(node.attrs.get("MATLAB_class", b"")).decode("ascii", "replace")
    if "MATLAB_sparse" in node.attrs:
        return "sparse"
    if name == "function_handle":
        return name
    if not isinstance(node, h5py.Dataset):
        return "struct"
    if node.dtype.names == COMPLEX:
        return "complex"
    if name in ("char", "cell"):
        return name
    if "MATLAB_object_decode" in node.attrs or not is_real(node.dtype):
        return "opaque"
    return name if name in NUMBERS else "double"


def _numbers(path: FilePath, name: str, *, by_bins: bool | None = None) -> np.ndarray:
    """The array as MATLAB has it, without axes of length 1; mapped where it is the activity."""
    if by_bins is None:
        return load(path, name).T.squeeze()
    return load(path, name, by_bins=not by_bins)


def _texts(path: FilePath, name: str, **_: object) -> np.ndarray:
    """The rows of a char array."""
    codes = np.atleast_2d(load(path, name).T)
    return np.array(["".join(map(chr, row)).rstrip() for row in codes])


def _cells(path: FilePath, name: str, **_: object) -> list[object]:
    """The texts and numbers in a cell array, in the order of MATLAB."""
    with open_raw_h5(path, SUFFIXES, name) as file:
        return [_cell(file[reference]) for reference in file[name][()].ravel()]


def _cell(dataset: "h5py.Dataset") -> object:
    """The text or number in a cell; what is neither stays as it is, to be refused."""
    if "MATLAB_empty" in dataset.attrs:
        return ""
    values = dataset[()]
    if _class_of(dataset) == "char":
        return "".join(map(chr, values.T.ravel()))
    return values.item() if values.size == 1 else values
