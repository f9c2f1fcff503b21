"""Numbers of metrics.tsv that the report compares: sources by layer, and their differences."""

from collections.abc import Iterable
from typing import NamedTuple

import pandas as pd

from nma.report.wording import above_zero
from nma.scores.frame import over_seeds, scores_by_layer
from nma.statistics.intervals import mean_interval

# Of each score: whether more is better.
SCORES = {
    "r2": True,
    "mse": False,
    "cosmooth_r2": True,
    "masked_r2": True,
    "behavior_r2": True,
    "latent_recovery_r2": True,
    "consistency_r2": True,
}


def sources_by_layer(table: pd.DataFrame, metric: str, split: str) -> pd.DataFrame:
    """Values of a metric (layers x sources), averaged over seeds; NaN where there is none."""
    scores = scores_by_layer(table[table.metric == metric], split)
    return scores.value.droplevel("metric").unstack("source")


def of_layers(table: pd.DataFrame, metric: str, source: str, split: str) -> pd.Series:
    """Values of a metric of one source and split by layer, averaged over seeds."""
    rows = table[(table.metric == metric) & (table.source == source) & (table.split == split)]
    return rows.groupby("layer").value.mean()


class Difference(NamedTuple):
    """A mean difference over layers with its 95 % interval, NaN for a single layer.

    ahead: in how many of the n layers it is above 0.
    """

    mean: float
    low: float
    high: float
    ahead: int
    n: int

    @property
    def above(self) -> bool:
        """Whether the interval lies above 0, as it is printed."""
        return above_zero(self.low)

    @property
    def below(self) -> bool:
        """Whether the interval lies below 0, as it is printed."""
        return above_zero(-self.high)


def difference(values: pd.DataFrame, better: str, worse: str) -> Difference:
    """Compare two sources layer by layer: `better` minus `worse`, over the layers that have both.

    values: of sources_by_layer.
    """
    gaps = (values[better] - values[worse]).dropna()
    return Difference(*mean_interval(gaps), int((gaps > 0).sum()), len(gaps))


def gain(
    table: pd.DataFrame,
    values: pd.DataFrame,
    one: str,
    other: str,
    split: str,
    metric: str = "cosmooth_r2",
) -> Difference:
    """How much better one source predicts hidden activity than another: a difference in `metric`.

    values: of sources_by_layer of the metric. Layer by layer; for a single layer paired by bin,
    with an interval over seeds or blocks of time.
    """
    found = difference(values, one, other)
    if found.n > 1:
        return found
    for better, worse, sign in ((one, other, 1), (other, one, -1)):
        rows = table[(table.metric == f"{metric}_above_{worse}") & (table.source == better)]
        rows = rows[rows.split == split]
        if len(rows):
            mean, *ends = sign * over_seeds(rows, "layer").iloc[0]
            return found._replace(mean=mean, low=min(ends), high=max(ends))
    return found


def score_table(
    table: pd.DataFrame, sources: Iterable[str], split: str
) -> dict[str, dict[str, tuple[float, bool]]]:
    """Find the mean of each score over layers, and whether its source is clearly the best.

    Returns {source: {metric of SCORES: (mean, is the best)}} of the scores that there are. A source
    is clearly the best where the interval of its difference from every other one lies above 0.
    """
    found = {source: {} for source in sources}
    for metric, more_is_better in SCORES.items():
        values = sources_by_layer(table, metric, split)
        values = values[[source for source in sources if source in values]].dropna(axis=1)
        if values.empty:
            continue
        signed = values if more_is_better else -values
        best = signed.mean().idxmax()
        clear = all(difference(signed, best, other).above for other in signed if other != best)
        for source in values:
            marked = source == best and clear and len(values.columns) > 1
            found[source][metric] = (values[source].mean(), marked)
    return found


def truths(table: pd.DataFrame, metric: str) -> pd.Series:
    """Values by layer of what was simulated; empty for a recording that was not simulated."""
    rows = table[(table.source == "truth") & (table.metric == metric)]
    return rows.set_index("layer").value
