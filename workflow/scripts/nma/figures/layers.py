"""Figure: how well the layer of held-out points is decoded, by source, against chance and null."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from nma.figures.labels import source_label
from nma.figures.marks import side_by_side
from nma.figures.style import WIDTH, layer_ticks, save
from nma.io.hdf5 import open_h5
from nma.scores.frame import read_table
from nma.types import Array, FilePath

# Spaces that a probe sees, with their marker and whether it is filled.
SPACES = {
    "input": ("activity", "o", True),
    "random_folds": ("activity, five folds", "s", True),
    "xy_folds": ("activity, folds in x-y", "D", True),
    "nuisance": ("mean, variance, skew alone", "x", True),
    "unsupervised": ("unsupervised map", "^", False),
    "supervised": ("supervised map", "v", False),
}
PROBES = {"linear": "linear probe", "knn": "15 nearest neighbours"}
COLOUR = "#332288"
NULLS = {
    "null": ("activity, permuted labels (95 %)", "#dddddd"),
    "retrained": ("activity, models of random groups (range)", "#f0d9b5"),
}


def draw(
    *,
    metrics: FilePath,
    probes: FilePath,
    svg: FilePath,
    png: FilePath,
    sources: Sequence[str],
    layers: Mapping[str, str],
    confused: str,
    dpi: int,
) -> None:
    """Draw the accuracy of both probes for each source, and the confusion between layers of one.

    sources: of points, in their order; probes: the probes file of `confused`, one of them.
    """
    table = read_table(metrics)
    table = table[(table.layer == "all") & table.source.isin(sources)]
    figure, panels = plt.subplot_mosaic(
        [["linear", "distance"], ["knn", "distance"]],
        figsize=(WIDTH, 6.2),
        width_ratios=(2.6, 1),
        layout="constrained",
    )
    for probe, title in PROBES.items():
        draw_accuracy(panels[probe], table, sources, probe)
        panels[probe].set(title=title, ylabel="held-out points told right")
    panels["linear"].tick_params(labelbottom=False)
    handles, labels = panels["linear"].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4)
    draw_confusion(panels["distance"], probes, source_label(confused), layers)
    save(figure, svg, png, dpi)


def draw_accuracy(panel: Axes, table: pd.DataFrame, sources: Sequence[str], probe: str) -> None:
    """Draw the accuracy of a probe in each space, with the nulls and chance.

    table: rows of metrics.tsv of all layers together.
    """
    shifts = side_by_side(len(SPACES), 0.3)
    for (space, (text, marker, filled)), shift in zip(SPACES.items(), shifts, strict=True):
        rows = table[table.metric == f"layer_accuracy_{space}_{probe}"].set_index("source")
        places = [n for n, source in enumerate(sources) if source in rows.index]
        rows = rows.loc[[sources[n] for n in places]]
        panel.errorbar(
            np.array(places) + shift,
            rows.value,
            yerr=(rows.value - rows.ci_low, rows.ci_high - rows.value),
            fmt=marker,
            color=COLOUR,
            markerfacecolor=COLOUR if filled else "white",
            markersize=4,
            linewidth=0.8,
            label=text,
        )
    for null, (text, colour) in NULLS.items():
        rows = table[table.metric == f"layer_accuracy_input_{probe}_{null}"].set_index("source")
        for number, (source, row) in enumerate(rows.iterrows()):
            place = sources.index(source)
            ends = [place - 0.42, place - 0.18]
            band = {"color": colour, "zorder": -1, "label": "" if number else text}
            panel.fill_between(ends, row.ci_low, row.ci_high, **band)
            # Of a single repetition the band has no height, and this line alone is seen.
            panel.hlines(row.value, *ends, color="#888888", linewidth=1, zorder=0)
    chance = table[table.metric == "layer_chance"].value
    if len(chance):
        panel.axhline(chance.iloc[0], color="#555555", linewidth=0.8, linestyle="--")
    panel.set_xticks(range(len(sources)), map(source_label, sources), rotation=45, ha="right")
    panel.set_ylim(0, 1.02)


def draw_confusion(
    panel: Axes, path: FilePath, name_of_source: str, layers: Mapping[str, str]
) -> None:
    """Draw how far in depth a layer lies from the one that the linear probe takes it for.

    Where layers have no depths, draw which layer each is taken for.
    """
    with open_h5(path) as file:
        rows = {name: values[:] for name, values in file.get("linear_by_distance", {}).items()}
        confusion = file["confusion_linear"][:] if "confusion_linear" in file else None
    if len(rows.get("distance", ())):
        draw_distance(panel, rows)
        panel.set_title(f"taken for a layer so far away\n({name_of_source}, linear probe)")
    elif confusion is not None:
        draw_matrix(panel, confusion / confusion.sum(axis=1, keepdims=True), layers)
        panel.set_title(f"share taken for which layer\n({name_of_source}, linear probe)")
    else:
        panel.set_axis_off()


def draw_distance(panel: Axes, rows: dict[str, Array]) -> None:
    """Draw the share of answers at each distance from the true layer, against chance.

    rows: distance, rate, low, high and chance, each (distances,).
    """
    error = rows["rate"] - rows["low"], rows["high"] - rows["rate"]
    told = {"fmt": "o-", "color": COLOUR, "markersize": 4, "linewidth": 0.8}
    panel.errorbar(rows["distance"], rows["rate"], yerr=error, **told)
    panel.plot(rows["distance"], rows["chance"], "--", color="#555555", linewidth=0.8)
    panel.xaxis.set_major_locator(MaxNLocator(integer=True))
    panel.set(xlabel="layers apart", ylabel="share of held-out neurons", ylim=(0, None))


def draw_matrix(panel: Axes, shares: Array, layers: Mapping[str, str]) -> None:
    """Draw shares (true layer, layer of the answer), with their values where there is room."""
    panel.imshow(shares, cmap="GnBu", vmin=0, vmax=1)
    layer_ticks(panel, layers, room=17)
    panel.set_yticks(range(len(layers)), layers.values())
    panel.set(xlabel="taken for", ylabel="layer")
    if len(layers) <= 6:
        for (row, column), share in np.ndenumerate(shares):
            colour = "white" if share > 0.6 else "black"
            panel.text(column, row, f"{share:.2f}", color=colour, ha="center", va="center")
