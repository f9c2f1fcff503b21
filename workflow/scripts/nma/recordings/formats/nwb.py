"""Recordings in NWB files (Neurodata Without Borders 2, HDF5), on disk or at an address."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import h5py
import numpy as np

from nma.io.errors import InputError
from nma.recordings.nwb.activity import Part, by_neuron
from nma.recordings.nwb.behaviour import behaviour
from nma.recordings.nwb.geometry import is_of_suite2p, positions
from nma.recordings.nwb.opening import opened
from nma.recordings.nwb.rois import Centres, cells_among, centres, rows_of
from nma.recordings.nwb.series import Clock, choose, clock, full_name, is_transposed
from nma.recordings.raw import Raw
from nma.types import FilePath, Neurons

if TYPE_CHECKING:
    from pynwb import NWBFile
    from pynwb.ophys import RoiResponseSeries

SUFFIXES = (".nwb",)
OPTIONS = ("series", "cells", "um_per_pixel", "plane_um")
STREAMS = True
SAME_RATE = 1e-3


def reads(path: FilePath) -> bool:
    """Whether a file is NWB by its name, or by its content, as that of a download."""
    if str(path).lower().endswith(SUFFIXES):
        return True
    try:
        with h5py.File(path, locking=False) as file:
            return "nwb_version" in file.attrs
    except (OSError, RuntimeError):
        return False


class _Plane(NamedTuple):
    """A series of one plane: its data, how many ROIs these have, where those that are read lie, the
    times of its bins, a line for the log, and a warning or nothing."""

    part: Part
    count: int
    rois: Centres
    clock: Clock
    note: str
    warning: str


def read(
    path: FilePath,
    *,
    series: str | None = None,
    cells: bool | str | float = True,
    um_per_pixel: float | None = None,
    plane_um: float | Sequence[float] | None = None,
) -> Raw:
    """Read the responses of ROIs, their places, and behaviour in the same time bins.

    series: the name of a RoiResponseSeries, or of the container of one a plane (nwb.series);
    cells: which ROIs are read (nwb.rois); um_per_pixel, plane_um: the grid, where the file has none
    or a wrong one (nwb.geometry). Labels are the locations of imaging planes where these differ,
    else the names of the planes. Raises InputError for whatever cannot be read.
    """
    with opened(path) as (nwb, origin):
        chosen, names = choose(path, nwb, series)
        planes = [_plane(path, one, cells) for one in chosen]
        _check_alike(path, planes)
        places, unit = positions(
            path,
            nwb,
            [one.rois.table.imaging_plane for one in chosen],
            [plane.rois for plane in planes],
            um_per_pixel=um_per_pixel,
            plane_um=plane_um,
        )
        counts = [len(plane.part.columns) for plane in planes]
        known = int(np.isfinite(places[:2]).all(axis=0).sum())
        masks = ", ".join(sorted({plane.rois.mask or "no masks" for plane in planes}))
        found = f"positions: {known} of {places.shape[1]} ROIs, in {unit}, by {masks}"
        times = planes[0].clock
        behaviours, left_out = behaviour(nwb, times)
        return Raw(
            by_neuron(path, [plane.part for plane in planes], len(times.edges) - 1),
            positions=places if known else None,
            labels=_labels(nwb, chosen, counts),
            planes=np.repeat([one.rois.table.imaging_plane.name for one in chosen], counts),
            behaviour=behaviours,
            bin_seconds=times.bin_seconds,
            start_seconds=float(times.edges[0]),
            ids=_ids(planes),
            position_unit=unit,
            notes=(names, *(plane.note for plane in planes), found, *left_out),
            warnings=tuple(plane.warning for plane in planes if plane.warning),
            origin=origin,
        )


def size(path: FilePath, **options: object) -> tuple[int, int] | None:
    """Neurons and bins of the largest series of responses, one after the other where there are
    several planes; None where that cannot be told.

    Without pynwb, which takes seconds that each start of the workflow would wait for.
    """
    shapes = {}

    def visit(name: str, item: h5py.Group) -> None:
        if item.attrs.get("neurodata_type") == "RoiResponseSeries" and "data" in item:
            shape = item["data"].shape
            if len(shape) == 2:
                shapes.setdefault(name.rpartition("/")[0], []).append(shape)

    try:
        with h5py.File(path, locking=False) as file:
            file.visititems(visit)
    except (OSError, RuntimeError, KeyError):
        return None
    found = [(sum(rois for _, rois in of), max(bins for bins, _ in of)) for of in shapes.values()]
    return max(found, key=np.prod, default=None)


def _plane(path: FilePath, series: "RoiResponseSeries", cells: bool | str | float) -> _Plane:
    """What is read of a series, but for its data."""
    name, table = full_name(series), series.rois.table
    transposed = is_transposed(path, series)
    rows = rows_of(path, series)
    used, words = cells_among(path, table, rows, cells)
    columns = np.flatnonzero(used)
    warning = (
        f"{name} has ROIs first and bins second, against the standard; as its region has "
        f"{len(rows)} ROIs, it was read as it is meant"
    )
    return _Plane(
        Part(name, series.data, transposed, columns, series.conversion or 1, series.offset or 0),
        len(rows),
        centres(path, table, rows[columns]),
        clock(path, series, series.data.shape[int(transposed)]),
        f"{name}: {words}",
        warning if transposed else "",
    )


def _check_alike(path: FilePath, planes: Sequence[_Plane]) -> None:
    """Raise InputError unless all planes have the bins of the first, but for its delay."""
    first = planes[0].clock
    for plane in planes[1:]:
        bins, expected = len(plane.clock.edges) - 1, len(first.edges) - 1
        seconds, usual = plane.clock.bin_seconds, first.bin_seconds
        if bins != expected:
            found, expected = f"{bins} bins", f"{expected}"
        elif abs(seconds / usual - 1) > SAME_RATE:
            found, expected = f"bins of {seconds:.6g} s", f"{usual:.6g} s"
        else:
            continue
        expected += " as in the first plane"
        raise InputError(path, plane.part.name, found=found, expected=expected)


def _ids(planes: Sequence[_Plane]) -> Neurons:
    """Places in the series of the ROIs that are read; those of a second one go on."""
    firsts = np.cumsum([0, *(plane.count for plane in planes)])
    return np.concatenate([p.part.columns + n for p, n in zip(planes, firsts, strict=False)])


def _labels(
    nwb: "NWBFile", chosen: Sequence["RoiResponseSeries"], counts: Sequence[int]
) -> list[str] | None:
    """The location of each ROI's imaging plane; of planes in one location, the name of the plane.

    Locations in files of suite2p's own writer are made up, and so are none.
    """
    planes = [one.rois.table.imaging_plane for one in chosen]
    places = ["" if is_of_suite2p(nwb) else str(plane.location or "") for plane in planes]
    if len(chosen) == 1:
        return places * counts[0] if places[0] else None
    names = [plane.name for plane in planes], [one.name for one in chosen]
    told = next(kind for kind in (places, *names) if len({*kind}) > 1)
    return [name for name, count in zip(told, counts, strict=True) for _ in range(count)]
