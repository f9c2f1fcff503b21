"""Marks that several figures share."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from nma.types import Array


def side_by_side(count: int, reach: float) -> Array:
    """Shifts (count,) from -reach to reach, for points that share a place; 0 of a single one."""
    return np.linspace(-reach, reach, count) if count > 1 else np.zeros(1)


def with_intervals(
    panel: Axes, places: Array | float, rows: pd.DataFrame | pd.Series, **style: object
) -> None:
    """Draw points with their intervals; rows: of metrics.tsv, one a place."""
    value, low, high = (np.atleast_1d(rows[name]) for name in ("value", "ci_low", "ci_high"))
    ends = value - low, high - value
    panel.errorbar(np.atleast_1d(places), value, yerr=ends, fmt="o", markersize=4, **style)


def zero_line(panel: Axes, grey: str = "#bbbbbb") -> None:
    """Draw a thin line at a score of 0, behind everything else."""
    panel.axhline(0, color=grey, linewidth=0.6, zorder=-1)
