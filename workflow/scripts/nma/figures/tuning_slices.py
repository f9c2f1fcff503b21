"""Panels of the figure of studies: scores of trials against one parameter."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import ScaledTranslation

from nma.figures.tuning_scores import ROUND, Studies, best, draw_marks, set_scores


def draw_slice(
    panel: Axes,
    key: str,
    studies: Studies,
    palette: dict[str, str],
    limits: tuple[float, float],
    room: int,
) -> None:
    """Draw scores against one parameter, the best trial ringed.

    Trials without a value of it are left out. studies, palette: by layer; limits: of scores; room:
    letters that fit below the panel.
    """
    spec = next(study["space"][key] for study in studies.values() if key in study["space"])
    texts = {layer: study["trials"].get(f"param:{key}") for layer, study in studies.items()}
    texts = {layer: column for layer, column in texts.items() if column is not None}
    if spec["type"] == "categorical":
        places = categorical_axis(panel, spec, texts, studies, room)
    else:
        places = {layer: pd.to_numeric(column, "coerce") for layer, column in texts.items()}
        if spec.get("log"):
            places = {layer: column.where(column > 0) for layer, column in places.items()}
        numeric_axis(panel, spec, pd.concat(list(places.values())).dropna(), room)
    for number, (layer, place) in enumerate(places.items()):
        trials, colour = studies[layer]["trials"], palette[layer]
        draw_marks(panel, place, trials, colour, limits[0])
        chosen = best(trials)
        if chosen is not None:
            ring = {"facecolor": "none", "edgecolor": colour, "linewidth": 1.1, "zorder": 4}
            panel.scatter(place[chosen.name], chosen.value, s=60, **ring)
        if key == "dims":
            draw_spread(panel, place, trials, colour, points=5 + 1.5 * number)
    set_scores(panel, limits)


def draw_spread(
    panel: Axes, dims: pd.Series, trials: pd.DataFrame, colour: str, points: float
) -> None:
    """Draw mean and range of complete trials with the same dims, so many points to the right."""
    mine = (trials.state == "complete") & np.isfinite(trials.value)
    groups = trials.value[mine].groupby(dims[mine])
    table = groups.agg(["mean", "min", "max", "count"])
    table = table[table["count"] > 1]
    shift = ScaledTranslation(points / 72, 0, panel.figure.dpi_scale_trans)
    style = {"color": colour, "linewidth": 0.9, "transform": panel.transData + shift}
    panel.vlines(table.index, table["min"], table["max"], **style)
    style |= {"marker": "_", "markersize": 6, "markeredgewidth": 1.4, "linestyle": ""}
    panel.plot(table.index, table["mean"], **style)


def shares_dims(study: dict[str, Any]) -> bool:
    """Whether complete trials have the same dims, so that `draw_spread` draws anything."""
    trials = study["trials"]
    complete = trials[(trials.state == "complete") & np.isfinite(trials.value)]
    return "dims" in study["space"] and complete.get("param:dims", pd.Series()).duplicated().any()


def categorical_axis(
    panel: Axes,
    spec: dict[str, Any],
    texts: dict[str, pd.Series],
    studies: Studies,
    room: int,
) -> dict[str, pd.Series]:
    """{layer: place of each trial}, scattered about its choice in the order of trials.

    spec: of the parameter in the space; texts: {layer: its value in each trial}.
    """
    seen = [text for column in texts.values() for text in column if text]
    choices = list(dict.fromkeys([*map(str, spec["choices"]), *seen]))
    crowded = (max(map(len, choices)) + 1) * len(choices) > room
    turned = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"} if crowded else {}
    panel.set_xticks(range(len(choices)), choices, **turned)
    panel.set_xlim(-0.5, len(choices) - 0.5)
    order = {choice: place for place, choice in enumerate(choices)}
    # Multiples of the golden ratio spread evenly, however many trials there are.
    return {
        layer: column.map(order) + 0.5 * (studies[layer]["trials"].trial * 0.618034 % 1 - 0.5)
        for layer, column in texts.items()
    }


def numeric_axis(panel: Axes, spec: dict[str, Any], values: Iterable[float], room: int) -> None:
    """Show the range of the space, and trials outside of it, with ticks that can be read."""
    low, high = min([spec["low"], *values]), max([spec["high"], *values])
    if spec.get("log"):
        panel.set_xscale("log")
        margin = (high / low) ** 0.07 if high > low else 1.5
        panel.set_xlim(low / margin, high * margin)
        ticks = log_ticks(low, high, most=room // 8)
        panel.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        panel.minorticks_off()
    else:
        margin = 0.07 * (high - low) or 0.5
        panel.set_xlim(low - margin, high + margin)
        whole = spec["type"] == "int"
        panel.xaxis.set_major_locator(MaxNLocator(min(6, room // 6), integer=whole, steps=ROUND))


def log_ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers from low to high, at most so many; the ends where there are not two."""
    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    for heads in ((1, 2, 5), (1, 3), (1,)):
        ticks = [float(f"{head}e{decade}") for decade in decades for head in heads]
        ticks = [tick for tick in ticks if low <= tick <= high]
        if len(ticks) <= most:
            break
    ticks = ticks[:: -(-len(ticks) // most) or 1]
    return ticks if len(ticks) > 1 else sorted({low, high})
