"""The numbers that a figure shows, kept as it is drawn, for a table next to it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nma.types import Array

COLUMNS = ("panel", "series", "layer", "x_axis", "x", "y_axis", "y", "y_low", "y_high")
Column = Array | pd.Series | Sequence | float | str


def keep(
    panel: Axes,
    x: Column,
    y: Column,
    y_low: Column = np.nan,
    y_high: Column = np.nan,
    *,
    series: str,
    layer: Column = "",
    sideways: bool = False,
) -> None:
    """Keep points of a panel as they are drawn.

    x, y: numbers, or names where the axis has names; y_low, y_high: ends of intervals or ranges;
    series: what the points show; layer: theirs, where each layer has points of its own;
    sideways: whether the panel has y, with its interval, on its horizontal axis.
    """
    values = {"x": x, "y": y, "y_low": y_low, "y_high": y_high, "layer": layer}
    arrays = dict(
        zip(values, np.broadcast_arrays(*map(np.atleast_1d, values.values())), strict=True)
    )
    kept = panel.figure.__dict__.setdefault("kept", [])
    kept.append((panel, sideways, pd.DataFrame(arrays).assign(series=series)))


def drawn(figure: Figure) -> pd.DataFrame:
    """All that `keep` has of a figure: a row a point, with COLUMNS.

    panel: a, b, ... in their order; x_axis, y_axis: what the axes say, with units.
    """
    tables = []
    for panel, sideways, rows in figure.__dict__.get("kept", []):
        place = chr(ord("a") + figure.axes.index(panel))
        axes = [" ".join(text.split()) for text in (panel.get_xlabel(), panel.get_ylabel())]
        x_axis, y_axis = reversed(axes) if sideways else axes
        tables.append(rows.assign(panel=place, x_axis=x_axis, y_axis=y_axis)[list(COLUMNS)])
    if not tables:
        return pd.DataFrame(columns=list(COLUMNS))
    table = pd.concat(tables).dropna(subset=["y", "y_low", "y_high"], how="all")
    return table.assign(x=table.x.map(_written)).sort_values("panel", kind="stable")


def _written(x: float | str) -> str:
    """A place in a column of names and numbers, as text; names are written for Matplotlib."""
    if isinstance(x, str):
        return x.replace(r"\$", "$")
    return "" if np.isnan(x) else f"{x:.6g}"
