"""Recordings in `.npy` files: a Stringer-type dict, or a plain array."""

import math
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from nma.io.errors import InputError
from nma.recordings.unpickling import CUT_OFF, _brief, _count, _read_objects


def read_npy(path):
    """Read a `.npy` file; return its array, or its dict where it is a 0-d array of one dict.

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
                return _read_objects(path, file, shape)
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


def read_header(path, file):
    """The shape and dtype that the header declares; the file is left at the first byte of data.

    Raises InputError where that is no header of a .npy file.
    """
    try:
        version = npy.read_magic(file)
        if version not in ((1, 0), (2, 0)):
            raise ValueError(f"format version {version}")
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, _, dtype = read(file)
        _count(shape)
    except OSError:
        raise
    except Exception as error:
        raise _header_error(path, error) from error
    return shape, dtype


def _header_error(path, error):
    return InputError(path, "header", found=_brief(error), expected="the header of a .npy file")


def _read_source(source):
    """The fields of the file as a dict, and under which keys it has activity and positions."""
    raw = read_npy(source)
    if isinstance(raw, dict):
        return raw, {"activity": "sresp", "positions": "xyz"}
    if raw.shape == () and raw.dtype == object:
        raise InputError(
            source,
            "content",
            found=f"one {type(raw[()]).__name__}",
            expected="a dict with sresp and xyz, or an array of neurons x bins",
        )
    return {"activity": raw}, {"activity": "activity", "positions": "positions"}
