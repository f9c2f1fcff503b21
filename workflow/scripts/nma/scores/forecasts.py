"""How far ahead activity is predicted: r2 by horizon, and what it gains over simple forecasts."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from nma.io.hdf5 import open_h5
from nma.preprocessing.splits import evaluated, in_split
from nma.scores.table import Score
from nma.sources import FORECASTS
from nma.statistics.intervals import Estimate, block_sums, jackknife, pooled_r2
from nma.statistics.r2 import r2
from nma.types import Array, Bins, FilePath


class Errors(NamedTuple):
    """What a file forecasts/{source}/{layer}/{seed}.h5 holds; error, deviation (bins, horizons)."""

    source: str
    layer: str
    seed: int
    bin_seconds: float
    horizons: Array
    error: Array
    deviation: Array
    split: Bins


def read_errors(path: FilePath) -> Errors:
    """All of a file of forecasts. Raises InputError where it is damaged."""
    with open_h5(path) as file:
        return Errors(
            str(file.attrs["source"]),
            str(file.attrs["layer"]),
            int(file.attrs["seed"]),
            float(file.attrs["bin_seconds"]),
            *(file[name][:] for name in ("horizons", "error", "deviation", "split")),
        )


def forecast_scores(paths: Iterable[FilePath]) -> list[Score]:
    """Scores of the forecasts of a recording, on validation and test; n: blocks of time.

    `forecast_r2_at_{h}`, h bins ahead, of every source; of the LDS and networks also
    `forecast_skill_at_{h}`, r2 less that of the simple forecast that is best on validation, by bins
    that are paired: of sources.FORECASTS and the train mean, but for the source itself.
    `forecast_bin_seconds`: the length of a bin.
    """
    found = [read_errors(path) for path in paths]
    simple = {(e.layer, e.source): e for e in found if e.source in FORECASTS}
    scores = [
        Score(layer, "raw", "forecast_bin_seconds", "all", 0, seconds)
        for layer, seconds in {e.layer: e.bin_seconds for e in found}.items()
    ]
    for mine in found:
        with_skill = mine.source == "lds" or mine.source not in (*FORECASTS, "truth")
        for column, h in enumerate(mine.horizons):
            rival = best_rival(mine, simple, column) if with_skill else None
            for split, bins in evaluated(mine.split):
                # A short recording may have bins without an origin so long before.
                bins = bins & np.isfinite(mine.deviation[:, column])
                of_bins = [x[bins, column] for x in (mine.error, mine.deviation)]
                for metric, values in _values(*of_bins, rival if rival is None else rival[bins]):
                    name = f"{metric}_at_{h}"
                    scores.append(Score(mine.layer, mine.source, name, split, mine.seed, *values))
    return scores


def _values(error: Bins, deviation: Bins, rival: Bins | None) -> Iterator[tuple[str, Estimate]]:
    """(forecast_r2, its value), and with errors of a rival (forecast_skill, its value)."""
    if not len(error):
        return
    yield "forecast_r2", pooled_r2(error, deviation)
    if rival is not None:
        sums = [block_sums(values) for values in (error, rival, deviation)]
        yield "forecast_skill", Estimate(*jackknife(_above, *sums), len(sums[0]))


def _above(error: float, rival: float, deviation: float) -> Array:
    return r2(error, deviation) - r2(rival, deviation)


def best_rival(mine: Errors, simple: Mapping[tuple[str, str], Errors], column: int) -> Bins:
    """The errors (bins,) of the best other simple forecast of validation, or of the train mean.

    simple: {(layer, source): its errors}; column: of the horizon.
    """
    rivals = [mine.deviation[:, column]]
    rivals += [
        other.error[:, column]
        for (layer, source), other in simple.items()
        if layer == mine.layer and source != mine.source
    ]
    judged = in_split(mine.split, "validation")
    return min(rivals, key=lambda error: np.nansum(error[judged]))
