"""Figure: one metric on held-out data by layer and source, PCA at equal dims among them."""

from collections.abc import Mapping, Sequence

import numpy as np

from nma.figures.drawn import keep
from nma.figures.labels import label
from nma.figures.marks import side_by_side, zero_line
from nma.figures.style import (
    is_narrow,
    layer_ticks,
    legend_place,
    save,
    side_by_side_panels,
    source_palette,
)
from nma.scores.frame import over_seeds, read_table
from nma.types import FilePath


def draw(
    *,
    metrics: FilePath,
    metric: str,
    layers: Mapping[str, str],
    sources: Sequence[str],
    split: str,
    source_colours: Sequence[str],
    **files: object,
) -> None:
    """Draw the metric and its intervals over seeds, and its mean over layers.

    Of a simulation, dashed lines show what is attainable.
    """
    palette = source_palette(source_colours, sources)
    table = read_table(metrics)
    table = table[(table.metric == metric) & (table.split == split)]

    figure, (by_layer, together) = side_by_side_panels(3.8, (4, 1.4), sharey=True)
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
        names, ends = list(layers.values()), (rows.ci_low, rows.ci_high)
        keep(by_layer, names, rows.value, *ends, series=label(source), layer=list(layers))
        together.plot(place + of_layers, rows.value, "o", color=palette[source], markersize=3)
        together.hlines(rows.value.mean(), place - 0.3, place + 0.3, color=palette[source])
        keep(together, label(source), rows.value, series="layers", layer=list(layers))
        keep(together, label(source), rows.value.mean(), series="mean")
    attainable = table[table.source == "attainable"].set_index("layer").value
    if len(attainable):
        style = {"color": "black", "linestyle": "--", "linewidth": 1, "zorder": -1}
        attainable = attainable.loc[list(layers)]
        by_layer.plot(attainable.to_numpy(), label=label("attainable"), **style)
        keep(by_layer, names, attainable, series="attainable", layer=list(layers))
        together.axhline(attainable.mean(), **style)
        keep(together, "", attainable.mean(), series="attainable, mean")
    layer_ticks(by_layer, layers, room=75)
    between = "\n" if is_narrow() else " "
    ylabel = f"{metric} of {split} data{between}(train mean predicts 0)"
    by_layer.set(xlabel="layer", ylabel=ylabel)
    zero_line(by_layer)
    zero_line(together)
    together.set_xticks(range(len(sources)), [label(s) for s in sources], rotation=45, ha="right")
    if is_narrow():
        together.set_ylabel(ylabel)
    together.set_title("all layers; bar: mean")
    figure.legend(**legend_place(), title="Source")
    save(figure, **files)
