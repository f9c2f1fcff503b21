"""Figure: the trials of a model's studies, what pruning stopped, and which settings mattered."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from nma.figures.labels import label
from nma.figures.marks import zero_line
from nma.figures.style import WIDTH, colours, layer_legend, save
from nma.figures.tuning_scores import (
    EDGE,
    ROUND,
    Studies,
    best,
    draw_marks,
    finite,
    floor,
    score_limits,
    set_scores,
)
from nma.figures.tuning_slices import draw_slice, shares_dims
from nma.tuning.tables import read_study, trials_sentence
from nma.types import FilePath

COLUMNS = 4  # slices in a row, at most
GREY = "#555555"
LETTERS = 128  # of tick labels, side by side over the width of the figure
LONG = 145  # letters of a line above the figure
SCORE = "cosmooth_r2 of validation"


def draw(
    *,
    tables: Sequence[FilePath],
    svg: FilePath,
    png: FilePath,
    model: str,
    layers: Mapping[str, str],
    layer_colours: Sequence[str],
    source_colour: str,
    dpi: int,
) -> None:
    """Draw the studies of a model: history, learning curves, importance, and a slice a parameter.

    tables: those of each study, in a folder that has the name of its layer; source_colour: of the
    model, for a single study; several have the colours of their layers.
    """
    folders = dict.fromkeys(Path(table).parent for table in tables)
    studies = {folder.name: read_study(folder) for folder in folders}
    palette = dict.fromkeys(studies, source_colour)
    if len(studies) > 1:
        of_all = colours(layer_colours, layers)
        palette = {layer: of_all[layer] for layer in studies}
    shares = importance_table(studies)
    keys = ordered_keys(studies, shares)
    names = short_names(keys)
    rows = -(-len(keys) // COLUMNS)
    columns = -(-len(keys) // rows)
    figure = plt.figure(figsize=(WIDTH, 3.6 + 2.1 * rows), layout="constrained")
    top, bottom = figure.subfigures(2, 1, height_ratios=(2.8, 2.1 * rows))
    history, curves, importance = top.subplots(1, 3, width_ratios=(1.4, 1.1, 1))

    limits = score_limits(study["trials"] for study in studies.values())
    draw_history(history, studies, palette, limits)
    draw_curves(curves, studies, palette)
    draw_importance(importance, shares, keys, names, palette)
    slices = bottom.subplots(rows, columns, squeeze=False)
    for number, panel in enumerate(slices.flat):
        if number >= len(keys):
            panel.set_axis_off()
            continue
        key = keys[number]
        draw_slice(panel, key, studies, palette, limits, room=LETTERS // columns)
        panel.set_xlabel(names[key])
        panel.tick_params(labelleft=number % columns == 0)
        if number % columns == 0:
            panel.set_ylabel(SCORE)

    first = next(iter(studies))  # `all` of a shared network has no name of its own
    where = layers.get(first, first) if len(studies) == 1 else f"{len(studies)} layers"
    text = f"{label(model)}, {where}: {trials_sentence(folders)}"
    text = text.replace("; ", ";\n") if len(text) > LONG else text
    figure.suptitle(text, fontsize=8, color=GREY)
    mark_legend(figure, studies, limits, source_colour if len(studies) == 1 else GREY)
    if len(studies) > 1:
        layer_legend(figure, palette, layers)
    save(figure, svg, png, dpi)


def importance_table(studies: Studies) -> pd.DataFrame:
    """Shares (parameter x layer) of the layers that have them, the greatest mean first."""
    table = pd.DataFrame(
        {layer: study["importance"] for layer, study in studies.items()}, dtype=float
    )
    table = table.dropna(axis="columns", how="all")
    return table.loc[table.mean(axis=1).sort_values(ascending=False, kind="stable").index]


def ordered_keys(studies: Studies, shares: pd.DataFrame) -> list[str]:
    """All parameters of the spaces: dims, the others by importance, then those without a share."""
    keys = list(dict.fromkeys(key for study in studies.values() for key in study["space"]))
    told = [key for key in shares.index if key in keys]
    return sorted(told + [key for key in keys if key not in told], key=lambda key: key != "dims")


def short_names(keys: Sequence[str]) -> dict[str, str]:
    """{key: its last part, or all of it where two parameters share that}."""
    short = {key: key.removeprefix("training.").removeprefix("options.") for key in keys}
    parts = list(short.values())
    return {key: key if parts.count(part) > 1 else part for key, part in short.items()}


def default_score(trials: pd.DataFrame) -> float:
    """The score of the default settings; NaN where they have none."""
    return trials.value[(trials.default == 1) & (trials.state == "complete")].max()


def draw_history(
    panel: Axes,
    studies: Studies,
    palette: dict[str, str],
    limits: tuple[float, float],
) -> None:
    """Draw the score of each trial in order, the best so far and the defaults."""
    last = max(study["trials"].trial.max() for study in studies.values())
    for layer, study in studies.items():
        trials, colour = study["trials"], palette[layer]
        draw_marks(panel, trials.trial, trials, colour, limits[0])
        none = trials.value.isna()
        style = {"marker": "x", "s": 14, "color": colour, "linewidth": 0.9}
        style["transform"] = panel.get_xaxis_transform()
        panel.scatter(trials.trial[none], np.full(none.sum(), EDGE), **style)
        so_far = trials.value.where(trials.state == "complete").cummax().ffill()
        ends = np.append(trials.trial, last), np.append(so_far, so_far.iloc[-1])
        panel.plot(*ends, drawstyle="steps-post", color=colour, linewidth=1.1)
        panel.axhline(default_score(trials), **dashes(colour))
    set_scores(panel, limits)
    panel.set_xlim(-0.04 * last - 0.5, 1.04 * last + 0.5)
    panel.xaxis.set_major_locator(MaxNLocator(6, integer=True, steps=ROUND))
    panel.set(title="trials in order", xlabel="trial", ylabel=SCORE)


def dashes(colour: str) -> dict[str, Any]:
    """The line of the default settings."""
    return {"color": colour, "linewidth": 0.8, "linestyle": (0, (4, 3)), "zorder": 0}


def draw_curves(panel: Axes, studies: Studies, palette: dict[str, str]) -> None:
    """Draw the course of all trials, pruned ones paler and up to their end, the best one bold."""
    floors, top = [], []
    for layer, study in studies.items():
        trials, colour = study["trials"].set_index("trial"), palette[layer]
        chosen = best(study["trials"])
        shown = finite(study["curves"].value)
        if len(shown):
            floors.append(max(floor(shown), shown.min()))
            top.append(shown.max())
        for number, curve in study["curves"].sort_values("step").groupby("trial"):
            line = {"color": colour, "linewidth": 0.7, "alpha": 0.75}
            if trials.state.get(number) != "complete":
                line["alpha"] = 0.35
                panel.plot(
                    *(curve.step.iloc[-1], curve.value.iloc[-1]),
                    **{"marker": "o", "markersize": 3, "markerfacecolor": "white"},
                    **{"markeredgecolor": colour, "markeredgewidth": 0.7, "alpha": 0.7},
                )
            elif number == chosen.trial:
                line |= {"linewidth": 1.7, "alpha": 1, "zorder": 3}
            panel.plot(curve.step, curve.value, **line)
    zero_line(panel)
    if floors:
        room = 0.06 * (max(top) - min(floors)) or 0.01
        panel.set_ylim(min(floors) - room, max(top) + room)
    panel.xaxis.set_major_locator(MaxNLocator(5, integer=True, steps=ROUND))
    panel.yaxis.set_major_locator(MaxNLocator(6, steps=ROUND))
    panel.set(title="learning curves (bold: the best trial)", xlabel="step", ylabel=SCORE)


def draw_importance(
    panel: Axes,
    shares: pd.DataFrame,
    keys: Sequence[str],
    names: dict[str, str],
    palette: dict[str, str],
) -> None:
    """Draw the mean share of each parameter, with a point a layer where there are several.

    shares: (parameter x layer); keys: of all parameters, which `names` shortens.
    """
    panel.set_title("importance" if len(palette) == 1 else "importance (bars: mean of layers)")
    if shares.empty:
        panel.set_axis_off()
        text = "not told: too few\ncomplete trials"
        middle = {"ha": "center", "va": "center", "transform": panel.transAxes}
        panel.text(0.5, 0.5, text, color="#888888", fontsize=8, **middle)
        return
    told = list(shares.index)
    listed = told + [key for key in keys if key not in told]
    several = len(palette) > 1
    colour = "#d5d5d5" if several else next(iter(palette.values()))
    panel.barh(range(len(told)), shares.mean(axis=1), color=colour, height=0.6)
    for layer in shares.columns if several else ():
        point = {"s": 11, "color": palette[layer], "zorder": 3, "clip_on": False}
        panel.scatter(shares[layer], range(len(told)), **point)
    # A setting whose default lies outside the space has no share, which is not a share of 0.
    for place in range(len(told), len(listed)):
        panel.text(0.01, place, "–", color="#888888", va="center")
    panel.set_yticks(range(len(listed)), [names.get(key, key) for key in listed])
    panel.tick_params(axis="y", length=0)
    panel.set(xlabel="share of variance of scores", xlim=(0, 1))
    # With few parameters bars are no thicker than with many.
    spare = max(0, 4 - len(listed)) / 2
    panel.set_ylim(len(listed) - 0.5 + spare, -0.5 - spare)


def mark_legend(figure: Figure, studies: Studies, limits: tuple[float, float], colour: str) -> None:
    """Add a legend of the marks that the figure has."""
    trials = pd.concat([study["trials"] for study in studies.values()])
    defaults = [default_score(study["trials"]) for study in studies.values()]
    mark = {"linestyle": "", "color": colour, "markersize": 4, "markeredgewidth": 0.8}
    dot = mark | {"marker": "o"}
    spread = mark | {"marker": "$\\vdash$", "markersize": 6}
    known = {
        "complete": dot,
        "pruned, at its last score": dot | {"markerfacecolor": "white"},
        "below the panel": mark | {"marker": "v"},
        "failed, no score": mark | {"marker": "x"},
        "best": dot | {"markerfacecolor": "none", "markersize": 8},
        "best so far": {"color": colour, "linewidth": 1.1},
        "default settings": dashes(colour),
        "mean and range at the same dims": spread,
    }
    complete = trials[trials.state == "complete"]
    shown = {
        "complete": len(complete) > 0,
        "pruned, at its last score": (trials.state == "pruned").any(),
        "below the panel": (trials.value < limits[0]).any(),
        "failed, no score": trials.value.isna().any(),
        "best": len(complete) > 0,
        "best so far": len(complete) > 0,
        "default settings": np.nanmax([*defaults, -np.inf]) >= limits[0],
        "mean and range at the same dims": any(map(shares_dims, studies.values())),
    }
    handles = [plt.Line2D([], [], label=text, **known[text]) for text in known if shown[text]]
    spacing = {"columnspacing": 1.2, "handletextpad": 0.4}
    figure.legend(handles=handles, loc="outside lower center", ncols=4, **spacing)
