"""Recordings in `.npy` files: a dict in the Stringer form, or a plain array."""

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from nma.io.errors import InputError
from nma.recordings.arrays import BEHAVIOUR, STRINGER_NAMES, is_by_bins
from nma.recordings.npy_files import read_npy, shape_of
from nma.recordings.raw import Raw
from nma.recordings.unpacking import transposed
from nma.types import FilePath

SUFFIXES = (".npy",)
OPTIONS = ("orientation",)
# Our names of the fields of trials, and those of the dict of Stringer et al. 2021 (METHODS.md,
# section 10).
TRIAL_NAMES = {
    "stimulus": "istim",
    "spontaneous_mean": "mean_spont",
    "spontaneous_sd": "std_spont",
    "spontaneous_components": "u_spont",
}
STRINGER_FORM = "a dict with sresp, and xyz where layers need positions"
STRINGER_SIZE = (11983, 7018)  # neurons, bins
FLOAT_BYTES = 4


def read(path: FilePath, *, orientation: str | None = None) -> Raw:
    """Read a recording: a dict in the Stringer form, or a plain array of neurons x bins.

    orientation: `bins_by_neurons` where activity is the other way round. Raises InputError where
    the file holds neither, and as `read_npy` does. A key with the value None counts as missing, and
    so does a behaviour without any value.
    """
    content = read_npy(path)
    if isinstance(content, dict):
        fields = {k: v for k, v in content.items() if not _missing(k, v)}
        return _from_dict(fields, orientation)
    if content.shape == () and content.dtype == object:
        raise InputError(
            path,
            "content",
            found=f"one {type(content[()]).__name__}",
            expected=f"{STRINGER_FORM}, or an array of neurons x bins",
        )
    return Raw(_oriented(content, orientation))


def _oriented(activity: object, orientation: str | None) -> object:
    """Activity as neurons x bins, unless it is no table, which the import refuses."""
    if not isinstance(activity, np.ndarray) or activity.ndim != 2:
        return activity
    if is_by_bins(orientation):
        return transposed(activity)
    by_column = activity.flags.f_contiguous and not activity.flags.c_contiguous
    return transposed(activity.T) if by_column else activity


def _missing(key: object, value: object) -> bool:
    """Whether the value of a key stands for none."""
    if isinstance(value, np.ndarray) and value.shape == () and value.dtype == object:
        value = value[()]
    if value is None or key not in BEHAVIOUR:
        return value is None
    if isinstance(value, np.ndarray):
        return value.shape == (0,)
    return value in ([], ()) or (isinstance(value, float) and math.isnan(value))


def _from_dict(fields: Mapping[str, object], orientation: str | None) -> Raw:
    keys = {str(key) for key in fields}
    names = STRINGER_NAMES | TRIAL_NAMES
    unused = keys - {*names.values(), *BEHAVIOUR, "labels", "bin_seconds"}
    return Raw(
        _oriented(fields.get(STRINGER_NAMES["activity"]), orientation),
        positions=fields.get(STRINGER_NAMES["positions"]),
        **{field: fields.get(name) for field, name in TRIAL_NAMES.items()},
        labels=fields.get("labels"),
        behaviour={key: fields[key] for key in BEHAVIOUR if key in fields},
        bin_seconds=fields.get("bin_seconds"),
        form=STRINGER_FORM,
        names=names,
        keys=tuple(sorted(keys)),
        unused=tuple(sorted(unused)),
    )


def size(path: FilePath, *, orientation: str | None = None) -> tuple[int, int] | None:
    """Neurons and bins of a file by its header alone; None where it cannot be read.

    They are the shape of a plain array. Any other file is taken to hold as many float32 numbers as
    fit into it, in the proportions of the Stringer recording.
    """
    shape = shape_of(path)
    if shape is None:
        return None
    if len(shape) == 2:
        return shape[::-1] if is_by_bins(orientation) else shape
    numbers = Path(path).stat().st_size / FLOAT_BYTES
    scale = math.sqrt(numbers / math.prod(STRINGER_SIZE))
    neurons, bins = (max(1, round(scale * n)) for n in STRINGER_SIZE)
    return neurons, bins
