"""Figure: how fast the modes of each layer's LDS decay."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter

from nma.figures.drawn import keep
from nma.figures.labels import label
from nma.figures.style import colours, layer_ticks, legend_place, save, side_by_side_panels
from nma.io.hdf5 import open_h5
from nma.scores.decay_times import quantile
from nma.scores.frame import read_table, unpredicted
from nma.types import FilePath

GREY, DARK = "#777777", "#222222"
# Of the marks of a layer: aside, in layers.
NEURONS, TRUTH, NETWORKS = -0.25, 0.25, 0.12
MARKERS = "s^v<>"  # of models, in order


def draw(
    *,
    metrics: FilePath,
    layers: Mapping[str, str],
    networks: Sequence[FilePath] = (),
    split: str,
    layer_colours: Sequence[str],
    **files: object,
) -> None:
    """Draw median and quartiles of each layer's decay times, with time scales of raw neurons.

    A layer whose hidden neurons the LDS is not shown to predict has no decay times. Of a simulation
    the median time constant of its latents too. networks: their latents files; those that have time
    constants are drawn with the weighted median. split: of the time scales.
    """
    table = read_table(metrics)
    table = table[(table.source != "lds") | ~table.layer.isin(unpredicted(table, "lds"))]

    def of_layers(source: str, metric: str, of_split: str) -> pd.DataFrame:
        rows = table[(table.source == source) & (table.metric == metric)]
        return rows[rows.split == of_split].set_index("layer").reindex(list(layers))

    figure, (panel,) = side_by_side_panels(3.4, (1,))
    places, palette = range(len(layers)), list(colours(layer_colours, layers).values())
    lower, upper = (
        of_layers("lds", f"decay_time_{end}_quartile", "train").value for end in ("lower", "upper")
    )
    panel.vlines(places, lower, upper, colors=palette, linewidth=6, alpha=0.3)
    median = of_layers("lds", "decay_time", "train")
    for place, colour, row in zip(places, palette, median.itertuples(), strict=True):
        ends = [[row.value - row.ci_low], [row.ci_high - row.value]]
        panel.errorbar(place, row.value, yerr=ends, color=colour, marker="o", capsize=3)
    names = list(layers.values())
    keep(panel, names, median.value, lower, upper, series="median and quartiles")
    ends = median.ci_low, median.ci_high
    keep(panel, names, median.value, *ends, series="median and its 95 % interval")
    neurons = of_layers("raw", "time_scale_neurons", split).value
    panel.scatter([p + NEURONS for p in places], neurons, s=18, marker="x", color=GREY)
    keep(panel, names, neurons, series="raw neurons")
    truth = of_layers("truth", "time_scale_truth", "all").value
    panel.scatter([p + TRUTH for p in places], truth, s=22, marker="D", c="none", edgecolors=DARK)
    keys = {
        "median and its 95 % interval": plt.Line2D([], [], color=DARK, marker="o"),
        "from the lower to the upper quartile": plt.Line2D(
            [], [], color=DARK, linewidth=6, alpha=0.3
        ),
        "raw neurons": plt.Line2D([], [], color=GREY, marker="x", linestyle=""),
    }
    if truth.notna().any():
        keep(panel, names, truth, series="simulated latents")
        keys["simulated latents"] = plt.Line2D(
            [], [], color=DARK, marker="D", markerfacecolor="none", linestyle=""
        )
    for (model, medians), marker in zip(of_networks(networks).items(), MARKERS, strict=False):
        seen = [medians.get(layer, medians.get("all", float("nan"))) for layer in layers]
        keep(panel, names, seen, series=f"{label(model)}: median")
        places_of = [place + NETWORKS for place in places]
        panel.scatter(places_of, seen, s=20, marker=marker, c=palette, edgecolors=DARK, zorder=3)
        keys[f"{label(model)}: median"] = plt.Line2D(
            [], [], color=GREY, marker=marker, linestyle="", markeredgecolor=DARK
        )
    figure.legend(keys.values(), keys.keys(), **legend_place(2))
    panel.set_yscale("log")
    panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    panel.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    panel.yaxis.set_minor_locator(NullLocator())
    layer_ticks(panel, layers, room=100)
    panel.set_xlim(-0.6, len(layers) - 0.4)
    panel.set(xlabel="layer", ylabel="decay time (s)")
    save(figure, **files)


def of_networks(files: Sequence[FilePath]) -> dict[str, dict[str, float]]:
    """{model: {layer, or `all` of a shared one: weighted median of its time constants in s}}."""
    medians = {}
    for path in files:
        with open_h5(path) as file:
            if "time_constants" in file:
                values, weights = file["time_constants"][:], file["time_constant_weights"][:]
                of_model = medians.setdefault(file.attrs["source"], {})
                of_model[file.attrs["layer"]] = quantile(values, weights, 0.5)
    return medians
