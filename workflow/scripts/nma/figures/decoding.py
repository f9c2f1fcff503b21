"""Figure: how precisely the angle of a stimulus is decoded from each layer, by source."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from nma.figures.labels import label
from nma.figures.marks import side_by_side, with_intervals
from nma.figures.style import WIDTH, colours, layer_ticks, save, source_palette
from nma.scores.frame import read_table
from nma.types import FilePath

PANELS = {
    "decoding_error": "median error (degrees)",
    "discrimination_threshold": "threshold of 75 % (degrees)",
}


def draw(
    *,
    metrics: FilePath,
    svg: FilePath,
    png: FilePath,
    sources: Sequence[str],
    layers: Mapping[str, str],
    split: str,
    source_colours: Sequence[str],
    dpi: int,
) -> None:
    """Draw the decoding error and the discrimination threshold, with intervals over trials.

    A dashed line is that of all neurons together, where these are more than one layer.
    """
    palette = palette_of(source_colours, sources)
    table = read_table(metrics)
    table = table[table.split == split]
    figure, panels = plt.subplots(1, len(PANELS), figsize=(WIDTH, 3.6))
    for panel, (metric, name) in zip(panels, PANELS.items(), strict=True):
        draw_scores(panel, table[table.metric == metric], sources, list(layers), palette)
        layer_ticks(panel, layers, room=35)
        panel.set(xlabel="layer", ylabel=f"{name}, {split} trials", ylim=(0, None))
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside right center", title="Decoded from")
    save(figure, svg, png, dpi)


def draw_scores(
    panel: Axes,
    rows: pd.DataFrame,
    sources: Sequence[str],
    layers: Sequence[str],
    palette: Mapping[str, str],
) -> None:
    """Draw one metric of each layer and source; rows: of metrics.tsv."""
    for source, shift in zip(sources, side_by_side(len(sources), 0.2), strict=True):
        mine = rows[rows.source == source].set_index("layer").reindex([*layers, "all"])
        style = {"color": palette[source], "linewidth": 1, "label": label(source)}
        with_intervals(panel, np.arange(len(layers)) + shift, mine.loc[layers], **style)
        together = mine.value["all"]
        if np.isfinite(together):
            style = {"color": palette["all"], "linestyle": "--", "linewidth": 1}
            panel.axhline(together, label="all neurons", **style)


def palette_of(source_colours: Sequence[str], sources: Sequence[str]) -> dict[str, str]:
    """{source: colour}; next to PCA and PPCA, `raw` neurons and `all` of them are no greys."""
    first = source_palette(source_colours, [s for s in sources if s != "raw"])
    return first | colours(source_colours[1:] or source_colours, ("raw", "all"))
