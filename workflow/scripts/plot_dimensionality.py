"""Figure: how many dimensions of each layer are reliable, and how many predict hidden neurons."""

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt

from nma.figures.labels import label
from nma.figures.style import WIDTH, colours, layer_legend, save
from nma.io.hdf5 import open_h5
from nma.jobs.job import job
from nma.scores.frame import read_table

OF_ALL = "#222222"
MARKERS = {"ppca": "o", "smooth_ppca": "s"}


def main(svca_paths, metrics, svg, png, *, svca_layers, layers, split, layer_colours, dpi):
    palette = colours(layer_colours, layers)
    figure, panels = plt.subplots(
        1, 3, figsize=(WIDTH, 3.6), width_ratios=(1.35, 1, 1), layout="constrained"
    )
    plot_reliability(panels[0], svca_paths, svca_layers, palette | {"all": OF_ALL})
    table = read_table(metrics)
    table = table[table.split == split]
    panels[2].sharey(panels[1])
    for panel, (source, marker) in zip(panels[1:], MARKERS.items(), strict=True):
        plot_curve(panel, table[table.source == source], layers, palette, marker)
        panel.set(title=label(source), xlabel="dims")
    panels[1].set_ylabel(f"cosmooth_r2 of {split} time")
    panels[2].tick_params(labelleft=False)
    layer_legend(figure, palette)
    save(figure, svg, png, dpi)


def plot_reliability(panel, paths, names, palette):
    """Reliable fraction of each shared component, and where 95 % of the null's lie."""
    lowest, highest = [], []
    for name, path in zip(names, paths, strict=True):
        with open_h5(path) as file:
            fraction = (file["shared"][:] / file["total"][:]).mean(axis=0)
            null = file["null_shared"][:] / file["null_total"][:]
        line = {"color": palette[name], "linewidth": 1.8 if name == "all" else 1}
        panel.plot(np.arange(1, len(fraction) + 1), fraction, **line)
        for bounds, quantile in ((lowest, 0.025), (highest, 0.975)):
            bounds.append(np.quantile(null, quantile))
    band = panel.axhspan(min(lowest), max(highest), color="#dddddd", zorder=-1)
    key = {"95 % of the null": band}
    if "all" in names:
        key = {"all neurons": plt.Line2D([], [], color=OF_ALL, linewidth=1.8)} | key
    panel.legend(key.values(), key.keys(), loc="upper right")
    panel.axhline(0, color="#999999", linewidth=0.6, zorder=-1)
    panel.set_xscale("log")
    panel.set(title="SVCA", xlabel="shared component", ylabel="reliable fraction of its variance")
    panel.set_ylim(min(-0.1, *lowest), 1.02)


def plot_curve(panel, rows, layers, palette, marker):
    """Scores of hidden neurons against dims; a ring marks the fewest within one standard error."""
    curves = rows[rows.metric.str.startswith("cosmooth_r2_at_")]
    dims = curves.metric.str.extract(r"_at_(\d+)_dims", expand=False).astype(int)
    fewest = rows[rows.metric == "dims_within_one_error"].set_index("layer").value
    for layer in layers:
        mine = curves.layer == layer
        values = pd.Series(curves.value[mine].to_numpy(), dims[mine]).sort_index()
        line = {"color": palette[layer], "linewidth": 1, "marker": marker, "markersize": 3}
        panel.plot(values.index, values, **line)
        ring = {"markersize": 8, "markerfacecolor": "none", "markeredgecolor": palette[layer]}
        panel.plot(fewest[layer], values[fewest[layer]], marker="o", **ring)
    panel.axhline(0, color="#999999", linewidth=0.6, zorder=-1)
    panel.set_xscale("log")
    ticks = sorted(set(dims))
    panel.set_xticks(ticks, ticks)
    panel.minorticks_off()


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            svca_paths=snakemake.input.svca,
            metrics=snakemake.input.metrics,
            svg=snakemake.output.svg,
            png=snakemake.output.png,
            svca_layers=snakemake.params.svca_layers,
            layers=snakemake.params.layers,
            split=snakemake.params.split,
            layer_colours=snakemake.params.layer_colours,
            dpi=snakemake.params.dpi,
        )
