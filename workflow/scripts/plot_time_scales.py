"""Figure: how slow neurons and latents are, and what r2 becomes as bins grow."""

import h5py
import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from nma.job import job
from nma.style import WIDTH, colours, label, save, source_palette

MARKERS = {"neurons": "o", "latents": "^"}
RAW = "raw"


def main(raw, metrics, svg, png, *, sources, split, layer_colours, source_colours, dpi):
    """raw: time_scales/raw.h5."""
    with h5py.File(raw) as file:
        neurons, layers = file["neurons"][:], list(file.attrs["layers"])
        bin_seconds = float(file.attrs["bin_seconds"])
    layer_palette = colours(layer_colours, layers)
    table = pd.read_csv(metrics, sep="\t", keep_default_na=False, na_values=[""])
    truth = table[table.metric == "time_scale_truth"].value
    table = table[(table.split == split) & table.source.isin(sources)]

    figure, (distribution, medians, widths) = plt.subplots(
        1, 3, figsize=(WIDTH, 3.8), width_ratios=(1, 1.25, 1), layout="constrained"
    )
    plot_distribution(distribution, neurons, layer_palette)
    plot_medians(medians, table, sources, layer_palette, truth)
    plot_widths(widths, table, source_palette(source_colours, sources), sources, bin_seconds)
    for axis in (distribution.xaxis, medians.yaxis, widths.xaxis):
        in_seconds(axis)
    lines = [plt.Line2D([], [], color=c, label=name) for name, c in layer_palette.items()]
    layer_key = figure.legend(handles=lines, loc="outside right upper", title="Layer")
    layer_key.set_in_layout(True)
    figure.legend(*widths.get_legend_handles_labels(), loc="outside right lower", title="Source")
    distribution.set(title="raw neurons", xlabel=f"time scale in {split} time (s)")
    distribution.set(ylabel="share of neurons as fast", ylim=(0, 1.02))
    medians.set(title="medians of a layer", ylabel=f"time scale in {split} time (s)")
    widths.set(title="wider bins, mean of layers", xlabel="bin (s)", ylabel=f"r2 of {split} time")
    save(figure, svg, png, dpi)


def plot_distribution(panel, neurons, palette):
    """Cumulative share, by layer, of the neurons that have a time scale."""
    for values, colour in zip(neurons, palette.values(), strict=True):
        values = values[np.isfinite(values)]
        if len(values):
            panel.ecdf(values, color=colour, linewidth=1)


def plot_medians(panel, table, sources, palette, truth):
    """A point a layer of each source, neurons left, latents right; a line at the truth."""
    layers = list(palette)
    jitter = np.linspace(-0.12, 0.12, len(layers)) if len(layers) > 1 else np.zeros(1)
    for kind, shift in (("neurons", -0.2), ("latents", 0.2)):
        rows = table[table.metric == f"time_scale_{kind}"]
        for place, source in enumerate(sources):
            values = rows[rows.source == source].groupby("layer").value.mean().reindex(layers)
            panel.scatter(
                place + shift + jitter,
                values,
                s=12,
                marker=MARKERS[kind],
                c=list(palette.values()),
            )
    handles = [
        plt.Line2D([], [], marker=marker, linestyle="", color="#444444", markersize=4, label=kind)
        for kind, marker in MARKERS.items()
    ]
    if len(truth):
        style = {"color": "#222222", "linewidth": 0.8, "linestyle": "--", "zorder": -1}
        handles.append(panel.axhline(truth.mean(), label="true latents", **style))
    panel.legend(handles=handles, loc="upper left", handletextpad=0.3)
    panel.set_xticks(range(len(sources)), map(label, sources), rotation=45, ha="right")
    panel.margins(y=0.25)


def plot_widths(panel, table, palette, sources, bin_seconds):
    """r2 of each source with bins and reconstruction averaged."""
    rows = table[table.metric.str.startswith("r2_at_bins_of_")]
    widths = rows.metric.str.removeprefix("r2_at_bins_of_").astype(float) * bin_seconds
    for source in sources:
        mine = rows.source == source
        means = rows.value[mine].groupby(widths[mine]).mean().dropna()
        if len(means):
            style = {"marker": "o", "markersize": 3, "linewidth": 1}
            panel.plot(means.index, means, color=palette[source], label=label(source), **style)


def in_seconds(axis):
    """A log axis whose ticks are plain numbers."""
    (axis.axes.set_xscale if axis.axis_name == "x" else axis.axes.set_yscale)("log")
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.set_minor_formatter(NullFormatter())


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            raw=snakemake.input.raw,
            metrics=snakemake.input.metrics,
            svg=snakemake.output.svg,
            png=snakemake.output.png,
            sources=snakemake.params.sources,
            split=snakemake.params.split,
            layer_colours=snakemake.params.layer_colours,
            source_colours=snakemake.params.source_colours,
            dpi=snakemake.params.dpi,
        )
