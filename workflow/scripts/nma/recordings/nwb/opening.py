"""Opening an NWB file, on disk or at an address."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import h5py

from nma.io.errors import InputError
from nma.recordings.raw import is_streamed
from nma.recordings.signatures import content_in, content_of
from nma.recordings.streaming import streamed
from nma.recordings.unpickling import CUT_OFF, one_line
from nma.types import FilePath

if TYPE_CHECKING:
    from pynwb import NWBFile

EXPECTED = "an NWB file of version 2 (HDF5)"


@contextmanager
def opened(path: FilePath) -> Iterator[tuple["NWBFile", dict[str, object]]]:
    """Yield the NWB file at a path or an address, with what is known of the file of an address.

    The latter are attributes of recording.h5 (recordings.streaming); none of a file on disk.
    Raises InputError for a file that is no NWB file, or one that pynwb cannot read.
    """
    from pynwb import NWBHDF5IO

    with ExitStack() as stack:
        source, origin = path, {}
        if is_streamed(path):
            source, origin = stack.enter_context(streamed(path))
        file = stack.enter_context(_hdf5(path, source))
        _check_version(path, file)
        try:
            nwb = stack.enter_context(NWBHDF5IO(file=file, mode="r")).read()
        except Exception as error:  # pynwb's own are of many classes
            found = f"what pynwb cannot read ({reason(error)})"
            raise InputError(path, _place(error), found=found, expected=EXPECTED) from error
        yield nwb, origin


def reason(error: BaseException) -> str:
    """Why pynwb or HDF5 failed: the first of the causes, on one line."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__
    return one_line(error).rstrip(".")


def _place(error: BaseException) -> str:
    """The object at fault, as far as pynwb's error tells it."""
    place = re.match(r"\(root/(\S+) ", str(error))
    return place[1] if place else "content"


def _hdf5(path: FilePath, source: FilePath | BinaryIO) -> h5py.File:
    """The HDF5 file `source`, a path or an open file, which errors call `path`."""
    on_disk = source is path
    try:
        # No locks: they would fail where the file system has none, and nothing is written.
        return h5py.File(source, "r", **({"locking": False} if on_disk else {}))
    except OSError as error:
        content = None
        if not on_disk or Path(path).is_file():
            content = content_of(path) if on_disk else content_in(source)
        if content and "HDF5" not in content.what:
            found, hint = content.what, ""
        else:
            found = f"no HDF5 file that can be opened ({reason(error)})"
            hint = CUT_OFF if content else ""
        raise InputError(path, "content", found=found, expected=EXPECTED, hint=hint) from error


def _check_version(path: FilePath, file: h5py.File) -> None:
    """Raise InputError unless the root says that it is NWB 2."""
    version = file.attrs.get("nwb_version")
    if version is None and isinstance(file.get("nwb_version"), h5py.Dataset):
        version = file["nwb_version"][()]  # where version 1 has it
    if version is None:
        names = ", ".join(sorted(file)[:8]) or "nothing"
        found = f"an HDF5 file that is no NWB file, with {names}"
        raise InputError(path, "nwb_version", found=found, expected=EXPECTED)
    text = version.decode(errors="replace") if isinstance(version, bytes) else str(version)
    if not text.removeprefix("NWB-").startswith("2"):
        hint = "convert it with the tools of its archive"
        raise InputError(path, "nwb_version", found=text, expected=EXPECTED, hint=hint)
