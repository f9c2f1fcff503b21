"""The activity of ROIs, out of an NWB file (bins x ROIs) and into memory on disk by neurons."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import h5py
import numpy as np

from nma.io.errors import InputError
from nma.recordings.mapped import give_back
from nma.recordings.unpacking import temporary_array
from nma.types import Array, FilePath, Neurons, NeuronsBins

TILE_BYTES = 32 * 2**20


class Part(NamedTuple):
    """A series (name) of one plane: its data, whether they have ROIs first, the columns that are
    read, and the factor and the offset that make them values in its unit."""

    name: str
    data: h5py.Dataset
    transposed: bool
    columns: Neurons
    factor: float = 1.0
    offset: float = 0.0

    @property
    def scaled(self) -> bool:
        """Whether values are others than those that are stored."""
        return (self.factor, self.offset) != (1, 0)


def by_neuron(path: FilePath, parts: Sequence[Part], bins: int) -> NeuronsBins:
    """Activity of the parts one after the other, each read once, in a temporary file.

    An import reads activity several times over, by neurons. A file by time would be read as a whole
    for each block of them. The temporary file has no name, so it goes when the process ends.
    Raises InputError for data that are no numbers, and where the disk is full.
    """
    for part in parts:
        if part.data.dtype.kind not in "iufb":
            found = f"values of type {part.data.dtype}"
            raise InputError(path, part.name, found=found, expected="numbers")
    types = (np.float64 if part.scaled else part.data.dtype for part in parts)
    dtype, neurons = np.result_type(*types), sum(len(part.columns) for part in parts)
    if not neurons * bins:
        return np.empty((neurons, bins), dtype)
    activity, first = temporary_array((neurons, bins), dtype), 0
    for part in parts:
        rows = activity[first : first + len(part.columns)]
        for places, block in _blocks(part):
            rows[places] = block * part.factor + part.offset if part.scaled else block
            give_back()
        first += len(part.columns)
    return activity


def _blocks(part: Part) -> Iterator[tuple[tuple[slice, slice], Array]]:
    """Yield ((neurons, bins), their values) of tiles that cut no chunk of the file in two."""
    time, roi = (1, 0) if part.transposed else (0, 1)
    shape, chunks = part.data.shape, part.data.chunks or (1, 1)
    size = [0, 0]
    most = max(1, TILE_BYTES // part.data.dtype.itemsize)  # values of a tile
    size[roi] = min(shape[roi], chunks[roi] * max(1, most // (chunks[roi] * chunks[time])))
    size[time] = min(shape[time], chunks[time] * max(1, most // (chunks[time] * size[roi])))
    for start in range(0, shape[roi], size[roi]):
        mine = slice(*np.searchsorted(part.columns, [start, start + size[roi]]))
        columns = part.columns[mine] - start
        if not len(columns):
            continue
        for bin_ in range(0, shape[time], size[time]):
            tile = [slice(start, start + size[roi])] * 2
            tile[time] = slice(bin_, bin_ + size[time])
            block = part.data[tuple(tile)]
            block = block if part.transposed else block.T
            yield (mine, slice(bin_, bin_ + block.shape[1])), block[columns]
