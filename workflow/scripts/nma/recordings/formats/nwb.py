"""Recordings in NWB files (Neurodata Without Borders 2, HDF5), on disk or at an address."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import h5py
import numpy as np

from nma.io.errors import InputError
from nma.recordings.nwb.activity import Part, by_neuron
from nma.recordings.nwb.behaviour import behaviour
from nma.recordings.nwb.geometry import is_of_suite2p, positions
from nma.recordings.nwb.opening import opened
from nma.recordings.nwb.rois import cells_among, centres, rows_of
from nma.recordings.nwb.series import Clock, choose, clock, full_name, is_transposed
from nma.recordings.raw import Raw
from nma.types import FilePath

if TYPE_CHECKING:
    from pynwb import NWBFile
    from pynwb.ophys import RoiResponseSeries

SUFFIXES = (".nwb",)
OPTIONS = ("series", "cells", "um_per_pixel", "plane_um")
STREAMS = True
SAME_RATE = 1e-3


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
        chosen, line = choose(path, nwb, series)
        notes, warnings, parts, found = [line], [], [], []
        bins = None
        for one in chosen:
            transposed = is_transposed(path, one)
            if transposed:
                warnings.append(_transposed(one))
            rows = rows_of(path, one)
            used, words = cells_among(path, one.rois.table, rows, cells)
            notes.append(f"{full_name(one)}: {words}")
            columns = np.flatnonzero(used)
            factor, offset = one.conversion or 1.0, one.offset or 0.0
            parts.append(Part(full_name(one), one.data, transposed, columns, factor, offset))
            found.append(centres(path, one.rois.table, rows[columns]))
            times = _clock(path, one, one.data.shape[int(transposed)], bins)
            bins = bins or times
        places, unit = positions(
            path,
            nwb,
            [one.rois.table.imaging_plane for one in chosen],
            found,
            um_per_pixel=um_per_pixel,
            plane_um=plane_um,
        )
        lacking = int(np.isnan(places[:2]).any(axis=0).sum())
        masks = sorted({of_plane.mask or "no masks" for of_plane in found})
        rois = places.shape[1]
        notes.append(
            f"positions: {rois - lacking} of {rois} ROIs, in {unit}, by {', '.join(masks)}"
        )
        behaviours, left_out = behaviour(nwb, bins)
        counts = [part.data.shape[int(not part.transposed)] for part in parts]
        firsts = np.cumsum([0, *counts[:-1]])
        return Raw(
            by_neuron(path, parts, len(bins.edges) - 1),
            positions=places if lacking < rois else None,
            labels=_labels(nwb, chosen, [len(part.columns) for part in parts]),
            behaviour=behaviours,
            bin_seconds=bins.bin_seconds,
            start_seconds=float(bins.edges[0]),
            ids=np.concatenate(
                [part.columns + first for part, first in zip(parts, firsts, strict=True)]
            ),
            position_unit=unit,
            notes=(*notes, *left_out),
            warnings=tuple(warnings),
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


def _clock(path: FilePath, series: "RoiResponseSeries", bins: int, first: Clock | None) -> Clock:
    """The times of a series, which have to be those of the first one but for its delay."""
    found = clock(path, series, bins)
    if first is None:
        return found
    if len(found.edges) != len(first.edges):
        what, other = f"{bins} bins", f"{len(first.edges) - 1}"
    elif abs(found.bin_seconds / first.bin_seconds - 1) > SAME_RATE:
        what, other = f"bins of {found.bin_seconds:.6g} s", f"{first.bin_seconds:.6g} s"
    else:
        return found
    expected = f"{other} as in the first plane"
    raise InputError(path, full_name(series), found=what, expected=expected)


def _transposed(series: "RoiResponseSeries") -> str:
    return (
        f"{full_name(series)} has ROIs first and bins second, against the standard; as its region "
        f"has {len(series.rois.data)} ROIs, it was read as it is meant"
    )


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
