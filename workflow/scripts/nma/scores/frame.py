"""metrics.tsv as a frame, for figures and the report."""

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from nma.io.frames import read_whole
from nma.statistics.intervals import Interval, mean_interval
from nma.types import FilePath

NUMBERS = ("value", "ci_low", "ci_high", "n")


def read_table(path: FilePath) -> pd.DataFrame:
    """Read a metrics.tsv, with the columns scores.table.COLUMNS; NaN where a cell is empty.

    Recordings and layers may be called NA or null. Raises InputError where the file is damaged.
    """
    return read_whole(path, NUMBERS, keep_default_na=False, na_values=[""])


def over_seeds(rows: pd.DataFrame, keys: str | list[str]) -> pd.DataFrame:
    """Average rows of read_table over seeds: value, ci_low and ci_high by `keys`.

    The interval of several seeds is their 95 % Student interval. A single seed keeps the interval
    of its row, which comes from blocks of time.
    """
    groups = rows.groupby(keys)
    found = groups[["value", "ci_low", "ci_high"]].mean()
    seeds, spread = groups.value.count(), groups.value.std()
    half = stdtrit(np.maximum(seeds - 1, 1), 0.975) * spread / np.sqrt(seeds)
    for name, sign in (("ci_low", -1), ("ci_high", 1)):
        found[name] = found[name].where(seeds < 2, found.value + sign * half)
    return found


def mean_over_layers(rows: pd.DataFrame) -> Interval:
    """The mean of rows of over_seeds, one a layer, and its 95 % interval over layers; of a single
    layer the interval of its row."""
    if len(rows) == 1:
        return Interval(*map(float, rows[["value", "ci_low", "ci_high"]].iloc[0]))
    return mean_interval(rows.value)


def scores_by_layer(table: pd.DataFrame, split: str) -> pd.DataFrame:
    """Scores of one split averaged over seeds: value, ci_low, ci_high by source, metric, layer."""
    return over_seeds(table[table.split == split], ["source", "metric", "layer"])


def unpredicted(table: pd.DataFrame, source: str) -> list[str]:
    """Layers in which a source is not shown to predict hidden neurons of validation.

    The interval of its cosmooth_r2 does not lie above 0, or the value where it has none. What the
    source says of the dynamics there is of nothing that was measured.
    """
    rows = table[(table.source == source) & (table.metric == "cosmooth_r2")]
    rows = rows[rows.split == "validation"]
    lowest = rows.ci_low.fillna(rows.value).groupby(rows.layer).mean()
    return list(lowest.index[lowest <= 0])
