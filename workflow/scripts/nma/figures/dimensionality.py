"""Figure: how many dimensions of each layer are reliable, and how many predict hidden neurons."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from nma.figures.drawn import keep
from nma.figures.labels import label
from nma.figures.marks import zero_line
from nma.figures.style import (
    colours,
    is_narrow,
    layer_legend,
    save,
    side_by_side_panels,
)
from nma.io.hdf5 import open_h5
from nma.scores.frame import read_table
from nma.sources import WITH_LATENTS
from nma.types import FilePath

OF_ALL = "#222222"
MARKERS = "os^D"  # of baselines, in their order
ZERO = "#999999"
FEWEST = "fewest dims within one standard error of the best"
APART = 1.4  # times the tick before it: the labels of closer ones would touch


def draw(
    *,
    svca: Sequence[FilePath],
    metrics: FilePath,
    svca_layers: Sequence[str],
    layers: Mapping[str, str],
    split: str,
    layer_colours: Sequence[str],
    **files: object,
) -> None:
    """Draw SVCA, and a panel of scores against dims for each baseline that has latents.

    svca: a file for each of svca_layers, which are the layers and, where it differs, `all`.
    """
    palette = colours(layer_colours, layers)
    table = read_table(metrics)
    table = table[table.split == split]
    baselines = [source for source in WITH_LATENTS if (table.source == source).any()]
    figure, panels = side_by_side_panels(3.6, (1.35, *(1 for _ in baselines)))
    draw_reliability(panels[0], svca, svca_layers, palette | {"all": OF_ALL})
    for panel in panels[2:]:
        panel.sharey(panels[1])
        panel.tick_params(labelleft=is_narrow())
    for panel, source, marker in zip(panels[1:], baselines, cycle(MARKERS), strict=False):
        draw_curves(panel, table[table.source == source], layers, palette, marker)
        panel.set(title=label(source), xlabel="dims")
        if panel is panels[1] or is_narrow():
            panel.set_ylabel(f"cosmooth_r2 of {split} data")
    layer_legend(figure, palette, layers)
    save(figure, **files)


def draw_reliability(
    panel: Axes, paths: Sequence[FilePath], names: Sequence[str], palette: dict[str, str]
) -> None:
    """Draw the reliable fraction of each shared component, and the band of 95 % of the null.

    Where nothing could be measured, the panel says why.
    """
    panel.set(title="SVCA", xlabel="shared component", ylabel="reliable fraction of its variance")
    lowest, highest, why = [], [], ""
    for name, path in zip(names, paths, strict=True):
        with open_h5(path) as file:
            if "unmeasured" in file.attrs:
                why = file.attrs["unmeasured"]
                continue
            fraction = (file["shared"][:] / file["total"][:]).mean(axis=0)
            null = file["null_shared"][:] / file["null_total"][:]
        line = {"color": palette[name], "linewidth": 1.8 if name == "all" else 1}
        components = np.arange(1, len(fraction) + 1)
        panel.plot(components, fraction, **line)
        keep(panel, components, fraction, series="reliable fraction", layer=name)
        for bounds, quantile in ((lowest, 0.025), (highest, 0.975)):
            bounds.append(np.quantile(null, quantile))
    if not lowest:
        panel.text(0.5, 0.5, fill(why, 30), ha="center", va="center", transform=panel.transAxes)
        panel.set(xticks=[], yticks=[])
        return
    band = panel.axhspan(min(lowest), max(highest), color="#dddddd", zorder=-1)
    keep(panel, np.nan, np.nan, min(lowest), max(highest), series="95 % of the null")
    key = {"95 % of the null": band}
    if "all" in names:
        key = {"all neurons": plt.Line2D([], [], color=OF_ALL, linewidth=1.8)} | key
    panel.legend(key.values(), key.keys(), loc="upper right")
    zero_line(panel, ZERO)
    panel.set_xscale("log")
    panel.xaxis.set_major_formatter("{x:g}")  # exponents would be too small for a journal
    panel.set_ylim(min(-0.1, *lowest), 1.02)


def draw_curves(
    panel: Axes, rows: pd.DataFrame, layers: Iterable[str], palette: dict[str, str], marker: str
) -> None:
    """Draw scores of hidden neurons against dims, with a ring at `dims_within_one_error`, if any.

    rows: the baseline's rows of metrics.tsv.
    """
    curves = by_dims(rows)
    fewest = rows[rows.metric == "dims_within_one_error"].set_index("layer").value
    for layer in layers:
        values = curves[layer].dropna()
        line = {"color": palette[layer], "linewidth": 1, "marker": marker, "markersize": 3}
        panel.plot(values.index, values, **line)
        keep(panel, values.index, values, series="hidden neurons", layer=layer)
        ring = {"markersize": 8, "markerfacecolor": "none", "markeredgecolor": palette[layer]}
        if layer in fewest.index:
            place = fewest[layer], values[fewest[layer]]
            panel.plot(*place, marker="o", **ring)
            keep(panel, *place, series=FEWEST, layer=layer)
    zero_line(panel, ZERO)
    dims_ticks(panel, curves.index)


def by_dims(rows: pd.DataFrame) -> pd.DataFrame:
    """Scores of hidden neurons (dims x layers); NaN where a layer did not try so many.

    rows: of metrics.tsv, of one source and split.
    """
    dims = (
        rows.metric.str.extract(r"^cosmooth_r2_at_(\d+)_dims$", expand=False).dropna().astype(int)
    )
    curves = rows.loc[dims.index].assign(dims=dims)
    return curves.pivot_table(index="dims", columns="layer", values="value", dropna=False)


def dims_ticks(panel: Axes, dims: Iterable[int]) -> None:
    """Make the x axis logarithmic, with the dims as ticks as far as there is room."""
    panel.set_xscale("log")
    ticks = []
    for number in sorted(set(dims)):
        if not ticks or number >= APART * ticks[-1]:
            ticks.append(number)
    panel.set_xticks(ticks, ticks)
    panel.minorticks_off()
