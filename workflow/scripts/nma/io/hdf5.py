"""HDF5 files with units, axes and a digest that shows damage."""

import hashlib
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import BinaryIO

import h5py

from nma.io.errors import damaged
from nma.io.files import atomic_path
from nma.types import FilePath

# The user block, which HDF5 leaves to whoever writes the file, holds the sha256 of the rest.
BLOCK_BYTES = 512
HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"


@contextmanager
def new_h5(path: FilePath, **attributes: object) -> Iterator[h5py.File]:
    """Yield an empty HDF5 file with these attributes that appears at `path` once it is complete.

    Its first 512 bytes hold the sha256 of the rest, for open_h5. Raises InputError where the disk
    is full or cannot be written.
    """
    with atomic_path(path) as temporary, _Disk(temporary, "w+") as disk:
        try:
            with h5py.File(disk, "w", userblock_size=BLOCK_BYTES) as file:
                file.attrs.update(attributes)
                yield file
        finally:
            disk.check()
        block = digest_block(disk)
        disk.seek(0)
        disk.write(block)
        disk.check()


class _Disk(io.FileIO):
    """A file that hides its first error of writing from HDF5, which crashes on a full disk."""

    error: OSError | None = None

    def check(self) -> None:
        """Raise that error, where there is one."""
        if self.error:
            raise self.error

    def write(self, data: bytes) -> int:
        left = memoryview(data).cast("B")
        try:
            while left:
                left = left[super().write(left) :]
        except OSError as error:
            self.error = self.error or error
        return len(data)

    def truncate(self, size: int | None = None) -> int | None:
        try:
            return super().truncate(size)
        except OSError as error:
            self.error = self.error or error


def open_h5(path: FilePath) -> h5py.File:
    """Open an HDF5 file for reading, once its bytes are found to be those that new_h5 wrote.

    Raises InputError where it is cut off or damaged. A file from other software, without the block
    in front, is opened unchecked.
    """
    state = Path(path).stat()
    _check(path, state.st_ino, state.st_size, state.st_mtime_ns)
    try:
        # HDF5's locks would fail where the file system has none, and no file here is ever changed.
        return h5py.File(path, locking=False)
    except OSError as error:
        raise damaged(path, f"no HDF5 file that can be opened ({error})") from error


@cache
def _check(path: FilePath, inode: int, size: int, time: int) -> None:
    """Compare the digest, once in a process for each state of a file."""
    with open(path, "rb") as file:
        found = file.read(BLOCK_BYTES)
        if not found.startswith(HDF5_SIGNATURE) and found != digest_block(file):
            raise damaged(path, f"{size} bytes whose sha256 is not the one written with them")


def digest_block(file: BinaryIO) -> bytes:
    """The BLOCK_BYTES that have to stand in front of an HDF5 file, from its bytes after them.

    file: open and readable, with the block or room for it in front.
    """
    file.seek(BLOCK_BYTES)
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    text = f"NMA: HDF5 follows at byte {BLOCK_BYTES}, with the sha256 {digest}\n"
    return text.encode().ljust(BLOCK_BYTES, b"\0")


def put(
    group: h5py.Group,
    name: str,
    data: object,
    *,
    units: str,
    axes: Iterable[str],
    **storage: object,
) -> h5py.Dataset:
    """Write `data` as dataset `name` of `group`, with its units and the name of each axis.

    data: None for a dataset to be filled later; storage: as for h5py's create_dataset.
    """
    dataset = group.create_dataset(name, data=data, **storage)
    dataset.attrs["units"] = units
    dataset.attrs["axes"] = list(axes)
    return dataset
