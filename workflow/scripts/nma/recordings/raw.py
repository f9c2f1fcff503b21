"""A raw recording as its file has it, whatever the format.

A format is one module of recordings/formats. It has `SUFFIXES`, the ends of its files' names in
lower case; `read(path) -> Raw`; and `size(path)`, the neurons and bins of a file as far as they can
be told without reading it, or None. All formats are imported to find that of a file, so a library
that only one format needs is imported inside its functions.
"""

from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from nma.io.errors import InputError
from nma.registry import member, names
from nma.types import FilePath

FORMATS = "recordings.formats"


@dataclass(frozen=True)
class Raw:
    """The fields of a raw file, not yet checked; None where the file has none.

    activity: (neurons, bins), an array or a data set on disk that is indexed like one (with sorted
    ids of neurons); positions: (3, neurons) in um, or x and y alone; labels: a text or an integer
    for each neuron; behaviour: {name: (bins, features)}; bin_seconds: seconds of a time bin.

    For errors and the log: `form`, the expected content; `names`, the file's own names of fields;
    `keys`, all names in the file; `unused`, those that are not read.
    """

    activity: object
    positions: object = None
    labels: object = None
    behaviour: dict[str, object] = field(default_factory=dict)
    bin_seconds: object = None
    form: str = "an array of neurons x bins"
    names: dict[str, str] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()


def suffixes() -> dict[str, str]:
    """{suffix: name of its format} of all raw files that can be read."""
    return {suffix: name for name in names(FORMATS) for suffix in member(FORMATS, name).SUFFIXES}


def format_name(path: FilePath) -> str:
    """The name of the format of a raw file: that of the module in recordings/formats.

    Raises InputError where the file's name has no known suffix.
    """
    known = suffixes()
    for suffix, name in known.items():
        if str(path).lower().endswith(suffix):
            return name
    expected = f"one that ends in {' or '.join(known)}"
    raise InputError(path, "file name", found=Path(path).name, expected=expected)


def format_of(path: FilePath) -> ModuleType:
    """The module that reads a raw file. Raises InputError where the suffix is of no format."""
    return member(FORMATS, format_name(path))
