"""Folders of suite2p: all planes together, or one of them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from nma.io.errors import InputError
from nma.recordings.npy_files import shape_of
from nma.recordings.raw import Raw
from nma.recordings.suite2p.folder import folder_at, planes_to_read
from nma.recordings.suite2p.planes import DFF, SPIKES, TRACES, Plane, needed, read_plane
from nma.recordings.suite2p.settings import FILES, frame_rate, joined
from nma.recordings.suite2p.traces import Traces
from nma.types import FilePath, Neurons, Positions

SUFFIXES = ()
OPTIONS = ("bin_seconds", "cells", "plane_um", "signal", "um_per_pixel")
SIGNALS = tuple(TRACES)
NAMES = {DFF: "dF/F, none where its baseline is not above 0"}  # of a signal, for errors


def reads(path: FilePath) -> bool:
    """Whether it is a folder of planes, or that of one."""
    return folder_at(path) is not None


def size(path: FilePath, *, signal: str = SPIKES, **_: object) -> tuple[int, int] | None:
    """ROIs of all planes, cells or not, and frames of the shortest; None where there are none."""
    shapes = [shape_of(plane / TRACES[signal][0]) for plane in folder_at(path).planes.values()]
    shapes = [shape for shape in shapes if shape and len(shape) == 2 and shape[0]]
    return (sum(n for n, _ in shapes), min(frames for _, frames in shapes)) if shapes else None


def files(
    path: FilePath, *, signal: str = SPIKES, cells: bool | str | float = True, **_: object
) -> list[Path]:
    """The files that are read, of those that are there: planes of flyback have few."""
    folder = folder_at(path)
    named = [plane / name for plane in folder.planes.values() for name in needed(signal, cells)]
    named += [inner / name for inner in folder.with_settings for name in FILES]
    return [file for file in named if file.is_file()]


def read(
    path: FilePath,
    *,
    bin_seconds: float | None = None,
    cells: bool | str | float = True,
    plane_um: float | Sequence[float] | None = None,
    signal: str = SPIKES,
    um_per_pixel: float | None = None,
) -> Raw:
    """Read the planes of a folder as one recording, all cut to the shortest.

    bin_seconds: for settings without a frame rate to rely on; cells: True for the ROIs that
    iscell.npy calls cells, "all" for every ROI, or the least probability of a cell; plane_um: the
    depth of each plane that is read, or the distance of each from the next; signal: "spks", "F"
    (less the neuropil) or "dff" (dF/F); um_per_pixel: of x and y, else they are in pixels.

    Raises InputError where a file is missing, cannot be read or disagrees with another, and where
    one of the keys above is needed or does not suit the folder.
    """
    folder = folder_at(path)
    settings = folder.settings()
    to_read = planes_to_read(folder, settings)
    rate, origin = frame_rate(joined(settings.values()), folder.root)
    if rate is None and bin_seconds is None:
        raise InputError(
            path,
            "fs",
            found=origin,
            expected="the frame rate of a plane in Hz",
            hint="set `bin_seconds` of the recording in the config",
        )
    planes = [
        read_plane(
            plane,
            number,
            joined(settings[inner] for inner in dict.fromkeys([plane, folder.root])),
            signal=signal,
            cells=cells,
            rate=rate or 1 / bin_seconds,
        )
        for number, plane in to_read.items()
    ]
    traces = _traces(path, planes)
    return Raw(
        traces,
        positions=_positions(path, planes, um_per_pixel, plane_um),
        planes=_of_cells(planes, [plane.name for plane in planes]),
        bin_seconds=rate and 1 / rate,
        ids=_ids(planes),
        position_unit="um" if um_per_pixel else "pixels",
        names={"activity": NAMES.get(signal, signal)},
        notes=(
            f"signal: {signal}; fs: {origin}",
            *(f"plane{n}: left out as flyback" for n in folder.planes if n not in to_read),
            *_lengths(planes, traces.bins),
        ),
    )


def _traces(path: FilePath, planes: Sequence[Plane]) -> Traces:
    """The cells of all planes. Raises InputError where there are none."""
    planes_with_cells = [plane for plane in planes if len(plane.cells)]
    if not planes_with_cells:
        rois = sum(plane.rois for plane in planes)
        raise InputError(
            path,
            "cells",
            found=f"none among {rois} ROIs in {len(planes)} planes",
            expected="at least one plane with cells",
            hint="`cells: all` takes every ROI" if rois else "",
        )
    return Traces(
        [plane.rows for plane in planes_with_cells],
        [plane.cells for plane in planes_with_cells],
        min(plane.frames for plane in planes_with_cells),
        np.result_type(*(plane.dtype for plane in planes_with_cells)),
    )


def _of_cells(planes: Sequence[Plane], values: Sequence) -> Neurons:
    """A value of each plane for each of its cells."""
    return np.repeat(values, [len(plane.cells) for plane in planes])


def _ids(planes: Sequence[Plane]) -> Neurons:
    """The number of each cell among the ROIs of all planes."""
    first = np.cumsum([0, *(plane.rois for plane in planes)])[:-1]
    return _of_cells(planes, first) + np.concatenate([plane.cells for plane in planes])


def _positions(
    path: FilePath,
    planes: Sequence[Plane],
    um_per_pixel: float | None,
    plane_um: float | Sequence[float] | None,
) -> Positions:
    """x, y and z (3, neurons) of the cells; z is NaN where plane_um does not give it."""
    if plane_um is not None and um_per_pixel is None:
        raise InputError(
            path,
            "plane_um",
            found="it without um_per_pixel",
            expected="both, so that x, y and z have one unit",
        )
    if isinstance(plane_um, Sequence) and len(plane_um) != len(planes):
        raise InputError(
            path,
            "plane_um",
            found=f"{len(plane_um)} depths",
            expected=f"{len(planes)}, of {', '.join(plane.name for plane in planes)}",
        )
    depths = plane_um
    if not isinstance(plane_um, Sequence):
        spacing = np.nan if plane_um is None else plane_um
        depths = [spacing * plane.number for plane in planes]
    xy = np.concatenate([plane.centres[:, plane.cells] for plane in planes], axis=1)
    return np.vstack([xy * (um_per_pixel or 1), _of_cells(planes, depths)])


def _lengths(planes: Sequence[Plane], bins: int) -> Iterator[str]:
    """A line for each plane, and one where they are cut."""
    for plane in planes:
        yield f"{plane.name}: {len(plane.cells)} of {plane.rois} ROIs, {plane.frames} frames"
    if any(plane.frames > bins for plane in planes):
        yield f"all planes are cut to {bins} frames, as many as the shortest has"
