"""The series of an NWB file that holds the activity, and its times."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nma.io.errors import InputError
from nma.types import Array, Bins, FilePath

if TYPE_CHECKING:
    from pynwb import NWBFile, TimeSeries
    from pynwb.ophys import RoiResponseSeries

DECONVOLVED = "Deconvolved"
JITTER = 0.5  # of the usual interval, from which on a time is out of step
HOW_TO_CHOOSE = "`series:` of the recording names one, or a container of one series a plane"


class Clock(NamedTuple):
    """edges: times in s (bins + 1,) at which bins begin, and at which the last one ends."""

    edges: Bins
    bin_seconds: float


def full_name(item: object) -> str:
    """The name of an object with those of what it lies in, such as ophys/Deconvolved/plane0."""
    names = []
    while item.parent is not None:
        names.append(item.name)
        item = item.parent
    return "/".join(reversed(names))


def response_series(nwb: "NWBFile") -> dict[str, "RoiResponseSeries"]:
    """{full name: series} of all responses of ROIs, in the order of their names."""
    from pynwb.ophys import RoiResponseSeries

    found = (item for item in nwb.objects.values() if isinstance(item, RoiResponseSeries))
    return dict(sorted((full_name(item), item) for item in found))


def choose(
    path: FilePath, nwb: "NWBFile", asked: str | None
) -> tuple[list["RoiResponseSeries"], str]:
    """The series that are read, one a plane, and a line for the log that names all there are.

    asked: the name of a series, or of the container of series of several planes, with as much of
    its full name in front as it takes; None for the only one, or else those called Deconvolved.
    Raises InputError where there is no such series, or more than one.
    """
    series = response_series(nwb)
    if not series:
        raise InputError(
            path,
            "series",
            found=f"no RoiResponseSeries, but {_others(nwb)}",
            expected="the activity of ROIs",
        )
    wanted = asked
    if wanted is None and len(_groups(series)) > 1:
        wanted = DECONVOLVED
    found = list(series) if wanted is None else _named(wanted, list(series))
    known = ", ".join(series)
    if not found:
        what = f"no series {asked} among {known}" if asked else f"{len(series)} series, {known}"
        expected = "the name of one" if asked else f"one, or one that is called {DECONVOLVED}"
        raise InputError(path, "series", found=what, expected=expected, hint=HOW_TO_CHOOSE)
    chosen = [series[name] for name in found]
    if len(_groups(found)) > 1 or _overlap(chosen):
        what = f"{len(found)} series of the same ROIs, {', '.join(found)}"
        raise InputError(path, "series", found=what, expected="one", hint=HOW_TO_CHOOSE)
    return chosen, f"series: {', '.join(found)}; in the file: {known}"


def _groups(names: Sequence[str]) -> set[str]:
    """The containers of series with these full names."""
    return {name.rpartition("/")[0] for name in names}


def _named(asked: str, names: list[str]) -> list[str]:
    """The names that end in what is asked for; if there is none, those whose container does."""

    def ends(name: str) -> bool:
        return f"/{name}".casefold().endswith(f"/{asked.strip('/')}".casefold())

    return [n for n in names if ends(n)] or [n for n in names if ends(n.rpartition("/")[0])]


def _overlap(series: Sequence["RoiResponseSeries"]) -> bool:
    """Whether any two of the series have a ROI in common."""
    rois = [(id(one.rois.table), int(row)) for one in series for row in one.rois.data[:]]
    return len(series) > 1 and len(set(rois)) < len(rois)


def _others(nwb: "NWBFile") -> str:
    """What a file without activity of ROIs has instead."""
    from pynwb import TimeSeries
    from pynwb.misc import Units

    kinds = (TimeSeries, Units)
    found = {type(item).__name__ for item in nwb.objects.values() if isinstance(item, kinds)}
    return ", ".join(sorted(found)) or "no series at all"


def is_transposed(path: FilePath, series: "RoiResponseSeries") -> bool:
    """Whether data have ROIs first, which the number of ROIs of the region tells.

    Raises InputError for data that have the ROIs on neither axis.
    """
    name, shape, rois = full_name(series), series.data.shape, len(series.rois.data)
    if len(shape) != 2 or rois not in shape:
        expected = f"bins x {rois}, as many ROIs as its region has"
        raise InputError(path, name, found=f"data of shape {shape}", expected=expected)
    return shape[1] != rois


def clock(path: FilePath, series: "TimeSeries", bins: int) -> Clock:
    """The times of a series of so many bins.

    Raises InputError where it has neither a rate nor timestamps, or these are not in step.
    """
    name = full_name(series)
    if series.timestamps is not None:
        return _by_timestamps(path, name, np.asarray(series.timestamps[:], np.float64), bins)
    rate, start = series.rate, series.starting_time or 0.0
    if rate is None or not 0 < rate < np.inf:
        found = "neither a rate nor timestamps" if rate is None else f"a rate of {rate:g} Hz"
        raise InputError(path, name, found=found, expected="a rate above 0 Hz, or timestamps")
    return Clock(start + np.arange(bins + 1) / rate, 1 / float(rate))


def _by_timestamps(path: FilePath, name: str, times: Array, bins: int) -> Clock:
    field = f"{name}: timestamps"
    if times.shape != (bins,) or bins < 2:
        expected = f"shape ({bins},), one a bin" if bins > 1 else "several bins"
        raise InputError(path, field, found=f"shape {times.shape}", expected=expected)
    if not np.isfinite(times).all():
        found = f"{np.sum(~np.isfinite(times))} of {bins} that are NaN or infinite"
        raise InputError(path, field, found=found, expected="seconds")
    steps = np.diff(times)
    usual = float(np.median(steps))
    if (steps <= 0).any():
        at = int(np.argmax(steps <= 0))
        found = f"{times[at]:.6g} s and then {times[at + 1]:.6g} s at bin {at + 1}"
        raise InputError(path, field, found=found, expected="times that increase")
    out = np.abs(steps / usual - 1) > JITTER
    if out.any():
        at = int(np.argmax(out))
        raise InputError(
            path,
            field,
            found=f"{np.sum(out)} of {len(out)} intervals out of step, the first of "
            f"{steps[at]:.4g} s at bin {at + 1}",
            expected=f"about {usual:.4g} s, as between most",
            hint="where frames are missing, give them NaN, of which `nan:` then takes care",
        )
    return Clock(np.append(times, times[-1] + usual), (times[-1] - times[0]) / len(steps))
