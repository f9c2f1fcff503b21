"""Figure: r2 on train and validation against steps, a panel a model, a line a network."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import pyplot as plt

from nma.figures.labels import label
from nma.figures.marks import zero_line
from nma.figures.style import WIDTH, colours, layer_legend, save
from nma.io.frames import read_whole
from nma.types import FilePath

CURVES = {
    "train_r2": {"label": "train", "linestyle": ":", "linewidth": 0.9},
    "validation_r2": {"label": "validation", "linestyle": "-", "linewidth": 1.1},
    "validation_cosmooth_r2": {"label": "hidden neurons", "linestyle": "--", "linewidth": 0.9},
}
HISTORY = ["attempt", "step", "train_r2", "validation_r2"]


def draw(
    *,
    histories: Sequence[FilePath],
    svg: FilePath,
    png: FilePath,
    networks: Sequence[tuple[str, str]],
    layers: Mapping[str, str],
    layer_colours: Sequence[str],
    dpi: int,
) -> None:
    """Draw the last attempt of each training.

    histories: .history.csv of networks; networks: the model and the layer of each, or `all`.
    """
    models = list(dict.fromkeys(model for model, _ in networks))
    trained = dict.fromkeys(layer for _, layer in networks)
    palette = colours(layer_colours, [layer for layer in trained if layer != "all"])
    if "all" in trained:
        palette["all"] = "#000000"
    columns = min(3, len(models))
    rows = -(-len(models) // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(WIDTH, 0.6 + 2.8 * rows), sharey=True, squeeze=False
    )
    panels = dict(zip(models, axes.flat, strict=False))
    lowest, shown = 0.0, set()
    for (model, layer), path in zip(networks, histories, strict=True):
        history = read_whole(path, HISTORY, sep=",")
        history = history[history["attempt"] == history["attempt"].iloc[-1]]
        for column, style in CURVES.items():
            if column in history:
                panels[model].plot(history["step"], history[column], color=palette[layer], **style)
                shown.add(column)
        # The first evaluations of an untrained network may lie far below 0.
        lowest = min(lowest, np.quantile(history["validation_r2"], 0.15))
    for model, panel in panels.items():
        zero_line(panel)
        panel.set_title(label(model))
    for panel in axes.flat[len(models) :]:
        panel.set_axis_off()
    for panel in axes[-1]:
        panel.set_xlabel("optimiser steps")
    for panel in axes[:, 0]:
        panel.set_ylabel("r2 (train mean predicts 0)")
    axes[0, 0].set_ylim(bottom=max(lowest - 0.02, -1))
    layer_legend(figure, palette, layers)
    styles = [
        plt.Line2D([], [], color="#444444", **style)
        for column, style in CURVES.items()
        if column in shown
    ]
    axes[0, 0].legend(handles=styles, loc="lower right")
    save(figure, svg, png, dpi)
