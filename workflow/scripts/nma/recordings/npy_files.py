"""`.npy` files: numbers are mapped, and pickled objects read without running anything."""

import math
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.lib import format as npy

from nma.io.errors import InputError
from nma.recordings.signatures import content_of
from nma.recordings.stand_ins import element_count
from nma.recordings.unpickling import CUT_OFF, one_line, read_objects
from nma.types import FilePath


def read_npy(path: FilePath) -> np.ndarray | dict:
    """Read a `.npy` file: its array, or its dict where it is a 0-d array of one dict.

    A numeric array is mapped, not read into memory. Arrays of objects are unpickled without
    running anything that the file names; texts that Python 2 wrote are read as latin1.
    Raises InputError for a file that is missing, unreadable, cut off, not `.npy`, larger in its
    own words than on disk, or that holds anything but what NumPy needs (the error names it).
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            shape, dtype = read_header(path, file)
            if dtype.hasobject:
                return read_objects(path, file, shape)
            data_bytes = path.stat().st_size - file.tell()
    except OSError as error:
        raise InputError(
            path, "file", found=f"no way to read it ({error.strerror})", expected="a .npy file"
        ) from error
    needed = math.prod(shape) * dtype.itemsize
    if data_bytes != needed:
        raise InputError(
            path,
            "size",
            found=f"{data_bytes} bytes of data",
            expected=f"{needed} for {dtype} of shape {shape}",
            hint=CUT_OFF,
        )
    try:
        return np.load(path, mmap_mode="r" if needed else None, allow_pickle=False)
    except (ValueError, OverflowError) as error:
        raise _header_error(path, error) from error


def read_header(path: FilePath, file: BinaryIO) -> tuple[tuple[int, ...], np.dtype]:
    """The shape and dtype that the header declares; the file is left at the first byte of data.

    Raises InputError where that is no header of a .npy file.
    """
    try:
        version = npy.read_magic(file)
        of_version = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
        if version not in of_version:
            raise ValueError(f"format version {version}")
        shape, _, dtype = of_version[version](file)
        element_count(shape)
    except OSError:
        raise
    except Exception as error:
        raise _header_error(path, error) from error
    return shape, dtype


def shape_of(path: FilePath) -> tuple[int, ...] | None:
    """The shape that the header of a .npy file declares; None where it cannot be read."""
    try:
        with open(path, "rb") as file:
            return read_header(path, file)[0]
    except (OSError, InputError):
        return None


def _header_error(path: FilePath, error: Exception) -> InputError:
    expected = "the header of a .npy file"
    content = content_of(path)
    if content is None:
        return InputError(path, "header", found=one_line(error), expected=expected)
    return InputError(path, "header", found=content.what, expected=expected, hint=content.hint)
