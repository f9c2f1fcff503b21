"""Activity that its file does not have by neuron, copied once into a temporary file that does.

The import reads a recording several times, a few neurons at a time. From an array that is packed in
blocks of bins, or transposed, each of these readings would go through the whole file.
"""

import errno
import math
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import numpy as np

from nma.io.errors import no_room, unwritable
from nma.recordings.checks import ArrayLike
from nma.recordings.mapped import give_back, mapped
from nma.types import NeuronsBins

BLOCK_BYTES = 64 * 2**20


def by_neuron(source: ArrayLike, *, by_bins: bool = False) -> NeuronsBins:
    """A copy of a 2-D array on disk as (neurons, bins), mapped from a temporary file.

    by_bins: whether `source` is (bins, neurons). It is read once, in whole blocks of its `chunks`
    (or `shards`), about BLOCK_BYTES at a time. The file has no name and is gone with the array.
    Raises InputError where there is no room for it.
    """
    copy = temporary_array(source.shape[::-1] if by_bins else source.shape, source.dtype)
    for part in _parts(source):
        if by_bins:
            copy[part[::-1]] = source[part].T
        else:
            copy[part] = source[part]
        give_back()
    return copy


def transposed(array: np.ndarray) -> NeuronsBins:
    """An array of bins x neurons, in memory or mapped, as neurons x bins."""
    on_disk = isinstance(array, np.memmap) and array.flags.c_contiguous
    return by_neuron(array, by_bins=True) if on_disk else array.T


def temporary_array(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """An array mapped from a file without a name, which is gone with it.

    Raises InputError where there is no room for it.
    """
    with temporary_file() as file:
        _reserve(file, math.prod(shape) * dtype.itemsize)
        return mapped(file, dtype, "r+", shape)


@contextmanager
def temporary_file() -> Iterator[BinaryIO]:
    """Yield an open file without a name, in the folder for such files ($TMPDIR).

    Raises InputError where there is no room for what is written to it.
    """
    with tempfile.TemporaryFile() as file:
        try:
            yield file
            file.flush()
        except OSError as error:
            if reason := no_room(error):
                raise unwritable(tempfile.gettempdir(), reason) from error
            raise


def _reserve(file: BinaryIO, size: int) -> None:
    """Write so many bytes of 0: a map of a file that finds no room for them later would crash.

    Raises OSError where there is less room than that, before the disk is full.
    """
    if size > shutil.disk_usage(tempfile.gettempdir()).free:
        raise OSError(errno.ENOSPC, "no room")
    for start in range(0, size, BLOCK_BYTES):
        file.write(bytes(min(BLOCK_BYTES, size - start)))
    file.flush()


def _parts(source: ArrayLike) -> Iterator[tuple[slice, slice]]:
    """Indices of blocks along one axis that together are all of a 2-D array.

    The axis is that along which a row of its chunks holds less; without chunks, the first.
    """
    shape = source.shape
    chunks = getattr(source, "shards", None) or getattr(source, "chunks", None) or (1, shape[1])
    axis = 0 if chunks[0] * shape[1] <= chunks[1] * shape[0] else 1
    line_bytes = shape[1 - axis] * source.dtype.itemsize
    step = max(1, BLOCK_BYTES // (line_bytes * chunks[axis])) * chunks[axis]
    for start in range(0, shape[axis], step):
        part = slice(start, min(start + step, shape[axis]))
        yield (part, slice(None)) if axis == 0 else (slice(None), part)
