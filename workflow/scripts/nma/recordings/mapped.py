"""Arrays that are mapped from files, and the memory of what was read of them.

Linux counts each page of a mapped file that was read as memory of the process, until somebody else
needs it, and so does whoever limits that memory. An import reads all of a recording.
"""

import mmap
from collections.abc import Sequence
from typing import BinaryIO
from weakref import WeakSet

import numpy as np

_MAPS: WeakSet[mmap.mmap] = WeakSet()


def mapped(
    file: BinaryIO,
    dtype: np.dtype,
    mode: str,
    shape: Sequence[int],
    *,
    start: int = 0,
    order: str = "C",
) -> np.memmap:
    """An array of an open file, from byte `start` on; mode: `r`, or `r+` to change the file."""
    array = np.memmap(file, dtype, mode, start, tuple(shape), order)
    _MAPS.add(array._mmap)
    return array


def give_back() -> None:
    """Give back the memory of what was read; it is read from the files again where it is needed."""
    for opened in list(_MAPS):
        opened.madvise(mmap.MADV_DONTNEED)
