"""HDF5 files that say what they hold and whether it is what was written."""

import hashlib
import io
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import h5py

from nma.io.errors import damaged
from nma.io.files import atomic_path

# A user block, which HDF5 leaves to whoever writes the file: the sha256 of all that follows it.
BLOCK_BYTES = 512
HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"


@contextmanager
def new_h5(path, **attributes):
    """Yield an empty HDF5 file with these attributes that appears at `path` once it is complete.

    Its first 512 bytes hold the sha256 of the rest, for open_h5.
    """
    with atomic_path(path) as temporary, _Disk(temporary, "w+") as disk:
        try:
            with h5py.File(disk, "w", userblock_size=BLOCK_BYTES) as file:
                file.attrs.update(attributes)
                yield file
        finally:
            disk.check()
        block = _block(disk)
        disk.seek(0)
        disk.write(block)
        disk.check()


class _Disk(io.FileIO):
    """A file that keeps its first error of writing to itself: over a full disk HDF5 crashes."""

    error = None

    def check(self):
        """Raise that error."""
        if self.error:
            raise self.error

    def write(self, data):
        left = memoryview(data).cast("B")
        try:
            while left:
                left = left[super().write(left) :]
        except OSError as error:
            self.error = self.error or error
        return len(data)

    def truncate(self, size=None):
        try:
            return super().truncate(size)
        except OSError as error:
            self.error = self.error or error


def open_h5(path):
    """An HDF5 file, open for reading, of which every byte is as new_h5 wrote it.

    Raises InputError where it is cut off or damaged. A file that other software wrote, without a
    block in front of it, is opened as it is.
    """
    state = Path(path).stat()
    _check(path, state.st_ino, state.st_size, state.st_mtime_ns)
    try:
        return h5py.File(path)
    except OSError as error:
        raise damaged(path, f"no HDF5 file that can be opened ({error})") from error


@cache
def _check(path, inode, size, time):
    """Compare the digest, once in a process for each state of a file."""
    with open(path, "rb") as file:
        found = file.read(BLOCK_BYTES)
        if not found.startswith(HDF5_SIGNATURE) and found != _block(file):
            raise damaged(path, f"{size} bytes with another sha256 than was written down")


def _block(file):
    """The block that belongs in front of an HDF5 file, which is open and readable."""
    file.seek(BLOCK_BYTES)
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    text = f"NMA: HDF5 follows at byte {BLOCK_BYTES}, with the sha256 {digest}\n"
    return text.encode().ljust(BLOCK_BYTES, b"\0")


def put(group, name, data, *, units, axes, **storage):
    """Write `data` as dataset `name` of `group` with its units (str) and axes (a name each)."""
    dataset = group.create_dataset(name, data=data, **storage)
    dataset.attrs["units"] = units
    dataset.attrs["axes"] = list(axes)
    return dataset
