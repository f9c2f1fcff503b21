"""Figure: how the number of dims grows with the number of neurons."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from nma.figures.drawn import keep
from nma.figures.style import RAW_COLOUR, save, side_by_side_panels, source_palette
from nma.scores.frame import read_table
from nma.types import FilePath

# {source: its metric and its name in the legend}
COUNTS = {
    "raw": (r"svca_reliable_components_of_(\d+)_neurons", "reliable components (SVCA)"),
    "lds": (r"dims_of_(\d+)_neurons", "dims that predict hidden neurons (LDS)"),
}
SHIFTS = {"raw": 0.97, "lds": 1.03}  # in x, so that ranges do not cover each other
MARKERS = {"raw": "s", "lds": "o"}


def draw(*, metrics: FilePath, **files: object) -> None:
    """Draw the mean and the range over draws of each count of dims against neurons."""
    table = read_table(metrics)
    palette = source_palette([], []) | {"raw": RAW_COLOUR}
    figure, (panel,) = side_by_side_panels(3.8, (1,))
    counts = {source: by_neurons(table, metric) for source, (metric, _) in COUNTS.items()}
    for source, found in counts.items():
        if len(found):  # SVCA has none of a short recording
            draw_growth(panel, found, source, palette[source])
    neurons = sorted(set().union(*(found.index for found in counts.values())))
    panel.plot(neurons, neurons, color="#bbbbbb", linewidth=0.8, linestyle=":", zorder=-1)
    panel.annotate("dims = neurons", (neurons[-1], neurons[-1]), color="#777777", ha="right",
                   xytext=(0, 6), textcoords="offset points")  # fmt: skip
    panel.set_xscale("log")
    panel.set_yscale("log")
    panel.set_xticks(neurons, neurons)
    panel.minorticks_off()
    panel.yaxis.set_major_formatter("{x:g}")
    panel.set(xlabel="neurons", ylabel="dims")
    panel.legend(loc="upper left")
    save(figure, **files)


def by_neurons(table: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Mean, min and max over draws by number of neurons; metric: with the number as a group."""
    neurons = table.metric.str.extract(f"^{metric}$", expand=False)
    mine = neurons.notna()
    groups = table.value[mine].groupby(neurons[mine].astype(int))
    return groups.agg(["mean", "min", "max"]).sort_index()


def draw_growth(panel: Axes, found: pd.DataFrame, source: str, colour: str) -> None:
    """Draw a line through the means, and bars over the ranges.

    found: of by_neurons. A log axis has no 0: a draw without any dims is drawn at the lower edge.
    """
    name = COUNTS[source][1]
    places = found.index * SHIFTS[source]
    low, mean, high = (np.maximum(found[key], 0.5) for key in ("min", "mean", "max"))
    panel.errorbar(
        places,
        mean,
        yerr=[mean - low, high - mean],
        color=colour,
        marker=MARKERS[source],
        markersize=4,
        linewidth=1.2,
        elinewidth=1,
        capsize=2,
        label=name,
    )
    keep(panel, found.index, mean, low, high, series=f"{name}: mean and range of draws")
