"""Figure: hidden neurons of trials from the angle, from other neurons, and from both."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import pyplot as plt

from nma.figures.labels import label
from nma.figures.marks import side_by_side, with_intervals, zero_line
from nma.figures.style import WIDTH, layer_ticks, save, source_palette
from nma.scores.frame import read_table
from nma.types import FilePath

ANGLE = "angle"


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
    """Draw cosmooth_r2 by layer and source, and its difference from that of the angle alone."""
    palette = source_palette(source_colours, sources)
    table = read_table(metrics)
    table = table[table.split == split]
    panels_of = {
        "cosmooth_r2": f"cosmooth_r2 of {split} trials",
        f"cosmooth_r2_above_{ANGLE}": "cosmooth_r2 above that of the angle",
    }
    figure, panels = plt.subplots(1, 2, figsize=(WIDTH, 3.6))
    for panel, (metric, name) in zip(panels, panels_of.items(), strict=True):
        rows = table[table.metric == metric]
        for source, shift in zip(sources, side_by_side(len(sources), 0.25), strict=True):
            values = rows[rows.source == source].set_index("layer").reindex(list(layers))
            style = {"color": palette[source], "linewidth": 1, "label": label(source)}
            with_intervals(panel, np.arange(len(layers)) + shift, values, **style)
        zero_line(panel)
        layer_ticks(panel, layers, room=35)
        panel.set(xlabel="layer", ylabel=name)
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside right center", title="Source")
    save(figure, svg, png, dpi)
