"""Recordings in `.npz` files: archives of arrays that numpy.savez writes."""

import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import numpy as np

from nma.io.errors import InputError
from nma.recordings.arrays import Item, is_real, kind_of, raw_of, size_of
from nma.recordings.npy_files import parse_header, read_open_npy
from nma.recordings.raw import Raw
from nma.recordings.signatures import check_content, misread
from nma.recordings.unpacking import temporary_file, transposed
from nma.recordings.unpickling import one_line
from nma.types import FilePath

SUFFIXES = (".npz",)
OPTIONS = ("dataset", "orientation")
ARRAY = ".npy"


def read(path: FilePath, *, dataset: str | None = None, orientation: str | None = None) -> Raw:
    """Read the array `dataset`, or the only one that may be the activity, and what is beside it.

    orientation: `bins_by_neurons` where it is the other way round. Arrays of objects are read as
    those in .npy files, without running anything. Raises InputError where the file cannot be read
    or has no such array.
    """
    return raw_of(path, _items(path), dataset=dataset, orientation=orientation)


def size(
    path: FilePath, *, dataset: str | None = None, orientation: str | None = None
) -> tuple[int, int] | None:
    """Neurons and bins; None where the activity cannot be told."""
    return size_of(path, _items, dataset=dataset, orientation=orientation)


def _items(path: FilePath) -> dict[str, Item]:
    with _archive(path) as archive:
        names = [name for name in archive.namelist() if name.endswith(ARRAY)]
        return {name.removesuffix(ARRAY): _item(path, archive, name) for name in names}


def _item(path: FilePath, archive: zipfile.ZipFile, member: str) -> Item:
    try:
        with archive.open(member) as file:
            header = parse_header(file)
    except ValueError as error:
        expected = "the header of a NumPy array"
        raise InputError(path, member, found=one_line(error), expected=expected) from error
    numbers = is_real(header.dtype)
    load = partial(_load, path, member)
    return Item(kind_of(header.dtype), header.shape, numbers, load)


def _load(path: FilePath, member: str, *, by_bins: bool = False) -> np.ndarray | dict:
    """The array in a member, mapped from a temporary file that it is unpacked to."""
    with _archive(path) as archive, temporary_file() as copy:
        with archive.open(member) as file:
            shutil.copyfileobj(file, copy)
        copy.seek(0)
        try:
            array = read_open_npy(path, copy)
        except InputError as error:
            parts = error.parts | {"field": f"{member}: {error.parts['field']}"}
            raise InputError(path, **parts) from error
    return transposed(array) if by_bins else array


@contextmanager
def _archive(path: FilePath) -> Iterator[zipfile.ZipFile]:
    """Yield the open archive; raises InputError where it, or what is read of it, is damaged."""
    expected = "a whole .npz file"
    check_content(path, SUFFIXES, expected)
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError) as error:
        # RuntimeError: of an archive with a password, or packed in a way that Python has not.
        raise misread(path, error, SUFFIXES, expected) from error
