"""Results of CaImAn in HDF5 files (.hdf5, .h5), as its CNMF objects save them."""

from typing import TYPE_CHECKING

import numpy as np

from nma.io.errors import InputError
from nma.recordings.caiman_components import ALL, WEIGHTS, accepted_components, centres, is_array
from nma.recordings.hdf5_items import SUFFIXES as HDF5_SUFFIXES
from nma.recordings.hdf5_items import item_of, open_raw_h5
from nma.recordings.raw import ChoiceError, Raw
from nma.recordings.unpacking import by_neuron
from nma.types import FilePath, Neurons, NeuronsBins, Positions

if TYPE_CHECKING:
    import h5py

SUFFIXES = HDF5_SUFFIXES
OPTIONS = ("signal", "cells", "um_per_pixel")
SIGNALS = ("C", "S", "F_dff")
RATE, DEFAULT_RATE = "/params/data/fr", 30  # frames a second, and where nobody sets them


def reads(path: FilePath) -> bool:
    """Whether it is an HDF5 file with a group `estimates`."""
    import h5py

    try:
        with open_raw_h5(path) as file:
            return isinstance(file.get("estimates"), h5py.Group)
    except InputError:
        return False


def read(
    path: FilePath,
    *,
    signal: str = "C",
    cells: object = True,
    um_per_pixel: float | None = None,
) -> Raw:
    """Read one of the signals of CaImAn, and the centres of its components as positions.

    cells: True for the components in idx_components, `all` for all of them; um_per_pixel: the side
    of a pixel, without which positions are in pixels. Raises InputError where the file cannot be
    read or does not have the signal.
    """
    _check_cells(path, cells)
    with open_raw_h5(path) as file:
        traces = _traces(path, file, signal)
        ids, notes = _ids(path, file, cells, len(traces))
        activity = _only(by_neuron(traces), ids)
        positions = centres(path, file, len(traces))
        rate = _rate(file)
    if positions is None:
        notes += (f"no positions: {WEIGHTS} or the dims of the image are not in the file",)
    else:
        positions = _scaled(path, positions[:, ids], um_per_pixel)
    if rate == DEFAULT_RATE:
        notes += (f"{RATE} is {rate:g}, which CaImAn writes too where nobody has set it",)
    return Raw(
        activity,
        positions=positions,
        bin_seconds=1 / rate if rate else None,
        ids=ids,
        position_unit="pixels" if um_per_pixel is None else "um",
        names={"activity": f"/estimates/{signal}", "positions": WEIGHTS},
        notes=notes,
    )


def size(
    path: FilePath,
    *,
    signal: str = "C",
    cells: object = True,
    um_per_pixel: float | None = None,
) -> tuple[int, int] | None:
    """Neurons and bins; None where they cannot be told."""
    try:
        _check_cells(path, cells)
        with open_raw_h5(path) as file:
            traces = _traces(path, file, signal)
            return len(_ids(path, file, cells, len(traces))[0]), traces.shape[1]
    except InputError:
        return None


def _check_cells(path: FilePath, cells: object) -> None:
    """Raise InputError for cells as another format has them."""
    if cells is not True and cells != ALL:
        expected = f"true or {ALL}, for the results of CaImAn"
        raise InputError(path, "cells", found=cells, expected=expected)


def _ids(
    path: FilePath, file: "h5py.File", cells: object, components: int
) -> tuple[Neurons, tuple[str, ...]]:
    """The ids of the components that are read, and lines for the log."""
    if cells == ALL:
        return np.arange(components), ()
    return accepted_components(path, file, components)


def _traces(path: FilePath, file: "h5py.File", signal: str) -> "h5py.Dataset":
    """The data set of a signal, (components, frames)."""
    name = f"/estimates/{signal}"
    if is_array(file.get(name), 2):
        return file[name]
    there = [other for other in SIGNALS if is_array(file.get(f"/estimates/{other}"), 2)]
    raise ChoiceError(
        path,
        name,
        found=str(item_of(path, name, file[name])) if name in file else "nothing",
        expected="an array of components x frames",
        hint=f"the file has {', '.join(there)}, which `signal` may be" if there else "",
    )


def _only(activity: NeuronsBins, ids: Neurons) -> NeuronsBins:
    """The rows of these components, moved to the front of their map."""
    for row, component in enumerate(ids):
        if row != component:
            activity[row] = activity[component]
    return activity[: len(ids)]


def _scaled(path: FilePath, positions: Positions, um_per_pixel: float | None) -> Positions:
    """Positions in um where the side of a pixel is known."""
    if um_per_pixel is not None and len(positions) == 3:
        raise InputError(
            path,
            "um_per_pixel",
            found=f"{um_per_pixel:g} for a volume, of whose planes it says nothing",
            expected="none",
            hint="layers may be cut by positions in pixels too",
        )
    return positions if um_per_pixel is None else positions * um_per_pixel


def _rate(file: "h5py.File") -> float | None:
    """Frames a second; None where the file does not say."""
    node = file.get(RATE)
    if not is_array(node, 0) or not 0 < node[()] < np.inf:
        return None
    return float(node[()])
