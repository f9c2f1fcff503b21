"""Marks that several figures share."""

import numpy as np
from matplotlib.axes import Axes

from nma.types import Array


def side_by_side(count: int, reach: float) -> Array:
    """Shifts (count,) from -reach to reach, for points that share a place; 0 of a single one."""
    return np.linspace(-reach, reach, count) if count > 1 else np.zeros(1)


def zero_line(panel: Axes, grey: str = "#bbbbbb") -> None:
    """Draw a thin line at a score of 0, behind everything else."""
    panel.axhline(0, color=grey, linewidth=0.6, zorder=-1)
