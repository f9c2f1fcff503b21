"""Figure: one metric on held-out data by layer and source, PCA at equal dims among them."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import pyplot as plt

from nma.figures.labels import label
from nma.figures.marks import side_by_side, zero_line
from nma.figures.style import WIDTH, layer_ticks, save, source_palette
from nma.scores.frame import over_seeds, read_table
from nma.types import FilePath


def draw(
    *,
    metrics: FilePath,
    svg: FilePath,
    png: FilePath,
    metric: str,
    layers: Mapping[str, str],
    sources: Sequence[str],
    split: str,
    source_colours: Sequence[str],
    dpi: int,
) -> None:
    """Draw the metric and its intervals over seeds, and its mean over layers.

    Of a simulation, dashed lines show what is attainable.
    """
    palette = source_palette(source_colours, sources)
    table = read_table(metrics)
    table = table[(table.metric == metric) & (table.split == split)]

    figure, (by_layer, together) = plt.subplots(
        1, 2, figsize=(WIDTH, 3.8), sharey=True, width_ratios=(4, 1.4)
    )
    of_sources, of_layers = side_by_side(len(sources), 0.3), side_by_side(len(layers), 0.15)
    for place, (source, shift) in enumerate(zip(sources, of_sources, strict=True)):
        rows = over_seeds(table[table.source == source], "layer").loc[list(layers)]
        by_layer.errorbar(
            np.arange(len(layers)) + shift,
            rows.value,
            yerr=(rows.value - rows.ci_low, rows.ci_high - rows.value),
            fmt="o",
            color=palette[source],
            markersize=4,
            linewidth=1,
            label=label(source),
        )
        together.plot(place + of_layers, rows.value, "o", color=palette[source], markersize=3)
        together.hlines(rows.value.mean(), place - 0.3, place + 0.3, color=palette[source])
    attainable = table[table.source == "attainable"].set_index("layer").value
    if len(attainable):
        style = {"color": "black", "linestyle": "--", "linewidth": 1, "zorder": -1}
        by_layer.plot(attainable.loc[list(layers)].to_numpy(), label=label("attainable"), **style)
        together.axhline(attainable.mean(), **style)
    layer_ticks(by_layer, layers, room=75)
    by_layer.set(xlabel="layer", ylabel=f"{metric} of {split} data (train mean predicts 0)")
    zero_line(by_layer)
    zero_line(together)
    together.set_xticks(range(len(sources)), [label(s) for s in sources], rotation=45, ha="right")
    together.set_title("all layers; bar: mean")
    figure.legend(loc="outside right center", title="Source")
    save(figure, svg, png, dpi)
