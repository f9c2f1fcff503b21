"""Identifiers of NWB objects that are the same each time a file is written."""

from collections.abc import Iterator
from uuid import NAMESPACE_URL, uuid5

import h5py

from nma.types import FilePath


def identifier(*words: str) -> str:
    """A UUID that follows from these words."""
    return str(uuid5(NAMESPACE_URL, " ".join(("nma", *words))))


def fix_identifiers(path: FilePath, inside: str, version: str) -> None:
    """Replace the identifiers that pynwb draws at random, of the group `inside` and all in it.

    New ones follow from `version`, of the recording, and from an object's path in the file.
    """
    with h5py.File(path, "r+") as file:
        for item in _objects(file[inside]):
            if "object_id" in item.attrs:
                item.attrs.modify("object_id", identifier(version, item.name))


def _objects(group: h5py.Group) -> Iterator[h5py.Group | h5py.Dataset]:
    """The group and all in it, without what it links to."""
    found = [group]
    group.visititems(lambda _, item: found.append(item))
    yield from found
