"""Figure: how slow neurons and latents are, and how scores change as bins grow."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import (
    FixedLocator,
    Locator,
    LogLocator,
    NullLocator,
    StrMethodFormatter,
)

from nma.figures.drawn import keep
from nma.figures.labels import label
from nma.figures.marks import side_by_side, zero_line
from nma.figures.style import (
    colours,
    is_narrow,
    layer_legend,
    legend_place,
    save,
    side_by_side_panels,
    source_palette,
)
from nma.io.hdf5 import open_h5
from nma.scores.frame import read_table, unpredicted
from nma.types import Array, FilePath

MARKERS = {"neurons": "o", "latents": "^"}
RAW = "raw"
# Metrics that are there by width of bins, with their line.
LINES = {"r2": "-", "masked_r2": "--", "explained_variance_at_n10": ":"}
WIDTH_OF = r"_at_bins_of_(\d+)$"


def draw(
    *,
    raw: FilePath,
    metrics: FilePath,
    sources: Sequence[str],
    layers: Mapping[str, str],
    split: str,
    layer_colours: Sequence[str],
    source_colours: Sequence[str],
    **files: object,
) -> None:
    """Draw time scales of raw neurons, medians of each source, and scores at each width of bins.

    raw: time_scales/raw.h5. The LDS has no medians in layers whose hidden neurons it is not
    shown to predict.
    """
    with open_h5(raw) as file:
        neurons = file["neurons"][:]
        bin_seconds = float(file.attrs["bin_seconds"])
    layer_palette = colours(layer_colours, layers)
    table = read_table(metrics)
    truth = table[(table.metric == "time_scale_truth") & table.layer.isin(layers)].value
    untold = (table.source == "lds") & table.layer.isin(unpredicted(table, "lds"))
    table = table[~(untold & table.metric.isin([f"time_scale_{kind}" for kind in MARKERS]))]
    of_train = table.metric.str.startswith("explained_variance_at_n10_")
    table = table[((table.split == split) | of_train) & table.source.isin(sources)]

    figure, (distribution, medians, widths) = side_by_side_panels(4.2, (1, 1.3, 1.1))
    draw_distribution(distribution, neurons, layer_palette)
    draw_medians(medians, table, sources, layer_palette, truth)
    # Raw neurons are no source in other figures, and the sources keep their colours.
    sources = [source for source in sources if source != RAW]
    draw_widths(widths, table, source_palette(source_colours, sources), sources, bin_seconds)
    in_seconds(distribution.xaxis, LogLocator(subs=(1, 2, 5)))
    in_seconds(medians.yaxis, LogLocator(subs=(1, 2, 5)))
    present = table.metric.str.extract(WIDTH_OF, expand=False).dropna().astype(int).unique()
    in_seconds(widths.xaxis, FixedLocator([width * bin_seconds for width in sorted(present)]))
    key = {"labelspacing": 0.25}
    of_layers = {"loc": f"outside {'upper center' if is_narrow() else 'right upper'}"}
    layer_legend(figure, layer_palette, layers, **key | of_layers)
    key |= legend_place() | ({} if is_narrow() else {"loc": "outside right lower"})
    if widths.lines:
        key |= {"title": "Source", "handlelength": 1.2}
        figure.legend(*widths.get_legend_handles_labels(), **key)
    distribution.set(title="raw neurons", xlabel=f"time scale in {split} time (s)")
    distribution.set(ylabel="share of neurons as fast", ylim=(0, 1.02))
    medians.set(title="medians of a layer", ylabel=f"time scale in {split} time (s)")
    widths.set(title="wider bins, mean of layers", xlabel="bin (s)", ylabel="score")
    save(figure, **files)


def draw_distribution(panel: Axes, neurons: Array, palette: dict[str, str]) -> None:
    """Draw the cumulative share, by layer, of the neurons that have a time scale.

    neurons: time scales (layers, neurons), NaN where there is none.
    """
    for values, (layer, colour) in zip(neurons, palette.items(), strict=True):
        values = values[np.isfinite(values)]
        if len(values):
            steps = panel.ecdf(values, color=colour, linewidth=1)
            keep(panel, *steps.get_data(), series="raw neurons", layer=layer)


def draw_medians(
    panel: Axes,
    table: pd.DataFrame,
    sources: Sequence[str],
    palette: dict[str, str],
    truth: pd.Series,
) -> None:
    """Draw a point a layer of each source, neurons left, latents right; a line at the truth.

    palette: {layer: colour}; truth: of a simulation, by layer; empty otherwise.
    """
    layers = list(palette)
    shifts = side_by_side(len(layers), 0.12)
    for kind, aside in (("neurons", -0.2), ("latents", 0.2)):
        rows = table[table.metric == f"time_scale_{kind}"]
        for place, source in enumerate(sources):
            values = rows[rows.source == source].groupby("layer").value.mean().reindex(layers)
            panel.scatter(
                place + aside + shifts,
                values,
                s=12,
                marker=MARKERS[kind],
                c=list(palette.values()),
            )
            if values.notna().any():
                keep(panel, label(source), values, series=kind, layer=layers)
    handles = [
        plt.Line2D([], [], marker=marker, linestyle="", color="#444444", markersize=4, label=kind)
        for kind, marker in MARKERS.items()
    ]
    if len(truth):
        style = {"color": "#222222", "linewidth": 0.8, "linestyle": "--", "zorder": -1}
        handles.append(panel.axhline(truth.mean(), label="true latents", **style))
        keep(panel, "", truth.mean(), series="true latents")
    panel.legend(handles=handles, loc="upper left", handletextpad=0.3)
    panel.set_xticks(range(len(sources)), map(label, sources), rotation=45, ha="right")
    panel.margins(y=0.25)


def draw_widths(
    panel: Axes,
    table: pd.DataFrame,
    palette: dict[str, str],
    sources: Sequence[str],
    bin_seconds: float,
) -> None:
    """Draw scores of each source at each width of bins, means of the layers.

    palette: {source: colour}; bin_seconds: of a bin of the tensors.
    """
    keys = []
    for metric, line in LINES.items():
        rows = table[table.metric.str.startswith(f"{metric}_at_bins_of_")]
        widths = rows.metric.str.extract(WIDTH_OF, expand=False).astype(float) * bin_seconds
        for source in sources:
            mine = rows.source == source
            means = rows.value[mine].groupby(widths[mine]).mean().dropna()
            style = {"marker": "o", "markersize": 3, "linewidth": 1, "linestyle": line}
            if len(means):
                named = {"label": label(source)} if metric == "r2" else {}
                panel.plot(means.index, means, color=palette[source], **style, **named)
                keep(panel, means.index, means, series=f"{metric} of {label(source)}")
        name = line_name(metric, rows.source.unique())
        keys.append(plt.Line2D([], [], color="#444444", linewidth=1, linestyle=line, label=name))
    panel.legend(handles=keys, loc="upper left", handlelength=1.8)
    low, high = panel.get_ylim()
    panel.set_ylim(low, high + 0.3 * (high - low))
    zero_line(panel, "#999999")


def line_name(metric: str, sources: Sequence[str]) -> str:
    """The name of a metric's lines; masked_r2 is there of few sources, and names them."""
    if metric == "explained_variance_at_n10":
        return "PCA of train, N // 10"
    if metric == "r2" or not len(sources):
        return metric
    return f"{metric} of {', '.join(map(label, sources))}"


def in_seconds(axis: Axis, locator: Locator) -> None:
    """Give a log axis plain numbers as ticks, or no ticks where nothing was drawn."""
    if not np.isfinite(axis.get_minpos()):
        axis.set_ticks([])
        return
    (axis.axes.set_xscale if axis.axis_name == "x" else axis.axes.set_yscale)("log")
    axis.set_major_locator(locator)
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(StrMethodFormatter("{x:.3g}"))
