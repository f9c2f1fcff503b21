"""The variables of a MATLAB file of version 4 to 7 as items of a recording.

SciPy reads them and runs nothing: function handles and objects stay the bytes that they are.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from nma.recordings.arrays import Item
from nma.recordings.hdf5_items import unreadable
from nma.recordings.signatures import misread
from nma.types import FilePath

SUFFIXES = (".mat",)
INTEGERS = tuple(f"{sign}int{bits}" for sign in ("u", "") for bits in (8, 16, 32, 64))
NUMBERS = ("double", "single", "logical", *INTEGERS)
LOADED = (*NUMBERS, "char", "cell")
OBJECT = "an object of a class of MATLAB, such as a table or a string array"
KINDS = {
    "char": "text",
    "cell": "a cell array",
    "struct": "a struct array",
    "sparse": "a sparse matrix",
    "complex": "complex numbers",
    "function": "a function handle",
    "function_handle": "a function handle",
    "object": OBJECT,
    "opaque": OBJECT,
}
HINT = "save a plain array from MATLAB, by double(x), full(x), cell2mat(x) or cellstr(x)"


def matlab5_items(path: FilePath) -> dict[str, Item]:
    """{name: item} of all variables, and of the fields of structs, as in `s/rates`.

    Raises InputError where the file cannot be read.
    """
    from scipy.io import whosmat

    with _reading(path):
        variables = whosmat(path, appendmat=False)
    items = {}
    for name, shape, kind in variables:
        if name.startswith("__"):
            continue
        if kind == "struct" and shape == (1, 1):
            items |= _fields(path, name, _variable(path, name))
        else:
            items[name] = _item(path, name, shape, kind)
    return items


def _item(path: FilePath, name: str, shape: tuple[int, ...], kind: str) -> Item:
    """The item of a variable, which is read when it is loaded."""

    def load(by_bins: bool = False) -> object:
        if kind not in LOADED:
            unreadable(path, name, KINDS.get(kind, kind), HINT)
        return _value(_variable(path, name), by_bins)

    return Item(KINDS.get(kind, kind), shape, kind in NUMBERS, load)


def _fields(path: FilePath, name: str, value: np.ndarray) -> dict[str, Item]:
    """{name: item} of a struct that was read, and of all that is in it."""
    kind = _kind(value)
    if kind == "struct" and value.size == 1:
        items = {name: Item("a struct", None, False, lambda **_: None)}
        for field in value.dtype.names:
            items |= _fields(path, f"{name}/{field}", value.flat[0][field])
        return items

    def load(by_bins: bool = False) -> object:
        if kind not in LOADED:
            unreadable(path, name, KINDS[kind], HINT)
        return _value(value, by_bins)

    shown = str(value.dtype) if kind in NUMBERS else KINDS[kind]
    return {name: Item(shown, value.shape, kind in NUMBERS, load)}


def _kind(value: object) -> str:
    """The kind of a value that SciPy has read, by the names that MATLAB has for them."""
    from scipy.io import matlab
    from scipy.sparse import issparse

    if issparse(value):
        return "sparse"
    if isinstance(value, matlab.MatlabFunction):
        return "function"
    if isinstance(value, matlab.MatlabOpaque | matlab.MatlabObject):
        return "opaque"
    if value.dtype.names:
        return "struct"
    return {"U": "char", "O": "cell"}.get(value.dtype.kind, "double")


def _variable(path: FilePath, name: str) -> np.ndarray:
    from scipy.io import loadmat

    with _reading(path):
        return loadmat(path, variable_names=[name], appendmat=False)[name]


def _value(value: np.ndarray, by_bins: bool) -> object:
    """An array without axes of length 1, or the texts in a cell array."""
    if value.dtype == object:
        return [text_of(cell) for cell in value.ravel(order="F")]
    return value.T if by_bins else value.squeeze()


def text_of(cell: object) -> object:
    """The text or number in a cell; what is neither stays as it is, to be refused."""
    if isinstance(cell, np.ndarray) and cell.dtype.kind in "Uiuf" and cell.size <= 1:
        return cell.item() if cell.size else ""
    return cell


@contextmanager
def _reading(path: FilePath) -> Iterator[None]:
    """Raise InputError in place of the many errors that damaged files cause in SciPy."""
    try:
        yield
    except Exception as error:
        raise misread(path, error, SUFFIXES, "a whole MATLAB file") from error
