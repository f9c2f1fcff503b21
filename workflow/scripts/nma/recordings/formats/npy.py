"""Recordings in `.npy` files: a dict in the Stringer form, or a plain array."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.lib import format as npy

from nma.io.errors import InputError
from nma.recordings.raw import Raw
from nma.recordings.signatures import content_of
from nma.recordings.stand_ins import element_count
from nma.recordings.unpickling import CUT_OFF, one_line, read_objects
from nma.types import FilePath

SUFFIXES = (".npy",)
OPTIONS = ()
BEHAVIOUR = ("run", "pupilArea", "pupilCOM", "beh_svd_time")
# Our name of a field, and that of the dict of Stringer et al. 2019 (METHODS.md, section 1), and of
# the trials of Stringer et al. 2021 (METHODS.md, section 10).
STRINGER_NAMES = {"activity": "sresp", "positions": "xyz"}
TRIAL_NAMES = {
    "stimulus": "istim",
    "spontaneous_mean": "mean_spont",
    "spontaneous_sd": "std_spont",
    "spontaneous_components": "u_spont",
}
STRINGER_FORM = "a dict with sresp, and xyz where layers need positions"
STRINGER_SIZE = (11983, 7018)  # neurons, bins
FLOAT_BYTES = 4


def read(path: FilePath) -> Raw:
    """Read a recording: a dict in the Stringer form, or a plain array of neurons x bins.

    Raises InputError where the file holds neither, and as `read_npy` does. A key with the value
    None counts as missing, and so does a behaviour without any value.
    """
    content = read_npy(path)
    if isinstance(content, dict):
        return _from_dict({k: v for k, v in content.items() if not _missing(k, v)})
    if content.shape == () and content.dtype == object:
        raise InputError(
            path,
            "content",
            found=f"one {type(content[()]).__name__}",
            expected=f"{STRINGER_FORM}, or an array of neurons x bins",
        )
    return Raw(content)


def _missing(key: object, value: object) -> bool:
    """Whether the value of a key stands for none."""
    if isinstance(value, np.ndarray) and value.shape == () and value.dtype == object:
        value = value[()]
    if value is None or key not in BEHAVIOUR:
        return value is None
    if isinstance(value, np.ndarray):
        return value.shape == (0,)
    return value in ([], ()) or (isinstance(value, float) and math.isnan(value))


def _from_dict(fields: Mapping[str, object]) -> Raw:
    keys = {str(key) for key in fields}
    names = STRINGER_NAMES | TRIAL_NAMES
    unused = keys - {*names.values(), *BEHAVIOUR, "labels", "bin_seconds"}
    return Raw(
        **{field: fields.get(name) for field, name in names.items()},
        labels=fields.get("labels"),
        behaviour={key: fields[key] for key in BEHAVIOUR if key in fields},
        bin_seconds=fields.get("bin_seconds"),
        form=STRINGER_FORM,
        names=names,
        keys=tuple(sorted(keys)),
        unused=tuple(sorted(unused)),
    )


def size(path: FilePath) -> tuple[int, int] | None:
    """Neurons and bins of a file by its header alone; None where it cannot be read.

    They are the shape of a plain array. Any other file is taken to hold as many float32 numbers as
    fit into it, in the proportions of the Stringer recording.
    """
    try:
        with open(path, "rb") as file:
            shape, _ = read_header(path, file)
    except (OSError, InputError):
        return None
    if len(shape) == 2:
        return shape
    numbers = Path(path).stat().st_size / FLOAT_BYTES
    scale = math.sqrt(numbers / math.prod(STRINGER_SIZE))
    neurons, bins = (max(1, round(scale * n)) for n in STRINGER_SIZE)
    return neurons, bins


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


def _header_error(path: FilePath, error: Exception) -> InputError:
    expected = "the header of a .npy file"
    content = content_of(path)
    if content is None:
        return InputError(path, "header", found=one_line(error), expected=expected)
    return InputError(path, "header", found=content.what, expected=expected, hint=content.hint)
