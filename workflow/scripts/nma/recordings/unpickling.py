"""Reading the pickles in `.npy` files of unknown origin: no code that a file names is ever run.

A `.npy` file of objects holds a pickle, and a pickle may call any function that can be imported.
This reader calls none. Where a pickle names a function of NumPy, a small one of this module takes
its place. Any other name is refused, and so is every opcode that makes or alters objects in another
way. It builds on the unpickler of the standard library that is written in Python: the one in C
gives no control over the calls and the memory that a file asks for.
"""

import math
import os
import pickle
import pickletools
import re
from collections.abc import Iterable
from types import FunctionType
from typing import BinaryIO

import numpy as np

from nma.io.errors import InputError
from nma.types import FilePath

EXPECTED = "only NumPy arrays, numbers, texts, lists and dicts"
CUT_OFF = "the file may have been cut off while it was written or copied"
OBJECT_OPCODES = {
    *("INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "EXT1", "EXT2", "EXT4"),
    *("PERSID", "BINPERSID", "NEXT_BUFFER", "READONLY_BUFFER"),
}
SIMPLE_DTYPE = re.compile(r"[biufc]\d{1,2}|[SUV]\d{1,9}|O[48]?")


def read_objects(path: FilePath, file: BinaryIO, shape: tuple[int, ...]) -> np.ndarray | dict:
    """Read the array of objects pickled in the rest of `file`; the dict in it where it is just one.

    shape: that of the header. Raises InputError, which names `path` and the item at fault, where
    the pickle is not whole or holds more than NumPy's arrays and plain Python values.
    """
    try:
        array = Unpickler(_Measured(file)).load()
        if type(array) is not np.ndarray or array.dtype != object or array.shape != shape:
            raise _Refused(f"something else than the {shape} array of objects of the header")
    except _Refused as refused:
        raise InputError(path, "pickle", found=one_line(refused), expected=EXPECTED) from refused
    except OSError:
        raise
    except Exception as error:
        raise InputError(
            path,
            "pickle",
            found=one_line(error),
            expected="a whole pickle of NumPy arrays",
            hint=CUT_OFF if isinstance(error, EOFError) else "",
        ) from error
    return array[()] if shape == () and isinstance(array[()], dict) else array


class _Refused(Exception):
    """Names the item of a pickle that is not admitted."""


class _Measured:
    """A file that returns as many bytes as asked for, or raises before it takes memory for them."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.size = os.fstat(file.fileno()).st_size
        self.readline = file.readline

    def read(self, count: int) -> bytes:
        left = self.size - self.file.tell() if count > 4096 else count
        content = self.file.read(count) if count <= left else b""
        if len(content) < count:
            raise EOFError(f"an item of {count} bytes ends after the file does")
        return content


class _Opcodes(dict):
    """{code: method} of each admitted opcode, as `pickle` wants it."""

    def __missing__(self, code: int) -> None:
        known = pickletools.code2op.get(chr(code))
        raise _Refused(f"opcode {known.name if known else code}")


class Unpickler(pickle._Unpickler):
    """An unpickler that calls the functions in ADMITTED alone, by the opcodes in `dispatch`."""

    dispatch = _Opcodes(
        (ord(opcode.code), pickle._Unpickler.dispatch[ord(opcode.code)])
        for opcode in pickletools.opcodes
        if opcode.proto <= 5 and opcode.name not in OBJECT_OPCODES
    )

    def __init__(self, file: _Measured) -> None:
        super().__init__(file, encoding="latin1")

    def find_class(self, module: str, name: str) -> object:
        if (module, name) not in ADMITTED:
            raise _Refused(f"{module}.{name}")
        return ADMITTED[module, name]

    def load_reduce(self) -> None:
        arguments = self.stack.pop()
        function = self.stack[-1]
        if not isinstance(function, FunctionType):
            name = function if isinstance(function, str) else type(function).__name__
            raise _Refused(f"a call of {name}")
        self.stack[-1] = function(*arguments)

    dispatch[pickle.REDUCE[0]] = load_reduce

    def load_build(self) -> None:
        state = self.stack.pop()
        target = self.stack[-1]
        if type(target) is np.ndarray:
            _fill_array(target, state)
        elif type(target) is _Dtype:
            target.complete(state)
        else:
            raise _Refused(f"a state for {getattr(target, '__name__', type(target).__name__)}")

    dispatch[pickle.BUILD[0]] = load_build

    def load_bytearray8(self) -> None:
        self.append(self.read(int.from_bytes(self.read(8), "little")))

    dispatch[pickle.BYTEARRAY8[0]] = load_bytearray8


class _Dtype:
    """A dtype in the making. NumPy's own would accept any sizes and offsets."""

    def __init__(self, name: object) -> None:
        if not isinstance(name, str) or not SIMPLE_DTYPE.fullmatch(name):
            raise _Refused(f"dtype {name!r}")
        self.dtype = np.dtype("O" if name[0] == "O" else name)

    def complete(self, state: tuple) -> None:
        """Take in NumPy's state: version, byte order, sub-array, names, fields, item size, ..."""
        _, order, subarray, names, fields, size = state[:6]
        if subarray:
            base, shape = subarray
            self.dtype = np.dtype((base.dtype, shape))
        elif names:
            formats = [fields[name][0].dtype for name in names]
            if any(format.hasobject for format in formats):
                raise _Refused("objects in a structured dtype")
            offsets = [fields[name][1] for name in names]
            self.dtype = np.dtype(
                {"names": list(names), "formats": formats, "offsets": offsets, "itemsize": size}
            )
        elif order in ("<", ">"):
            self.dtype = self.dtype.newbyteorder(order)


def element_count(shape: object) -> int:
    """The number of elements of an array of this shape. Raises an error where it is no shape."""
    if not isinstance(shape, tuple) or not all(isinstance(n, int) and n >= 0 for n in shape):
        raise _Refused(f"shape {shape!r}")
    return math.prod(shape)


def _bytes_of(data: object, dtype: object, count: int) -> bytes:
    """The bytes of `count` elements, checked to be as many as they need."""
    if isinstance(data, str):
        data = data.encode("latin1")
    if not isinstance(data, bytes) or not isinstance(dtype, _Dtype) or dtype.dtype.hasobject:
        raise _Refused("an array of numbers without its bytes")
    needed = count * dtype.dtype.itemsize
    if len(data) != needed or (count > 1 and not needed):
        raise _Refused(
            f"{len(data)} bytes for {count} elements of {dtype.dtype}, which need {needed}"
        )
    return data


def _fill_array(array: np.ndarray, state: tuple) -> None:
    """Give an array from `_new_array` its content: version, shape, dtype, order, data."""
    _, shape, dtype, fortran, data = state
    count = element_count(shape)
    if array.shape != (0,) or not isinstance(dtype, _Dtype):
        raise _Refused("a second state for an array")
    if dtype.dtype != object:
        data = _bytes_of(data, dtype, count)
    elif type(data) is not list or len(data) != count:
        raise _Refused(f"an array of {count} objects without its list of {count}")
    array.__setstate__((1, shape, dtype.dtype, bool(fortran), data))


def _new_array(subtype: object, shape: object, code: object) -> np.ndarray:
    """Stands in for NumPy's `_reconstruct`: always the empty array, to be filled later."""
    if subtype != NDARRAY or shape != (0,) or code not in ("b", b"b"):
        raise _Refused(f"_reconstruct of {subtype!r} of shape {shape!r}")
    return np.empty(0, "b")


def _array_of_bytes(
    data: object, dtype: object, shape: object, order: object, axes: object = None
) -> np.ndarray:
    """Stands in for NumPy's `_frombuffer`, which protocol 5 uses."""
    buffer = _bytes_of(data, dtype, element_count(shape))
    if order == "K" and axes is not None:
        return np.ndarray(shape, dtype.dtype, buffer).transpose(axes)
    return np.ndarray(shape, dtype.dtype, buffer, order=order)


def _scalar(dtype: object, data: object) -> np.generic:
    """Stands in for NumPy's `scalar`; never of objects, which it would take from the file."""
    return np.ndarray((), dtype.dtype, _bytes_of(data, dtype, 1))[()]


def _dtype(name: object, align: object = False, copy: object = True) -> _Dtype:
    """Stands in for `numpy.dtype`."""
    return _Dtype(name)


def _encode(text: object, encoding: object) -> bytes:
    """Stands in for `_codecs.encode`, by which protocols 0 to 2 hold bytes."""
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
        raise _Refused(f"_codecs.encode with {encoding!r}")
    return text.encode("latin1")


def _no_bytes() -> bytes:
    """Stands in for `bytes`, by which protocols 0 to 2 hold the empty bytes."""
    return b""


def _complex(real: object, imaginary: object) -> complex:
    """Stands in for `complex`."""
    return complex(float(real), float(imaginary))


def _dict(pairs: Iterable = ()) -> dict:
    """Stands in for `OrderedDict`; every dict keeps its order today."""
    return dict(pairs)


def one_line(error: Exception) -> str:
    """The text of an error, on one line that a terminal can show."""
    words = str(error) if isinstance(error, _Refused) else f"{type(error).__name__}: {error}"
    return "".join(letter if letter.isprintable() else "?" for letter in words[:200])


NDARRAY = "numpy.ndarray"
ADMITTED = {
    ("numpy", "ndarray"): NDARRAY,
    ("numpy", "dtype"): _dtype,
    ("numpy.core.multiarray", "_reconstruct"): _new_array,
    ("numpy._core.multiarray", "_reconstruct"): _new_array,
    ("numpy.core.multiarray", "scalar"): _scalar,
    ("numpy._core.multiarray", "scalar"): _scalar,
    ("numpy.core.numeric", "_frombuffer"): _array_of_bytes,
    ("numpy._core.numeric", "_frombuffer"): _array_of_bytes,
    ("_codecs", "encode"): _encode,
    ("__builtin__", "bytes"): _no_bytes,
    ("builtins", "bytes"): _no_bytes,
    ("__builtin__", "complex"): _complex,
    ("builtins", "complex"): _complex,
    ("collections", "OrderedDict"): _dict,
}
