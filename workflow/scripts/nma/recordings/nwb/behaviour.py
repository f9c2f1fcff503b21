"""Behaviour and pupil beside the activity, averaged within its time bins."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain, count
from typing import TYPE_CHECKING

import numpy as np

from nma.recordings.nwb.series import Clock, full_name
from nma.types import Array, Bins

if TYPE_CHECKING:
    from pynwb import NWBFile, TimeSeries

CONTAINERS = (
    "BehavioralTimeSeries",
    "PupilTracking",
    "EyeTracking",
    "Position",
    "CompassDirection",
)


def behaviour(nwb: "NWBFile", clock: Clock) -> tuple[dict[str, Array], list[str]]:
    """{name: (bins, features)} of all series of behaviour, and lines for the log on those left out.

    They are those of a processing module `behavior`, and those in containers of behaviour anywhere.
    """
    found, notes = {}, []
    for name, series in _named(_series(nwb)).items():
        values, why = _values(series)
        if not why:
            averages = averaged(values, _times(series, len(values)), clock.edges)
            why = "" if np.isfinite(averages).any() else "no values within the times of activity"
        if why:
            notes.append(f"behaviour left out: {full_name(series)} ({why})")
        else:
            found[name] = averages
    return found, notes


def averaged(values: Array, times: Array, edges: Bins) -> Array:
    """Means (bins, features) of values (samples, features) within bins; NaN where there is none.

    edges: (bins + 1,), of which each but the last belongs to the bin after it; values that are NaN
    are left out of means.
    """
    bins = len(edges) - 1
    place = np.searchsorted(edges, times, side="right") - 1
    inside = (place >= 0) & (place < bins) & np.isfinite(times)
    means = np.full((bins, values.shape[1]), np.nan)
    for feature in range(values.shape[1]):
        used = inside & ~np.isnan(values[:, feature])
        count = np.bincount(place[used], minlength=bins)
        sums = np.bincount(place[used], values[used, feature], minlength=bins)
        means[count > 0, feature] = sums[count > 0] / count[count > 0]
    return means


def _series(nwb: "NWBFile") -> Iterator["TimeSeries"]:
    from pynwb import TimeSeries
    from pynwb.image import ImageSeries
    from pynwb.misc import IntervalSeries

    for item in nwb.objects.values():
        if not isinstance(item, TimeSeries) or isinstance(item, ImageSeries | IntervalSeries):
            continue
        above, names = item.parent, []
        while above is not None:
            names.append(f"{type(above).__name__} {above.name}".lower())
            above = above.parent
        module = any(re.match("processingmodule behaviou?r", name) for name in names)
        if module or any(name.split()[0] in CONTAINERS for name in names):
            yield item


def _named(series: Iterable["TimeSeries"]) -> dict[str, "TimeSeries"]:
    """{name: series}; a name that is taken has those of what the series lies in before it."""
    found = {}
    for one in sorted(series, key=full_name):
        parts = re.sub(r"[^\w/]+", "_", full_name(one), flags=re.ASCII).split("/")
        words = ["_".join(parts[start:]) for start in reversed(range(len(parts)))]
        numbered = (f"{words[-1]}_{number}" for number in count(2))
        found[next(word for word in chain(words, numbered) if word not in found)] = one
    return found


def _values(series: "TimeSeries") -> tuple[Array, str]:
    """The values (samples, features) of a series, and why they cannot be used, if so."""
    data = series.data
    shape = getattr(data, "shape", (len(data),))
    if len(shape) not in (1, 2) or not np.prod(shape):
        return np.empty((0, 0)), f"shape {shape}"
    values = np.asarray(data[:])
    if values.dtype.kind not in "iufb":
        return np.empty((0, 0)), f"values of type {values.dtype}"
    if series.timestamps is None and not series.rate:
        return np.empty((0, 0)), "neither a rate nor timestamps"
    if series.timestamps is not None and len(series.timestamps) != len(values):
        return np.empty((0, 0)), f"{len(series.timestamps)} timestamps of {len(values)} values"
    return values.reshape(len(values), -1).astype(np.float64), ""


def _times(series: "TimeSeries", samples: int) -> Array:
    if series.timestamps is not None:
        return np.asarray(series.timestamps[:], np.float64)
    return (series.starting_time or 0.0) + np.arange(samples) / series.rate
