"""Figure: a recording at a glance, which model predicts best and with how many dims."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes

from nma.figures.dimensionality import FEWEST, by_dims, dims_ticks
from nma.figures.drawn import keep
from nma.figures.labels import label
from nma.figures.marks import side_by_side, zero_line
from nma.figures.style import is_narrow, save, side_by_side_panels, source_palette
from nma.scores.frame import mean_over_layers, over_seeds, read_table
from nma.sources import WITH_LATENTS
from nma.types import FilePath

THIN = "#bbbbbb"  # of single layers
BEST = "best of the dims tried"


def draw(
    *,
    metrics: FilePath,
    sources: Sequence[str],
    models: Sequence[str],
    layers: Mapping[str, str],
    split: str,
    source_colours: Sequence[str],
    **files: object,
) -> None:
    """Draw how well sources predict hidden neurons, and the best baseline's score against dims.

    sources: those that predict hidden neurons; of models, the networks among them, only the best is
    drawn, and LDS and PCA only with their own dims.
    """
    palette = source_palette(source_colours, sources)
    table = read_table(metrics)
    table = table[(table.split == split) & table.layer.isin(list(layers))]
    scores = table[table.metric == "cosmooth_r2"]
    figure, (left, right) = side_by_side_panels(3.4, (1.15, 1))
    found = shown(scores, sources, models)
    if not found:
        left.text(0.5, 0.5, f"{split} is constant", ha="center", va="center")
        save(figure, **files)
        return
    draw_scores(left, found, palette, split)
    attainable = scores[scores.source == "attainable"].value.dropna()
    if len(attainable):
        line = {"color": "black", "linestyle": "--", "linewidth": 1, "zorder": -1}
        left.axvline(attainable.mean(), **line)
        left.annotate("attainable", (attainable.mean(), 0.02), ha="right", xytext=(-4, 0),
                      xycoords=("data", "axes fraction"), textcoords="offset points")  # fmt: skip
        keep(left, "", attainable.mean(), series="attainable, mean of layers", sideways=True)
    source = next(s for s in WITH_LATENTS if s in sources)
    draw_dims(right, table[table.source == source], source, palette[source], split)
    key = {"loc": "outside lower right", "ncols": 1 if is_narrow() else 3}
    figure.legend(*right.get_legend_handles_labels(), **key)
    save(figure, **files)


def shown(
    scores: pd.DataFrame, sources: Sequence[str], models: Sequence[str]
) -> dict[str, pd.DataFrame]:
    """{source: value, ci_low and ci_high by layer} of the sources drawn, the best first."""
    own_dims = [s for s in sources if s.split("_")[0] not in ("lds", "pca") or "_" not in s]
    scores = scores.dropna(subset="value")
    own_dims = [s for s in own_dims if (scores.source == s).any()]
    found = {s: over_seeds(scores[scores.source == s], "layer") for s in own_dims}
    ranked = sorted(found, key=lambda s: -found[s].value.mean())
    worse = [s for s in ranked if s in models][1:]
    return {s: found[s] for s in ranked if s not in worse}


def draw_scores(
    panel: Axes, found: Mapping[str, pd.DataFrame], palette: Mapping[str, str], split: str
) -> None:
    """Draw a row of points, one a layer, for each source, with their mean and its 95 % interval.

    found: of `shown`. A single layer has the interval of its own score.
    """
    names = [label(source) for source in found]
    for place, (source, rows) in enumerate(found.items()):
        mean, low, high = mean_over_layers(rows)
        if len(rows) > 1:
            aside = place + side_by_side(len(rows), 0.22)
            panel.plot(rows.value, aside, "o", color=palette[source], markersize=3, alpha=0.4)
            of_layers = {"series": "score of a layer", "layer": rows.index, "sideways": True}
            keep(panel, names[place], rows.value, **of_layers)
        ends = [[mean - low], [high - mean]]
        style = {"color": palette[source], "markersize": 5, "linewidth": 1.5, "capsize": 3}
        panel.errorbar(mean, place, xerr=ends, fmt="o", zorder=3, **style)
        panel.annotate(f"{mean:z.2f}", (1, place), xycoords=("axes fraction", "data"), va="center")
        together = {"series": "mean of layers, 95 % interval", "sideways": True}
        keep(panel, names[place], mean, low, high, **together)
    panel.axvline(0, color=THIN, linewidth=0.6, zorder=-1)
    panel.set_yticks(range(len(names)), names)
    panel.invert_yaxis()
    panel.set(xlabel=f"hidden neurons: cosmooth_r2 of {split} data")


def draw_dims(panel: Axes, rows: pd.DataFrame, source: str, colour: str, split: str) -> None:
    """Draw the score of hidden neurons against dims, each layer thin and their mean thick.

    rows: the source's rows of metrics.tsv. Rings mark the fewest dims within one standard error of
    a layer's best, and squares its best; layers in which nothing is predicted have none.
    """
    curves = by_dims(rows)
    fewest = rows[rows.metric == "dims_within_one_error"].set_index("layer").value.dropna()
    for layer in curves if len(curves.columns) > 1 else []:
        panel.plot(curves.index, curves[layer], color=THIN, linewidth=0.7, zorder=1)
        keep(panel, curves.index, curves[layer], series="a layer", layer=layer)
    mean = curves.dropna().mean(axis=1)
    line = {"color": colour, "linewidth": 2, "marker": "o", "markersize": 3.5, "zorder": 2}
    several = "mean of layers" if len(curves.columns) > 1 else "score"
    panel.plot(mean.index, mean, label=f"{label(source)}: {several}", **line)
    keep(panel, mean.index, mean, series=several)
    layers = [layer for layer in curves if layer in fewest.index]
    if layers:
        marks = {"linestyle": "", "color": colour, "zorder": 3, "markerfacecolor": "none"}
        best = curves[layers].idxmax()
        for series, marker, size, dims in (
            (FEWEST, "o", 8, fewest[layers].astype(int)),
            (BEST, "s", 5, best),
        ):
            scores = [curves.at[dims[layer], layer] for layer in layers]
            panel.plot(dims, scores, marker=marker, markersize=size, label=series, **marks)
            keep(panel, dims, scores, series=series, layer=layers)
    zero_line(panel)
    dims_ticks(panel, curves.index)
    panel.set(xlabel=f"{label(source)} dims", ylabel=f"cosmooth_r2 of {split} data")
