"""The variables of a MATLAB file of version 4 to 7 as items of a recording.

SciPy reads them and runs nothing: function handles and objects stay the bytes that they are.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from nma.recordings.arrays import Item, group
from nma.recordings.matlab_classes import variable
from nma.recordings.signatures import misread
from nma.types import FilePath

SUFFIXES = (".mat",)
CLASSES = {"float64": "double", "float32": "single"}  # of NumPy's types with other names


def matlab5_items(path: FilePath) -> dict[str, Item]:
    """{name: item} of all variables, and of the fields of structs, as in `s/rates`.

    Raises InputError where the file cannot be read.
    """
    from scipy.io import whosmat

    with _reading(path):
        variables = whosmat(path, appendmat=False)
    items = {}
    for name, shape, matlab_class in variables:
        if matlab_class == "struct" and shape == (1, 1):
            items |= _fields(path, name, _loaded(path, name))
        elif not name.startswith("__"):  # which SciPy adds
            items[name] = _variable(path, name, shape, matlab_class)
    return items


def _variable(path: FilePath, name: str, shape: tuple[int, ...], matlab_class: str) -> Item:
    """The item of a variable that is not read yet."""

    def load(by_bins: bool = False) -> object:
        return _value(_loaded(path, name), by_bins)

    return variable(path, name, matlab_class, shape, load)


def _fields(path: FilePath, name: str, value: np.ndarray) -> dict[str, Item]:
    """{name: item} of a part of a struct that was read, and of all that is in it."""
    matlab_class = _class_of(value)
    if matlab_class == "struct" and value.size == 1:
        items = {name: group("a struct")}
        for field in value.dtype.names:
            items |= _fields(path, f"{name}/{field}", value.flat[0][field])
        return items

    def load(by_bins: bool = False) -> object:
        return _value(value, by_bins)

    return {name: variable(path, name, matlab_class, value.shape, load)}


def _class_of(value: object) -> str:
    """The class in MATLAB of a value that SciPy has read."""
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
    of_kind = {"U": "char", "O": "cell", "c": "complex"}
    return of_kind.get(value.dtype.kind, CLASSES.get(value.dtype.name, value.dtype.name))


def _loaded(path: FilePath, name: str) -> np.ndarray:
    from scipy.io import loadmat

    with _reading(path):
        return loadmat(path, variable_names=[name], appendmat=False)[name]


def _value(value: np.ndarray, by_bins: bool) -> object:
    """An array without axes of length 1, or the texts and numbers in a cell array."""
    if value.dtype == object:
        return [_cell(cell) for cell in value.ravel(order="F")]
    return value.T if by_bins else value.squeeze()


def _cell(cell: object) -> object:
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
