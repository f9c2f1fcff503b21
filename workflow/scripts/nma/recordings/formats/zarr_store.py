"""Recordings in Zarr stores of version 2 or 3: folders, as a rule with a name in .zarr."""

import logging
import math
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from nma.io.errors import InputError
from nma.recordings.arrays import (
    Item,
    activity_name,
    group,
    is_real,
    kind_of,
    names_beside,
    raw_of,
    size_of,
)
from nma.recordings.raw import Raw
from nma.recordings.unpacking import by_neuron
from nma.recordings.unpickling import CUT_OFF, one_line
from nma.recordings.zarr_metadata import FILES, Node, check_codecs, nodes
from nma.types import FilePath

SUFFIXES = (".zarr",)
OPTIONS = ("dataset", "orientation")
METADATA = (*FILES, ".zattrs")


def reads(path: FilePath) -> bool:
    """Whether it is a Zarr store, by its name or its metadata."""
    path = Path(path)
    by_name = path.name.lower().endswith(SUFFIXES)
    return by_name or any((path / name).is_file() for name in FILES)


def read(path: FilePath, *, dataset: str | None = None, orientation: str | None = None) -> Raw:
    """Read the array `dataset`, or the only one that may be the activity, and what is beside it.

    orientation: `bins_by_neurons` where it is the other way round. A chunk that is not there holds
    the fill value of its array by the rules of Zarr; there is a warning of such chunks. Raises
    InputError where the store cannot be read, needs an unknown codec, or has no such array.
    """
    raw = raw_of(path, _items(path), dataset=dataset, orientation=orientation)
    activity = next(node for node in nodes(path) if node.name == raw.names["activity"])
    return replace(raw, warnings=tuple(_gaps(_opened(path, activity), activity)))


def _gaps(array: object, node: Node) -> Iterator[str]:
    """A sentence where chunks (or shards) of an array have no file."""
    chunks = array.shards or array.chunks
    count = math.prod(-(-n // chunk) for n, chunk in zip(array.shape, chunks, strict=True))
    there = sum(file.name not in METADATA for file in _files(node.folder))
    if there < count:
        yield (
            f"{count - there} of {count} chunks of {node.name} are not in the store and were "
            f"taken to hold {array.fill_value}; that is right unless the store was copied in part"
        )


def size(
    path: FilePath, *, dataset: str | None = None, orientation: str | None = None
) -> tuple[int, int] | None:
    """Neurons and bins; None where the activity cannot be told."""
    return size_of(path, _items, dataset=dataset, orientation=orientation)


def files(
    path: FilePath, *, dataset: str | None = None, orientation: str | None = None
) -> list[Path]:
    """All files of the arrays that are read; where those cannot be told, all metadata."""
    path = Path(path)
    try:
        items = _items(path)
        activity = activity_name(path, items, dataset, orientation)
    except InputError:
        return sorted(file for name in FILES for file in path.rglob(name))
    names = [activity, *names_beside(activity, items).values()]
    return [file for name in names for file in _files(path / name.strip("/"))]


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file())


def _items(path: FilePath) -> dict[str, Item]:
    found = nodes(path)
    return {node.name: _item(path, node) for node in found if node.is_array or node.name != "/"}


def _item(path: FilePath, node: Node) -> Item:
    if not node.is_array:
        return group()
    shape = tuple(node.metadata["shape"])
    return Item(kind_of(node.dtype), shape, is_real(node.dtype), partial(_load, path, node))


def _load(path: FilePath, node: Node, *, by_bins: bool | None = None) -> object:
    """The values of an array; mapped by neuron where by_bins says which way they lie."""
    array = _opened(path, node)
    try:
        return array[...] if by_bins is None else by_neuron(array, by_bins=by_bins)
    except InputError:
        raise
    except Exception as error:  # whatever a codec makes of damaged bytes
        # Zarr leaves the reading of other chunks undone, of which asyncio would write pages.
        logging.getLogger("asyncio").disabled = True
        raise _unreadable(path, node, error) from error


def _opened(path: FilePath, node: Node) -> object:
    """The array of zarr-python for a node whose codecs are known to be harmless."""
    import zarr

    check_codecs(path, node)
    try:
        return zarr.open_array(str(node.folder), mode="r", zarr_format=node.version)
    except Exception as error:  # of metadata that are incomplete, say
        raise _unreadable(path, node, error) from error


def _unreadable(path: FilePath, node: Node, error: Exception) -> InputError:
    expected = "an array that can be read"
    return InputError(path, node.name, found=one_line(error), expected=expected, hint=CUT_OFF)
