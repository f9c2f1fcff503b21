"""Reading `.npy` files: arrays are mapped, pickled objects read without running anything."""

import math
import os
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.lib import format as npy

from nma.io.errors import InputError
from nma.recordings.mapped import mapped
from nma.recordings.signatures import misread
from nma.recordings.stand_ins import element_count
from nma.recordings.unpickling import CUT_OFF, read_objects
from nma.types import FilePath

SUFFIXES = (".npy",)


class Header(NamedTuple):
    """What the header of a .npy file declares; order: C or F, as NumPy has it."""

    shape: tuple[int, ...]
    dtype: np.dtype
    order: str


def read_npy(path: FilePath) -> np.ndarray | dict:
    """Read a `.npy` file: its array, or its dict where it is a 0-d array of one dict.

    A numeric array is mapped, not read into memory. Arrays of objects are unpickled without
    running anything that the file names; texts that Python 2 wrote are read as latin1.
    Raises InputError for a file that is missing, unreadable, cut off, not `.npy`, larger in its
    own words than on disk, or that holds anything but what NumPy needs (the error names it).
    """
    try:
        with Path(path).open("rb") as file:
            return read_open_npy(path, file)
    except OSError as error:
        raise InputError(
            path, "file", found=f"no way to read it ({error.strerror})", expected="a .npy file"
        ) from error


def read_open_npy(path: FilePath, file: BinaryIO) -> np.ndarray | dict:
    """Read an open `.npy` file on disk as `read_npy` does; path: its name in errors."""
    header = read_header(path, file)
    if header.dtype.hasobject:
        return read_objects(path, file, header.shape)
    start = file.tell()
    data_bytes = os.fstat(file.fileno()).st_size - start
    needed = math.prod(header.shape) * header.dtype.itemsize
    if data_bytes != needed:
        raise InputError(
            path,
            "size",
            found=f"{data_bytes} bytes of data",
            expected=f"{needed} for {header.dtype} of shape {header.shape}",
            hint=CUT_OFF,
        )
    try:
        if not needed:
            return np.empty(header.shape, header.dtype)
        return mapped(file, header.dtype, "r", header.shape, start=start, order=header.order)
    except (ValueError, OverflowError) as error:
        raise misread(path, error, SUFFIXES, "the header of a .npy file", "header") from error


def read_header(path: FilePath, file: BinaryIO) -> Header:
    """The header of an open .npy file, which is left at its first byte of data.

    Raises InputError where there is none.
    """
    try:
        return parse_header(file)
    except OSError:
        raise
    except Exception as error:
        expected = "the header of a .npy file"
        raise misread(path, error, SUFFIXES, expected, "header") from error


def shape_of(path: FilePath) -> tuple[int, ...] | None:
    """The shape that the header of a .npy file declares; None where it cannot be read."""
    try:
        with open(path, "rb") as file:
            return read_header(path, file).shape
    except (OSError, InputError):
        return None


def parse_header(file: BinaryIO) -> Header:
    """The same; raises whatever NumPy does where there is none."""
    version = npy.read_magic(file)
    of_version = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    if version not in of_version:
        raise ValueError(f"format version {version}")
    shape, is_fortran, dtype = of_version[version](file)
    element_count(shape)
    return Header(shape, dtype, "F" if is_fortran else "C")
