"""Reading the pickles in `.npy` files of unknown origin: no code that a file names is ever run.

A `.npy` file of objects holds a pickle, and a pickle may call any function that can be imported.
This reader imports and calls none. Where a pickle names a function of NumPy, a small one of
recordings.stand_ins takes its place. Objects that only describe something (dates, paths, tables,
instances of a lab's own classes) become an `Unread`, which holds nothing but the name of its class.
Any other call is refused by name. It builds on the unpickler of the standard library that is
written in Python: the one in C gives no control over the calls and the memory that a file asks for.
"""

import os
import pickle
import pickletools
from types import FunctionType
from typing import BinaryIO

import numpy as np

from nma.io.errors import InputError
from nma.recordings.stand_ins import (
    ADMITTED,
    ARRAY_CLASS,
    HARMLESS,
    KNOWN_PACKAGES,
    ArrayClass,
    ClassName,
    Harmless,
    PickledDtype,
    Refused,
    Unread,
    fill_array,
    instance_of,
)
from nma.types import FilePath

EXPECTED = "only NumPy arrays, numbers, texts, lists and dicts, and no call of other functions"
CUT_OFF = "the file may have been cut off while it was written or copied"
OBJECT_OPCODES = {
    *("INST", "OBJ", "EXT1", "EXT2", "EXT4"),
    *("PERSID", "BINPERSID", "NEXT_BUFFER", "READONLY_BUFFER"),
}


def read_objects(path: FilePath, file: BinaryIO, shape: tuple[int, ...]) -> np.ndarray | dict:
    """Read the array of objects pickled in the rest of `file`; the dict in it where it is just one.

    shape: that of the header. Raises InputError, which names `path` and the item at fault, where
    the pickle is not whole or holds more than NumPy's arrays and plain Python values.
    """
    unpickler = Unpickler(_Measured(file))
    try:
        array = unpickler.load()
        if type(array) is not np.ndarray or array.dtype != object or array.shape != shape:
            raise Refused(f"something else than the {shape} array of objects of the header")
    except Refused as refused:
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
    if unpickler.skipped:
        kinds = one_line(Refused(", ".join(sorted(unpickler.skipped))))
        print(f"{path}: skipped without reading them: objects of {kinds}")
    return array[()] if shape == () and isinstance(array[()], dict) else array


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
        raise Refused(f"opcode {known.name if known else code}")


class Unpickler(pickle._Unpickler):
    """An unpickler that calls the functions in ADMITTED alone, by the opcodes in `dispatch`.

    skipped: the classes of the objects that it did not read.
    """

    dispatch = _Opcodes(
        (ord(opcode.code), pickle._Unpickler.dispatch[ord(opcode.code)])
        for opcode in pickletools.opcodes
        if opcode.proto <= 5 and opcode.name not in OBJECT_OPCODES
    )

    def __init__(self, file: _Measured) -> None:
        super().__init__(file, encoding="latin1")
        self.skipped: set[str] = set()

    def find_class(self, module: str, name: str) -> object:
        full = f"{module}.{name}"
        if (module, name) in ADMITTED:
            return ADMITTED[module, name]
        if ARRAY_CLASS.fullmatch(full):
            return ArrayClass(full)
        if HARMLESS.fullmatch(full):
            return Harmless(full)
        if module.split(".")[0] in KNOWN_PACKAGES:
            raise Refused(full)
        return ClassName(full)

    def load_reduce(self) -> None:
        arguments = self.stack.pop()
        function = self.stack[-1]
        if isinstance(function, Harmless):
            self._made(function.instance())
        elif isinstance(function, FunctionType):
            self._made(function(*arguments))
        else:
            name = function if isinstance(function, str) else type(function).__name__
            raise Refused(f"a call of {name}")

    def _made(self, item: object) -> None:
        """Put an object in the place of what made it, and note where it was not read."""
        self.stack[-1] = item
        if isinstance(item, Unread):
            self.skipped.add(type(item).__name__)

    dispatch[pickle.REDUCE[0]] = load_reduce

    def load_newobj(self) -> None:
        del self.stack[-1]  # arguments
        self._made(instance_of(self.stack[-1]))

    dispatch[pickle.NEWOBJ[0]] = load_newobj

    def load_newobj_ex(self) -> None:
        del self.stack[-2:]  # arguments
        self._made(instance_of(self.stack[-1]))

    dispatch[pickle.NEWOBJ_EX[0]] = load_newobj_ex

    def load_build(self) -> None:
        state = self.stack.pop()
        target = self.stack[-1]
        if type(target) is np.ndarray:
            fill_array(target, state)
        elif type(target) is PickledDtype:
            target.complete(state)
        elif not isinstance(target, Unread):
            raise Refused(f"a state for {getattr(target, '__name__', type(target).__name__)}")

    dispatch[pickle.BUILD[0]] = load_build

    def load_bytearray8(self) -> None:
        self.append(self.read(int.from_bytes(self.read(8), "little")))

    dispatch[pickle.BYTEARRAY8[0]] = load_bytearray8


def one_line(error: Exception) -> str:
    """The text of an error, on one line that a terminal can show."""
    words = str(error) if isinstance(error, Refused) else f"{type(error).__name__}: {error}"
    return "".join(letter if letter.isprintable() else "?" for letter in words[:200])
