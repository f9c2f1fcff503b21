"""Figures of scores over recordings: by layer and source, and of each recording as a whole.

The summary of all recordings draws them; no rule of their own does.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from nma.figures.labels import label
from nma.figures.marks import side_by_side, zero_line
from nma.figures.style import (
    RAW_COLOUR,
    WIDTH,
    colours,
    layer_ticks,
    save,
    source_palette,
    use_style,
)
from nma.types import Array, FilePath

# With fewer recordings each is a point; with more a line is their range and a bar their quartiles.
POINTS = 6


def draw_scores(
    held_out: dict[str, pd.DataFrame],
    metric: str,
    layers: Mapping[str, str],
    sources: Sequence[str],
    source_colours: Sequence[str],
    *,
    svg: FilePath,
    png: FilePath,
    dpi: int,
) -> None:
    """Draw one metric of every recording by layer and source, and its mean over layers.

    held_out: {recording: frame with `value` by source, metric and layer}; layers: of the recording
    that has most.
    """
    use_style()
    palette = source_palette(source_colours, sources)
    values = {
        source: pd.DataFrame(
            {
                name: _by_layer(scores, source, metric).reindex(list(layers))
                for name, scores in held_out.items()
            }
        )
        for source in sources
    }
    figure, (by_layer, whole) = plt.subplots(
        1, 2, figsize=(WIDTH, 3.8), sharey=True, width_ratios=(4, 1.4)
    )
    shifts = side_by_side(len(sources), 0.34)
    for place, (source, shift) in enumerate(zip(sources, shifts, strict=True)):
        for number, layer in enumerate(layers):
            _spread(by_layer, number + shift, values[source].loc[layer].dropna(), palette[source])
        _points(whole, place, values[source].mean(), palette[source])
    handles = [
        plt.Line2D([], [], marker="o", linestyle="", markersize=5, color=palette[s], label=label(s))
        for s in sources
    ]
    for panel in (by_layer, whole):
        zero_line(panel)
    layer_ticks(by_layer, layers, room=75)
    by_layer.set(xlabel="layer", ylabel=f"{metric} of held-out data")
    whole.set_xticks(range(len(sources)), [label(s) for s in sources], rotation=45, ha="right")
    whole.set_title("mean over layers; bar: median")
    figure.legend(handles=handles, loc="outside right center", title="Source")
    save(figure, svg, png, dpi)


def _by_layer(scores: pd.DataFrame, source: str, metric: str) -> pd.Series:
    """Values of a source by layer; none where a recording does not have it, as one of trials."""
    known = (source, metric) in scores.index
    return scores.value.loc[source, metric] if known else pd.Series(dtype=float)


def draw_dims(
    tables: dict[str, pd.DataFrame],
    layers: Mapping[str, str],
    layer_colours: Sequence[str],
    *,
    svg: FilePath,
    png: FilePath,
    dpi: int,
) -> None:
    """Draw the reliable components of each layer, and of all neurons where these differ.

    tables: {recording: its metrics.tsv}; layers: of the recording that has most.
    """
    use_style()
    dims = pd.DataFrame(
        {
            name: table[table.metric == "svca_reliable_components"].set_index("layer").value
            for name, table in tables.items()
        }
    )
    palette = colours(layer_colours, layers)
    together = "all" in dims.index
    dims = dims.reindex([*layers, *["all"] * together])
    figure, panels = plt.subplots(
        1,
        1 + together,
        figsize=(WIDTH, 3.2),
        squeeze=False,
        width_ratios=(4, 1.4)[: 1 + together],
    )
    for number, layer in enumerate(layers):
        _points(panels[0, 0], number, dims.loc[layer].dropna(), palette[layer])
    layer_ticks(panels[0, 0], layers, room=75)
    panels[0, 0].set(xlabel="layer", ylabel="reliable components")
    if together:
        _points(panels[0, 1], 0, dims.loc["all"].dropna(), RAW_COLOUR)
        panels[0, 1].set_xticks([0], ["all neurons"])
        panels[0, 1].set_xlim(-1, 1)
    for panel in panels[0]:
        panel.set_ylim(bottom=0)
    figure.suptitle("a point a recording; bar: median", fontsize=9)
    save(figure, svg, png, dpi)


def _points(panel: Axes, place: float, values: Array, colour: str) -> None:
    """Draw a point a recording, in their order from left to right, and their median; of no
    recordings nothing."""
    if not len(values):
        return
    panel.plot(
        place + side_by_side(len(values), 0.2), values, "o", color=colour, markersize=3, alpha=0.7
    )
    panel.hlines(np.median(values), place - 0.32, place + 0.32, color=colour, linewidth=2, zorder=3)


def _spread(panel: Axes, place: float, values: Array, colour: str) -> None:
    """Draw points of few recordings; of many their range, quartiles and median."""
    if len(values) < POINTS:
        panel.plot(np.full(len(values), place), values, "o", color=colour, markersize=3.5)
        return
    low, first, median, third, high = np.quantile(values, [0, 0.25, 0.5, 0.75, 1])
    panel.vlines(place, low, high, color=colour, linewidth=0.8)
    panel.vlines(place, first, third, color=colour, linewidth=3)
    panel.plot(place, median, "o", color="white", markeredgecolor=colour, markersize=3.2)
