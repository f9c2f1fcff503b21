"""One plane of a suite2p folder: its files are read, and checked against one another."""

from dataclasses import dataclass
from numbers import Real
from pathlib import Path

import numpy as np

from nma.io.errors import InputError
from nma.recordings.npy_files import read_npy, shape_of
from nma.recordings.suite2p.settings import Settings, number
from nma.recordings.suite2p.traces import Rows, fluorescence, relative_change
from nma.types import Array, FilePath, Neurons, NeuronsBins

SPIKES, DFF = "spks", "dff"
TRACES = {SPIKES: ("spks.npy",), "F": ("F.npy", "Fneu.npy"), DFF: ("F.npy", "Fneu.npy")}
HINTS = {
    "spks.npy": "`signal: F` or `signal: dff` reads F.npy instead",
    "iscell.npy": "`cells: all` takes every ROI",
}


@dataclass(frozen=True)
class Plane:
    """A plane: its name and number; how many ROIs and frames it has; cells: the indices of the ROIs
    that count; rows, dtype: of their traces; centres: x and y of all ROIs in pixels (2, ROIs)."""

    name: str
    number: int
    rois: int
    frames: int
    cells: Neurons
    rows: Rows
    dtype: np.dtype
    centres: Array


def needed(signal: str, cells: bool | str | float) -> list[str]:
    """The names of the files that are read of each plane."""
    return [*TRACES[signal], "stat.npy", *([] if cells == "all" else ["iscell.npy"])]


def read_plane(
    folder: Path,
    index: int,
    settings: Settings,
    *,
    signal: str,
    cells: bool | str | float,
    rate: float,
) -> Plane:
    """Read a plane; index: its number; settings: those that hold for it; rate: frames a second;
    signal, cells: as of the format's `read`.

    Raises InputError where a file is missing, cannot be read or disagrees with another.
    """
    traces = [_traces(folder / name) for name in TRACES[signal]]
    rois, frames = traces[0].shape
    other = "F.npy" if signal == SPIKES else "Fneu.npy"
    shape = shape_of(folder / other)
    if rois and shape and shape != (rois, frames):
        raise InputError(
            folder / TRACES[signal][0],
            "shape",
            found=f"{rois} x {frames}",
            expected=f"that of {other}, {' x '.join(map(str, shape))}",
        )
    rows = traces[0].__getitem__
    if signal != SPIKES:
        rows = fluorescence(*traces, number(settings, "neucoeff", folder))
    if signal == DFF:
        rows = relative_change(rows, **_baseline(settings, folder, rate))
    return Plane(
        folder.name,
        index,
        rois,
        frames,
        _cells(folder / "iscell.npy", rois, cells),
        rows,
        np.result_type(*traces, *([] if signal == SPIKES else [np.float32])),
        _centres(folder / "stat.npy", rois),
    )


def _content(file: Path) -> object:
    if not file.is_file():
        raise InputError(
            file,
            "file",
            found="none",
            expected="the one that suite2p writes for each plane",
            hint=HINTS.get(file.name, ""),
        )
    return read_npy(file)


def _numbers(file: Path, expected: str) -> NeuronsBins:
    """An array of numbers with two axes, or of none at all."""
    content = _content(file)
    if not isinstance(content, np.ndarray):
        raise InputError(file, "content", found=f"a {type(content).__name__}", expected=expected)
    if content.dtype.kind not in "iufb":
        raise InputError(
            file, "content", found=f"values of type {content.dtype}", expected=expected
        )
    if content.shape == (0,):
        return content.reshape(0, 0)
    if content.ndim != 2:
        raise InputError(file, "content", found=f"shape {content.shape}", expected=expected)
    return content


def _traces(file: Path) -> NeuronsBins:
    return _numbers(file, "numbers, ROIs x frames")


def _baseline(settings: Settings, folder: FilePath, rate: float) -> dict[str, float | int]:
    """sigma and window of the running baseline, in frames."""
    for file, value in settings["baseline"][:1]:
        if value != "maximin":
            raise InputError(
                file,
                "baseline",
                found=repr(value)[:50],
                expected="maximin, the running baseline that dF/F is made with",
                hint="`signal: F` or `signal: spks` needs none",
            )
    window = int(number(settings, "win_baseline", folder) * rate)
    return {"sigma": number(settings, "sig_baseline", folder), "window": max(1, window)}


def _cells(file: Path, rois: int, cells: bool | str | float) -> Neurons:
    """Indices of the ROIs that count; cells: as of `read`."""
    if cells == "all":
        return np.arange(rois)
    expected = "whether each ROI is a cell, and how probably"
    table = _numbers(file, expected)
    if rois and table.shape != (rois, 2):
        shape = " x ".join(map(str, table.shape))
        raise InputError(file, "shape", found=shape, expected=f"{rois} x 2, {expected}")
    if not rois:
        return np.arange(0)
    return np.flatnonzero(table[:, 0] > 0.5 if cells is True else table[:, 1] >= cells)


def _centres(file: Path, rois: int) -> Array:
    """x and y (2, ROIs) in pixels of the centre of each ROI."""
    content = _content(file)
    if not isinstance(content, np.ndarray) or content.ndim != 1:
        is_array = isinstance(content, np.ndarray)
        found = f"shape {content.shape}" if is_array else f"a {type(content).__name__}"
        raise InputError(file, "content", found=found, expected="an array of a dict for each ROI")
    if len(content) != rois:
        expected = f"{rois}, as many as have traces"
        raise InputError(file, "ROIs", found=f"{len(content)}", expected=expected)
    centres = np.empty((2, rois))
    for index, roi in enumerate(content):
        centre = roi.get("med") if isinstance(roi, dict) else None
        values = centre.tolist() if isinstance(centre, np.ndarray) else centre
        if not _is_pair(values):
            raise InputError(
                file,
                f"med of ROI {index}",
                found="none" if centre is None else repr(centre)[:50],
                expected="the y and x of its centre in pixels",
            )
        centres[:, index] = values[1], values[0]
    return centres


def _is_pair(values: object) -> bool:
    pair = isinstance(values, list | tuple) and len(values) == 2
    return pair and all(isinstance(value, Real) for value in values)
