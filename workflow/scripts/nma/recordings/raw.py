"""A raw recording as its file has it, whatever the format.

A format is one module of recordings/formats. It has

- `SUFFIXES`, the ends of its files' names in lower case; none where it reads folders by content;
- `OPTIONS`, the keys of a recording in the config that are meant for it, and those of COMMON that
  it cannot do without; with `signal` among them, `SIGNALS` are its values;
- `read(path, **options) -> Raw`, options: those of OPTIONS that the config has; it raises
  InputError, and ChoiceError where other options may help;
- `size(path, **options)`, the neurons and bins as far as they can be told without reading, or None;
- optionally `reads(path)`, whether a file or folder that is there is of this format: it then goes
  before the formats that only share its suffix, and no folder is read without it;
- optionally `files(path, **options)`, the files of a folder that are read; and
- optionally `STREAMS`, whether `read` takes addresses (https://, s3://) too.

All formats are imported to find that of a file, so a library that only one format needs is imported
inside its functions.
"""

from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

from nma.io.errors import InputError, either
from nma.recordings.signatures import content_of, foreign
from nma.registry import member, names
from nma.types import FilePath, Neurons

FORMATS = "recordings.formats"
COMMON = ("bin_seconds",)  # keys that any recording may have


@dataclass(frozen=True)
class Raw:
    """The fields of a raw file, not yet checked; None where the file has none.

    activity: (neurons, bins), an array or a data set on disk that is indexed like one (with sorted
    ids of neurons); positions: (3, neurons) in `position_unit`, or x and y alone; labels: a text or
    an integer for each neuron; planes: the same of its imaging plane; behaviour: {name: (bins,
    features)}; bin_seconds: seconds of a time bin; start_seconds: when the first begins, by the
    clock of the source; ids: index of each neuron in the source, where not all of them are read;
    origin: attributes of recording.h5 that tell the version of a file at an address, in place of
    its digest. Of trials, the columns of activity then: stimulus, the angle of each in radians;
    spontaneous_mean, spontaneous_sd: of each neuron between trials; spontaneous_components:
    (neurons, components) of that activity, each of length 1.

    For errors and the log: `form`, the expected content; `names`, the file's own names of fields;
    `keys`, all names in the file; `unused`, those that are not read; `notes`, lines for the log;
    `warnings`, sentences for log and report.
    """

    activity: object
    positions: object = None
    labels: object = None
    planes: object = None
    behaviour: dict[str, object] = field(default_factory=dict)
    bin_seconds: object = None
    start_seconds: float = 0.0
    ids: Neurons | None = None
    stimulus: object = None
    spontaneous_mean: object = None
    spontaneous_sd: object = None
    spontaneous_components: object = None
    position_unit: str = "um"
    origin: dict[str, object] = field(default_factory=dict)
    form: str = "an array of neurons x bins"
    names: dict[str, str] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class ChoiceError(InputError):
    """The error for a file of which other options may still read a recording."""


def suffixes(*, folders: bool = True) -> list[str]:
    """The suffixes of all raw files that can be read; folders: and of raw folders."""
    formats = [member(FORMATS, name) for name in names(FORMATS)]
    found = (
        suffix
        for format in formats
        if folders or not hasattr(format, "files")
        for suffix in format.SUFFIXES
    )
    return list(dict.fromkeys(found))


def options() -> dict[str, list[str]]:
    """{key of a recording in the config: the formats that it is meant for}, but for COMMON."""
    found = {}
    for name in names(FORMATS):
        for key in member(FORMATS, name).OPTIONS:
            if key not in COMMON:
                found.setdefault(key, []).append(name)
    return found


def signals_of(name: str) -> tuple[str, ...]:
    """The signals that a format can read; none where it has no choice of them."""
    return getattr(member(FORMATS, name), "SIGNALS", ())


def streaming_formats() -> list[str]:
    """The names of the formats whose files are read at their addresses."""
    return [name for name in names(FORMATS) if getattr(member(FORMATS, name), "STREAMS", False)]


def is_web(path: FilePath) -> bool:
    """Whether a path is an address of a file on a web server."""
    return str(path).startswith(("http://", "https://"))


def is_streamed(path: FilePath) -> bool:
    """Whether a path is an address that its format reads, rather than a copy of the file."""
    address = is_web(path) or str(path).startswith("s3://")
    return address and set(format_names(path)) <= set(streaming_formats())


def format_names(path: FilePath) -> list[str]:
    """The names of the formats that may read a raw file or folder: those of their modules.

    It is one for what is there. An object in a bucket, which is not there yet, may be of any format
    with its suffix; a file on a web server, whose address may end in anything, is of one that reads
    addresses. A file whose name has no known suffix, as a download has, is told by its first bytes.
    Raises InputError where it is of none.
    """
    web = is_web(path)
    path = Path(str(path).split("?")[0] if web else path)
    formats = {name: member(FORMATS, name) for name in names(FORMATS)}
    content = None
    ends = [suffix for suffix in suffixes() if path.name.lower().endswith(suffix)]
    if not ends and path.is_file():
        content = content_of(path)
        ends = content.suffixes if content else ()
    by_suffix = [name for name, format in formats.items() if set(ends) & set(format.SUFFIXES)]
    if path.exists():
        by_content = [
            name
            for name, format in formats.items()
            if hasattr(format, "reads") and format.reads(path)
        ]
        others = [name for name in by_suffix if not hasattr(formats[name], "reads")]
        found = (by_content + ([] if path.is_dir() else others))[:1]
    else:
        found = by_suffix or (streaming_formats() if web else [])
    if not found:
        if content:
            raise foreign(path, content, "a raw recording")
        name = f"a folder, {path.name}" if path.is_dir() else path.name
        ends = f"that ends in {either(suffixes())}"
        of_folders = [name for name, format in formats.items() if not format.SUFFIXES]
        file_or_folder = f"a file {ends}, or a folder of {either(of_folders)}"
        expected = file_or_folder if path.is_dir() else f"one {ends}"
        raise InputError(path, "file name", found=name, expected=expected)
    return found


def format_names_of_download(url: str) -> list[str]:
    """The names of the formats that a file at an address may be of, by the suffix it has there.

    Without a known suffix they are all that read files.
    """
    path, known = urlsplit(url).path.lower(), suffixes(folders=False)
    ends = [suffix for suffix in known if path.endswith(suffix)] or known
    return [name for name in names(FORMATS) if set(member(FORMATS, name).SUFFIXES) & set(ends)]


def format_of(path: FilePath) -> ModuleType:
    """The module that reads a raw file or folder. Raises InputError where it is of no format."""
    return member(FORMATS, format_names(path)[0])


def files_of(path: FilePath, **options: object) -> list[Path]:
    """The files that are read: those of a folder that its format names, else the path itself; none
    of what is read at its address."""
    if is_streamed(path):
        return []
    files = getattr(format_of(path), "files", None)
    return [*map(Path, files(path, **options))] if files else [Path(path)]
