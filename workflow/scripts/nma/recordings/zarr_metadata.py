"""The groups and arrays of a Zarr store of version 2 or 3, by its metadata alone."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nma.io.errors import InputError
from nma.recordings.unpickling import one_line
from nma.types import FilePath

FILES = ("zarr.json", ".zarray", ".zgroup")
# Codecs that compute with numbers and bytes, or make texts of them. Others are refused before they
# are looked up: one of them unpickles.
CODECS = {
    *("adler32", "astype", "bitround", "blosc", "bytes", "bz2", "crc32", "crc32c", "delta"),
    *("fixedscaleoffset", "fletcher32", "gzip", "jenkins_lookup3", "lz4", "lzma", "packbits"),
    *("pcodec", "quantize", "sharding_indexed", "shuffle", "transpose", "vlen-utf8", "zfpy"),
    *("zlib", "zstd"),
}


class Node(NamedTuple):
    """A group or an array: its folder, its name from / on, and its metadata."""

    folder: Path
    name: str
    metadata: dict[str, Any]

    @property
    def is_array(self) -> bool:
        """Whether it is no group."""
        return "shape" in self.metadata

    @property
    def version(self) -> int:
        """That of the format, 2 or 3."""
        return self.metadata["zarr_format"]

    @property
    def dtype(self) -> np.dtype:
        """The type of an array's values; that of objects where NumPy has none of this name."""
        kind = self.metadata.get("data_type", self.metadata.get("dtype"))
        kind = kind.get("name") if isinstance(kind, dict) else kind
        if "vlen-utf8" in self.codecs or "utf32" in str(kind):
            return np.dtype("U")
        try:
            return np.dtype(str(kind))
        except (TypeError, ValueError, SyntaxError):
            return np.dtype("O")

    @property
    def codecs(self) -> list[str]:
        """The names of all codecs of an array, those inside others too."""
        parts = (self.metadata.get(key) for key in ("codecs", "filters", "compressor"))
        return sorted({name.removeprefix("numcodecs.") for part in parts for name in _names(part)})


def _names(part: object) -> Iterator[str]:
    """The names in a part of the metadata that describes codecs."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, list):
        for item in part:
            yield from _names(item)
    elif isinstance(part, dict):
        yield str(part.get("name", part.get("id")))
        configuration = part.get("configuration")
        if isinstance(configuration, dict):
            for key in ("codecs", "index_codecs"):
                yield from _names(configuration.get(key))


def nodes(store: FilePath) -> list[Node]:
    """All groups and arrays of a store, by name; folders inside arrays are not searched.

    Raises InputError where there is none, or where metadata cannot be read.
    """
    store, found = Path(store), []
    for folder, inside, names in os.walk(store):
        inside.sort()
        file = next((name for name in FILES if name in names), None)
        if file is None:
            continue
        relative = Path(folder).relative_to(store).as_posix()
        metadata = _metadata(store, Path(folder, file))
        node = Node(Path(folder), "/" if relative == "." else f"/{relative}", metadata)
        found.append(node)
        if node.is_array:
            inside.clear()
    if not found:
        what = "a folder without" if store.is_dir() else "a file, which is none with"
        raise InputError(
            store,
            "content",
            found=f"{what} metadata of Zarr ({', '.join(FILES)})",
            expected="a folder that is a Zarr store",
        )
    return found


def _metadata(store: Path, file: Path) -> dict[str, Any]:
    expected = "metadata of Zarr of version 2 or 3"
    field = file.relative_to(store).as_posix()
    try:
        metadata = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(store, field, found=one_line(error), expected=expected) from error
    if not isinstance(metadata, dict) or metadata.get("zarr_format") not in (2, 3):
        raise InputError(store, field, found="other content", expected=expected)
    shape = metadata.get("shape", [])
    if not isinstance(shape, list) or not all(isinstance(n, int) and n >= 0 for n in shape):
        raise InputError(store, field, found=f"the shape {shape}"[:100], expected=expected)
    return metadata


def check_codecs(store: FilePath, node: Node) -> None:
    """Raise InputError where an array needs a codec that is not in CODECS."""
    unknown = [name for name in node.codecs if name not in CODECS]
    if unknown:
        raise InputError(
            store,
            node.name,
            found=f"the codec {', '.join(unknown)}"[:100],
            expected="codecs that cannot run code, such as blosc and zstd",
            hint="write it again with one of them",
        )
