"""Scores of trials in panels: the range that is shown, and the marks of trials."""

from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from nma.figures.marks import zero_line

Studies: TypeAlias = dict[str, dict[str, Any]]  # {layer: its study, as read_study gives it}

EDGE = 0.035  # height of trials below a panel, or without a score, as a share of the panel
ROUND = (1, 2, 5, 10)  # steps of ticks


def finite(values: pd.Series) -> pd.Series:
    """Those that are neither NaN nor infinite."""
    return values[np.isfinite(values.astype(float))]


def floor(values: pd.Series) -> float:
    """The lowest score worth showing: further below, scores are far worse than the better half."""
    top, middle = np.max(values), np.median(values)
    return middle - max(2 * (top - middle), 0.25 * abs(top), 0.01)


def score_limits(tables: Iterable[pd.DataFrame]) -> tuple[float, float]:
    """The lowest and highest score that panels show, of complete trials where there are any.

    tables: trials of each study.
    """
    tables = list(tables)
    scores = [finite(table.value) for table in tables]
    good = [finite(table.value[table.state == "complete"]) for table in tables]
    good = [mine if len(mine) else all_ for mine, all_ in zip(good, scores, strict=True)]
    good = [mine for mine in good if len(mine)]
    if not good:
        return 0.0, 1.0
    every = np.concatenate(scores)
    low = max(min(map(floor, good)), every.min())
    high = every.max()
    return (low, high) if high > low else (low - 0.01, high + 0.01)


def set_scores(panel: Axes, limits: tuple[float, float]) -> None:
    """Give all panels the same heights, with room for the marks at the lower edge."""
    low, high = limits
    panel.set_ylim(low - 0.1 * (high - low), high + 0.06 * (high - low))
    panel.yaxis.set_major_locator(MaxNLocator(6, steps=ROUND))
    zero_line(panel)


def best(trials: pd.DataFrame) -> pd.Series | None:
    """The row of the complete trial with the highest score, or None."""
    scores = finite(trials.value[trials.state == "complete"])
    return trials.loc[scores.idxmax()] if len(scores) else None


def draw_marks(
    panel: Axes, places: pd.Series, trials: pd.DataFrame, colour: str, low: float
) -> None:
    """Draw complete trials filled and pruned ones open, as triangles at the edge below `low`."""
    for state, fill in (("pruned", "white"), ("complete", colour)):
        mine = (trials.state == state) & trials.value.notna() & places.notna()
        style = {"facecolor": fill, "edgecolor": colour, "linewidth": 0.7, "zorder": 3}
        inside = mine & (trials.value >= low)
        panel.scatter(places[inside], trials.value[inside], s=13, **style)
        below = mine & (trials.value < low)
        style |= {"marker": "v", "transform": panel.get_xaxis_transform()}
        panel.scatter(places[below], np.full(below.sum(), EDGE), s=16, **style)
