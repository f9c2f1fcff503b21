"""Figure: how slow neurons and latents are, and what scores become as bins grow."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.ticker import FixedLocator, LogLocator, NullLocator, StrMethodFormatter

from nma.figures.labels import label
from nma.figures.style import WIDTH, colours, layer_legend, save, source_palette
from nma.io.hdf5 import open_h5
from nma.jobs.job import job
from nma.scores.frame import read_table
from nma.scores.time_scales import WIDTHS

MARKERS = {"neurons": "o", "latents": "^"}
RAW = "raw"
SCORES = {
    "r2": ("r2", "-"),
    "masked_r2": ("masked_r2 of PPCA", "--"),
    "explained_variance_at_n10": ("PCA of train, N // 10", ":"),
}


def main(raw, metrics, svg, png, *, sources, split, layer_colours, source_colours, dpi):
    """raw: time_scales/raw.h5."""
    with open_h5(raw) as file:
        neurons, layers = file["neurons"][:], list(file.attrs["layers"])
        bin_seconds = float(file.attrs["bin_seconds"])
    layer_palette = colours(layer_colours, layers)
    table = read_table(metrics)
    truth = table[(table.metric == "time_scale_truth") & table.layer.isin(layers)].value
    of_train = table.metric.str.startswith("explained_variance_at_n10_")
    table = table[((table.split == split) | of_train) & table.source.isin(sources)]

    figure, (distribution, medians, widths) = plt.subplots(
        1, 3, figsize=(WIDTH, 4.2), width_ratios=(1, 1.3, 1.1), layout="constrained"
    )
    plot_distribution(distribution, neurons, layer_palette)
    plot_medians(medians, table, sources, layer_palette, truth)
    # Elsewhere the neurons themselves are no source, and sources keep their colours.
    sources = [source for source in sources if source != RAW]
    plot_widths(widths, table, source_palette(source_colours, sources), sources, bin_seconds)
    in_seconds(distribution.xaxis, LogLocator(subs=(1, 2, 5)))
    in_seconds(medians.yaxis, LogLocator(subs=(1, 2, 5)))
    in_seconds(widths.xaxis, FixedLocator([width * bin_seconds for width in WIDTHS]))
    layer_legend(figure, layer_palette, loc="outside right upper", labelspacing=0.25)
    key = {"loc": "outside right lower", "title": "Source", "labelspacing": 0.25}
    if widths.lines:
        figure.legend(*widths.get_legend_handles_labels(), **key | {"handlelength": 1.2})
    distribution.set(title="raw neurons", xlabel=f"time scale in {split} time (s)")
    distribution.set(ylabel="share of neurons as fast", ylim=(0, 1.02))
    medians.set(title="medians of a layer", ylabel=f"time scale in {split} time (s)")
    widths.set(title="wider bins, mean of layers", xlabel="bin (s)", ylabel="score")
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
    """Scores of each source at each width of bins, means of the layers."""
    for metric, (_, line) in SCORES.items():
        rows = table[table.metric.str.startswith(f"{metric}_at_bins_of_")]
        widths = rows.metric.str.extract(r"_(\d+)$", expand=False).astype(float) * bin_seconds
        for source in sources:
            mine = rows.source == source
            means = rows.value[mine].groupby(widths[mine]).mean().dropna()
            style = {"marker": "o", "markersize": 3, "linewidth": 1, "linestyle": line}
            if len(means):
                named = {"label": label(source)} if metric == "r2" else {}
                panel.plot(means.index, means, color=palette[source], **style, **named)
    keys = [
        plt.Line2D([], [], color="#444444", linewidth=1, linestyle=line, label=name)
        for name, line in SCORES.values()
    ]
    panel.legend(handles=keys, loc="upper left", handlelength=1.8)
    low, high = panel.get_ylim()
    panel.set_ylim(low, high + 0.3 * (high - low))
    panel.axhline(0, color="#999999", linewidth=0.6, zorder=-1)


def in_seconds(axis, locator):
    """A log axis whose ticks are plain numbers; without ticks where nothing was drawn."""
    if not np.isfinite(axis.get_minpos()):
        axis.set_ticks([])
        return
    (axis.axes.set_xscale if axis.axis_name == "x" else axis.axes.set_yscale)("log")
    axis.set_major_locator(locator)
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(StrMethodFormatter("{x:.3g}"))


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
