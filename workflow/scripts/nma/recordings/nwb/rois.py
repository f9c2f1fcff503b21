"""ROIs of an NWB file: which of them are cells, and where their masks lie."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nma.io.errors import InputError
from nma.recordings.nwb.series import full_name
from nma.types import Array, FilePath, Neurons

if TYPE_CHECKING:
    from pynwb.ophys import PlaneSegmentation, RoiResponseSeries

ACCEPTED = ("accepted", "iscell", "is_cell")  # columns, in any case
MASKS = ("voxel_mask", "pixel_mask", "image_mask")  # the one that says most first


class Centres(NamedTuple):
    """pixels: x, y and z (3, ROIs) of the centres of masks in steps of the grid, z NaN in masks of
    two dimensions, all NaN where a mask is empty; mask: the column, empty where there is none."""

    pixels: Array
    mask: str


def rows_of(path: FilePath, series: "RoiResponseSeries") -> Neurons:
    """The rows of its table that the ROIs of a series are. Raises InputError for one that is not
    there."""
    rows, table = np.asarray(series.rois.data[:], int), series.rois.table
    if len(rows) and not 0 <= rows.min() <= rows.max() < len(table):
        raise InputError(
            path,
            f"{full_name(series)}: rois",
            found=f"row {rows.max() if rows.max() >= len(table) else rows.min()}",
            expected=f"rows of {table.name}, 0 to {len(table) - 1}",
        )
    return rows


def cells_among(
    path: FilePath, table: "PlaneSegmentation", rows: Neurons, cells: bool | str | float
) -> tuple[Neurons, str]:
    """Which of these rows are cells (bool), and the words for the log.

    cells: True, those that a column of the table accepts, or all without such a column; `all`; or
    the least probability that they are cells, which suite2p has as second column of `iscell`.
    """
    names = {name.lower(): name for name in table.colnames}
    name = next((names[key] for key in ACCEPTED if key in names), None)
    if cells == "all" or (cells is True and name is None and "rejected" not in names):
        return np.ones(len(rows), bool), f"all {len(rows)} ROIs of {table.name}"
    accepted = name is not None
    name = name or names.get("rejected")
    values = np.empty((0,)) if name is None else np.asarray(table[name].data[:])
    if cells is True:
        if values.dtype.kind not in "iufb" or values.shape[:1] != (len(table),):
            found = f"{values.dtype} of shape {values.shape}"
            expected = f"numbers or booleans for each of {len(table)} ROIs"
            raise InputError(path, f"{table.name}: {name}", found=found, expected=expected)
        found = (values.reshape(len(values), -1)[rows, 0] > 0) == accepted
        return found, f"{found.sum()} of {len(rows)} ROIs of {table.name}, by its column {name}"
    if values.ndim != 2 or values.shape[1] < 2:
        raise InputError(
            path,
            f"{table.name}: iscell",
            found="no probabilities of cells",
            expected=f"two columns, the second a probability, for `cells: {cells}`",
            hint="`cells: true` takes the ROIs that are accepted, and `cells: all` all of them",
        )
    found = values[rows, 1] >= cells
    return found, f"{found.sum()} of {len(rows)} ROIs of {table.name}, by a probability of {cells}"


def centres(path: FilePath, table: "PlaneSegmentation", rows: Neurons) -> Centres:
    """Where the masks of these rows lie: their centres of mass.

    Raises InputError for masks that cannot be read.
    """
    name = next((mask for mask in MASKS if mask in table.colnames), "")
    if not name:
        return Centres(np.full((3, len(rows)), np.nan), name)
    try:
        of_mask = _of_images if name == "image_mask" else _of_points
        return Centres(of_mask(table, name, rows), name)
    except (ValueError, IndexError, KeyError, TypeError) as error:
        found = " ".join(f"masks that do not fit the table ({error})".split())
        expected = f"a mask for each of {len(table)} ROIs"
        raise InputError(path, f"{table.name}: {name}", found=found, expected=expected) from error


def _of_images(table: "PlaneSegmentation", name: str, rows: Neurons) -> Array:
    """From masks (ROIs, x, y) or (ROIs, x, y, z), read one by one."""
    masks, found = table[name].data, np.full((3, len(rows)), np.nan)
    for place, row in enumerate(rows):
        mask = np.nan_to_num(np.asarray(masks[row], np.float64))
        total = mask.sum()
        if total > 0:
            for axis, size in enumerate(mask.shape):
                others = tuple(other for other in range(mask.ndim) if other != axis)
                found[axis, place] = mask.sum(axis=others) @ np.arange(size) / total
    return found


def _of_points(table: "PlaneSegmentation", name: str, rows: Neurons) -> Array:
    """From lists of pixels (x, y, weight) or voxels (x, y, z, weight), all in one data set."""
    index = table[name]
    ends, points = np.asarray(index.data[:], int), index.target.data[:]
    lengths = np.diff(ends, prepend=0)
    if len(ends) != len(table) or (lengths < 0).any() or ends[-1:].sum() > len(points):
        raise ValueError(f"{len(ends)} ends, the last at {ends[-1:].sum()} of {len(points)}")
    points = points[: lengths.sum()]
    roi = np.repeat(np.arange(len(ends)), lengths)
    weight = np.nan_to_num(points["weight"].astype(np.float64))
    total = np.bincount(roi, weight, len(ends))
    found = np.full((3, len(rows)), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        for axis, key in enumerate("xyz" if name == "voxel_mask" else "xy"):
            sums = np.bincount(roi, weight * points[key].astype(np.float64), len(ends))
            found[axis] = np.where(total > 0, sums / total, np.nan)[rows]
    return found
