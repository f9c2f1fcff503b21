"""Figure: how well activity is predicted, by how far ahead."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from nma.figures.drawn import keep
from nma.figures.labels import label
from nma.figures.marks import zero_line
from nma.figures.style import legend_place, save, side_by_side_panels, source_palette
from nma.scores.frame import read_table, scores_by_layer
from nma.sources import FORECASTS
from nma.statistics.intervals import mean_interval
from nma.types import FilePath

BEST = "best simple forecast"
# {simple forecast: (line style, marker)}, all in one grey.
SIMPLE = dict(
    zip(
        (name for name in FORECASTS if name != "lds"),
        (("-", "o"), ("-", "s"), ("--", "^"), ("--", "v"), (":", "D")),
        strict=True,
    )
)
GREY, DARK = "#999999", "#222222"


def draw(
    *,
    metrics: FilePath,
    sources: Sequence[str],
    compared: Sequence[str],
    split: str,
    source_colours: Sequence[str],
    **files: object,
) -> None:
    """Draw r2 of every source by horizon, and what the LDS and networks gain over simple forecasts.

    Means over layers with their intervals. compared: sources that share colours in other figures.
    """
    table = read_table(metrics)
    seconds = float(table[table.metric == "forecast_bin_seconds"].value.iloc[0])
    palette = source_palette(source_colours, compared)
    r2, skill = (by_horizon(table, f"forecast_{name}", split) for name in ("r2", "skill"))
    figure, (left, right) = side_by_side_panels(3.8, (1.5, 1))
    if "lds" not in r2:
        left.text(0.5, 0.5, f"{split} is constant", ha="center", va="center")
        save(figure, **files)
        return
    for source, (style, marker) in SIMPLE.items():
        draw_means(left, r2[source], seconds, color=GREY, linestyle=style, marker=marker,
                  markersize=3, linewidth=0.8, label=label(source))  # fmt: skip
    others = [source for source in sources if source in skill]
    best = {h: by_layer - skill["lds"][h] for h, by_layer in r2["lds"].items()}
    draw_means(left, best, seconds, color=DARK, marker="s", markersize=4, linewidth=2, label=BEST)
    for number, source in enumerate(others):
        shift = 1.015 ** (number + 1)
        style = {"color": palette[source], "marker": "o", "markersize": 4, "linewidth": 1.5}
        draw_intervals(left, r2[source], seconds, shift, **style, label=label(source))
        draw_intervals(right, skill[source], seconds, shift, **style, label=label(source))
    if "truth" in r2:
        draw_means(left, r2["truth"], seconds, color=DARK, linestyle="--", linewidth=1.2,
                  label="ceiling (true latents)")  # fmt: skip
    left.set(ylabel=f"forecast r2 of {split} time", xlabel="time ahead (s)")
    right.set(ylabel="r2 above the best simple forecast", xlabel="time ahead (s)")
    for panel in (left, right):
        zero_line(panel)
        panel.set_xscale("log")
        places = [h * seconds for h in r2["lds"]]
        panel.set_xticks(places, [f"{place:.3g}" for place in places])
        panel.xaxis.set_minor_locator(NullLocator())
    figure.legend(*left.get_legend_handles_labels(), **legend_place(2))
    save(figure, **files)


def by_horizon(table: pd.DataFrame, metric: str, split: str) -> dict[str, dict[int, pd.DataFrame]]:
    """{source: {horizon: value, ci_low and ci_high by layer}}, averaged over seeds."""
    bins = table.metric.str.extract(f"^{metric}_at_(\\d+)$", expand=False)
    found = {}
    for h in sorted(set(bins.dropna().astype(int))):
        scores = scores_by_layer(table[table.metric == f"{metric}_at_{h}"], split)
        for source, rows in scores.groupby("source"):
            found.setdefault(source, {})[h] = rows.droplevel(["source", "metric"])
    return found


def draw_means(panel: Axes, rows: dict[int, pd.DataFrame], seconds: float, **style: object) -> None:
    """Draw the mean over layers by horizon; rows: of one source of by_horizon."""
    means = [of_layers.value.mean() for of_layers in rows.values()]
    ahead = np.array(list(rows)) * seconds
    panel.plot(ahead, means, **style)
    keep(panel, ahead, means, series=style["label"])


def draw_intervals(
    panel: Axes, rows: dict[int, pd.DataFrame], seconds: float, shift: float, **style: object
) -> None:
    """The same with intervals over layers; a single layer has its own.

    shift: a factor, so that intervals do not cover each other.
    """
    found = []
    for of_layers in rows.values():
        mean, low, high = mean_interval(of_layers.value)
        if len(of_layers) == 1:
            low, high = of_layers.ci_low.iloc[0], of_layers.ci_high.iloc[0]
        found.append((mean, low, high))
    mean, low, high = np.array(found).T
    ahead, ends = np.array(list(rows)) * seconds, (mean - low, high - mean)
    panel.errorbar(ahead * shift, mean, yerr=ends, elinewidth=0.8, **style)
    keep(panel, ahead, mean, low, high, series=style["label"])
