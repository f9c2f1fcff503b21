"""Figure: how well the layer of held-out points is told, by source, against chance and null."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.ticker import MaxNLocator

from nma.figures.labels import source_label
from nma.figures.style import WIDTH, save
from nma.io.hdf5 import open_h5
from nma.jobs.job import job
from nma.scores.frame import read_table

# Spaces that a probe sees, with their marker and fill.
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
    "retrained": ("activity, networks of random groups (range)", "#f0d9b5"),
}


def main(metrics, probes, svg, png, *, sources, confused, dpi):
    """sources: in order; probes: the file of the source whose confusion is shown, `confused`."""
    table = read_table(metrics)
    table = table[(table.layer == "all") & table.source.isin(sources)]
    figure, panels = plt.subplot_mosaic(
        [["linear", "distance"], ["knn", "distance"]],
        figsize=(WIDTH, 6.2),
        width_ratios=(2.6, 1),
        layout="constrained",
    )
    for probe, title in PROBES.items():
        plot_accuracy(panels[probe], table, sources, probe)
        panels[probe].set(title=title, ylabel="held-out points told right")
    panels["linear"].tick_params(labelbottom=False)
    handles, labels = panels["linear"].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4)
    plot_confusion(panels["distance"], probes, source_label(confused))
    save(figure, svg, png, dpi)


def plot_accuracy(panel, table, sources, probe):
    shifts = np.linspace(-0.3, 0.3, len(SPACES))
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
            panel.hlines(row.value, *ends, color="#888888", linewidth=1, zorder=0)  # of one: a line
    chance = table[table.metric == "layer_chance"].value
    if len(chance):
        panel.axhline(chance.iloc[0], color="#555555", linewidth=0.8, linestyle="--")
    panel.set_xticks(range(len(sources)), map(source_label, sources), rotation=45, ha="right")
    panel.set_ylim(0, 1.02)


def plot_confusion(panel, path, name_of_source):
    """How far in depth a layer and the one it is taken for are apart; which one it is, where layers
    have no depths."""
    with open_h5(path) as file:
        rows = {name: values[:] for name, values in file.get("linear_by_distance", {}).items()}
        confusion = file["confusion_linear"][:] if "confusion_linear" in file else None
    if len(rows.get("distance", ())):
        plot_distance(panel, rows)
        panel.set_title(f"taken for a layer so far away\n({name_of_source}, linear probe)")
    elif confusion is not None:
        plot_matrix(panel, confusion / confusion.sum(axis=1, keepdims=True))
        panel.set_title(f"share taken for which layer\n({name_of_source}, linear probe)")
    else:
        panel.set_axis_off()


def plot_distance(panel, rows):
    """Against chance."""
    error = rows["rate"] - rows["low"], rows["high"] - rows["rate"]
    told = {"fmt": "o-", "color": COLOUR, "markersize": 4, "linewidth": 0.8}
    panel.errorbar(rows["distance"], rows["rate"], yerr=error, **told)
    panel.plot(rows["distance"], rows["chance"], "--", color="#555555", linewidth=0.8)
    panel.xaxis.set_major_locator(MaxNLocator(integer=True))
    panel.set(xlabel="layers apart", ylabel="share of held-out neurons", ylim=(0, None))


def plot_matrix(panel, shares):
    """Shares (true layer, said layer), with their values where there is room."""
    panel.imshow(shares, cmap="GnBu", vmin=0, vmax=1)
    names = [f"L{number + 1}" for number in range(len(shares))]
    panel.set_xticks(range(len(names)), names, rotation=90 if len(names) > 5 else 0)
    panel.set_yticks(range(len(names)), names)
    panel.set(xlabel="taken for", ylabel="layer")
    if len(names) <= 6:
        for (row, column), share in np.ndenumerate(shares):
            colour = "white" if share > 0.6 else "black"
            panel.text(column, row, f"{share:.2f}", color=colour, ha="center", va="center")


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            metrics=snakemake.input.metrics,
            probes=snakemake.input.probes,
            svg=snakemake.output.svg,
            png=snakemake.output.png,
            sources=snakemake.params.sources,
            confused="raw",
            dpi=snakemake.params.dpi,
        )
