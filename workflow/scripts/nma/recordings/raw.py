"""A raw recording as its file has it, whatever the format.

A format is one module of recordings/formats. It has

- `SUFFIXES`, the ends of its files' names in lower case; none where it reads folders by content;
- `OPTIONS`, the keys of a recording in the config that are meant for it;
- `read(path, **options) -> Raw`, options: those of OPTIONS that the config has;
- `size(path, **options)`, the neurons and bins as far as they can be told without reading, or None;
- optionally `reads(path)`, whether a file or folder that is there is of this format: it then goes
  before the formats that only share its suffix, and no folder is read without it; and
- optionally `files(path, **options)`, the files of a folder that are read.

All formats are imported to find that of a file, so a library that only one format needs is imported
inside its functions.
"""

from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from nma.io.errors import InputError
from nma.registry import member, names
from nma.types import FilePath, Neurons

FORMATS = "recordings.formats"


@dataclass(frozen=True)
class Raw:
    """The fields of a raw file, not yet checked; None where the file has none.

    activity: (neurons, bins), an array or a data set on disk that is indexed like one (with sorted
    ids of neurons); positions: (3, neurons) in `position_unit`, or x and y alone; labels: a text or
    an integer for each neuron; behaviour: {name: (bins, features)}; bin_seconds: seconds of a time
    bin; ids: index of each neuron in the source, where not all of them are read. Of trials, the
    columns of activity then: stimulus, the angle of each in radians; spontaneous_mean,
    spontaneous_sd: of each neuron between trials; spontaneous_components: (neurons, components) of
    that activity, each of length 1.

    For errors and the log: `form`, the expected content; `names`, the file's own names of fields;
    `keys`, all names in the file; `unused`, those that are not read; `notes`, lines for the log;
    `warnings`, sentences for log and report.
    """

    activity: object
    positions: object = None
    labels: object = None
    behaviour: dict[str, object] = field(default_factory=dict)
    bin_seconds: object = None
    ids: Neurons | None = None
    stimulus: object = None
    spontaneous_mean: object = None
    spontaneous_sd: object = None
    spontaneous_components: object = None
    position_unit: str = "um"
    form: str = "an array of neurons x bins"
    names: dict[str, str] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def suffixes() -> list[str]:
    """The suffixes of all raw files that can be read."""
    found = (suffix for name in names(FORMATS) for suffix in member(FORMATS, name).SUFFIXES)
    return list(dict.fromkeys(found))


def options() -> dict[str, list[str]]:
    """{key of a recording in the config: the formats that it is meant for}."""
    found = {}
    for name in names(FORMATS):
        for key in member(FORMATS, name).OPTIONS:
            found.setdefault(key, []).append(name)
    return found


def format_names(path: FilePath) -> list[str]:
    """The names of the formats that may read a raw file or folder: those of their modules.

    It is one for what is there. An object in a bucket, which is not there yet, may be of any format
    with its suffix. Raises InputError where it is of none.
    """
    path = Path(path)
    formats = {name: member(FORMATS, name) for name in names(FORMATS)}
    by_suffix = [
        name for name, format in formats.items() if path.name.lower().endswith(format.SUFFIXES)
    ]
    if path.exists():
        by_content = [
            name
            for name, format in formats.items()
            if hasattr(format, "reads") and format.reads(path)
        ]
        others = [name for name in by_suffix if not hasattr(formats[name], "reads")]
        found = (by_content + ([] if path.is_dir() else others))[:1]
    else:
        found = by_suffix
    if not found:
        name = f"a folder, {path.name}" if path.is_dir() else path.name
        expected = f"one that ends in {' or '.join(suffixes())}"
        raise InputError(path, "file name", found=name, expected=expected)
    return found


def format_of(path: FilePath) -> ModuleType:
    """The module that reads a raw file or folder. Raises InputError where it is of no format."""
    return member(FORMATS, format_names(path)[0])


def files_of(path: FilePath, **options: object) -> list[Path]:
    """The files that are read: those of a folder that its format names, else the path itself."""
    files = getattr(format_of(path), "files", None)
    return [*map(Path, files(path, **options))] if files else [Path(path)]
