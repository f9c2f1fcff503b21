"""Settings of a suite2p folder, which its versions keep in different files and places.

Versions 0 write ops.npy alone, with all keys side by side. Versions 1 write settings.npy, which has
sections, and db.npy; 1.1 also writes ops.npy, with the sections of both.
"""

import math
from collections.abc import Iterable, Sequence
from numbers import Real
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nma.io.errors import InputError
from nma.recordings.npy_files import read_npy

FILES = ("settings.npy", "ops.npy", "db.npy")  # in the order in which they are asked
# {name of a setting: its places in a file}.
PLACES = {
    "fs": (("fs",),),
    "nplanes": (("nplanes",),),
    "ignore_flyback": (("ignore_flyback",),),
    "neucoeff": (("extraction", "neuropil_coefficient"), ("neucoeff",)),
    "baseline": (("dcnv_preprocess", "baseline"), ("baseline",)),
    "win_baseline": (("dcnv_preprocess", "win_baseline"), ("win_baseline",)),
    "sig_baseline": (("dcnv_preprocess", "sig_baseline"), ("sig_baseline",)),
}
PLACEHOLDER = 1  # Hz, an fs that nobody has set
WITHOUT = "`signal: spks` needs none"


class Setting(NamedTuple):
    """A value with the file that has it."""

    file: Path
    value: object


Settings = dict[str, list[Setting]]


def read_settings(folder: Path) -> Settings:
    """{name in PLACES: its values in the files of this folder}.

    Raises InputError where a file that is there cannot be read or holds no settings.
    """
    found = {name: [] for name in PLACES}
    for file in filter(Path.is_file, (folder / name for name in FILES)):
        content = read_npy(file)
        if not isinstance(content, dict):
            shape = f"an array of shape {content.shape}"
            raise InputError(file, "content", found=shape, expected="a dict of settings")
        for name, places in PLACES.items():
            values = [value for place in places if (value := _at(content, place)) is not None]
            found[name] += [Setting(file, value) for value in values[:1]]
    return found


def _at(content: object, place: Sequence[str]) -> object:
    for key in place:
        content = content.get(key) if isinstance(content, dict) else None
    return content


def joined(settings: Iterable[Settings]) -> Settings:
    """The settings of several folders, the first ones first."""
    settings = list(settings)
    return {name: [value for found in settings for value in found[name]] for name in PLACES}


def frame_rate(settings: Settings, root: Path) -> tuple[float | None, str]:
    """The frame rate (Hz) and where it is from; None and why where there is none to rely on.

    All files must have the same. root: the folder against which they are named.
    """
    rates = {}
    for file, value in settings["fs"]:
        rates.setdefault(float(value) if _is_number(value) else repr(value)[:50], file)
    named = " and ".join(
        f"{rate if isinstance(rate, str) else f'{rate:g}'} in {file.relative_to(root)}"
        for rate, file in rates.items()
    )
    if not rates:
        return None, f"none in {', '.join(FILES)}"
    rate = next(iter(rates))
    if rate == PLACEHOLDER and len(rates) == 1:
        return None, f"{named}, a placeholder"
    usable = len(rates) == 1 and isinstance(rate, float) and 0 < rate < math.inf
    return (rate if usable else None), named


def number(settings: Settings, name: str, folder: Path) -> float:
    """The value of a setting; folder: named where no file has it.

    Raises InputError where there is none, or none that is a number of 0 or above.
    """
    if not settings[name]:
        found = f"none in {', '.join(FILES)}"
        raise InputError(folder, name, found=found, expected="a number", hint=WITHOUT)
    file, value = settings[name][0]
    if not _is_number(value) or not 0 <= value < math.inf:
        found = repr(value)[:50]
        raise InputError(file, name, found=found, expected="a number of 0 or above", hint=WITHOUT)
    return float(value)


def whole_numbers(settings: Settings, name: str) -> list[int]:
    """The whole numbers of a setting, one or a list; none where no file has any.

    Raises InputError where they are none.
    """
    if not settings[name]:
        return []
    file, value = settings[name][0]
    numbers = value if isinstance(value, list | tuple | np.ndarray) else [value]
    if np.ndim(numbers) != 1 or not all(_is_number(n) and n % 1 == 0 for n in numbers):
        raise InputError(file, name, found=repr(value)[:50], expected="whole numbers")
    return [int(n) for n in numbers]


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)
