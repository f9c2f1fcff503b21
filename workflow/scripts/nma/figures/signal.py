"""Figure: how much of the variance of neurons over trials the angle explains."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import pyplot as plt

from nma.figures.marks import with_intervals, zero_line
from nma.figures.style import WIDTH, colours, layer_legend, layer_ticks, save
from nma.io.hdf5 import open_h5
from nma.scores.frame import read_table
from nma.types import FilePath

STEPS = np.linspace(-0.25, 1, 51)


def draw(
    *,
    signal: Sequence[FilePath],
    metrics: FilePath,
    svg: FilePath,
    png: FilePath,
    layers: Mapping[str, str],
    split: str,
    layer_colours: Sequence[str],
    dpi: int,
) -> None:
    """Draw the share of each layer with its interval, and the distribution of shares of neurons.

    signal: signal/{layer}.h5 in the order of layers. Of a simulation, a line shows the true share.
    """
    palette = colours(layer_colours, layers)
    table = read_table(metrics)
    table = table[table.metric == "signal_share"]
    measured = table[(table.source == "raw") & (table.split == split)].set_index("layer")
    truth = table[table.source == "truth"].set_index("layer").value
    figure, (by_layer, neurons) = plt.subplots(1, 2, figsize=(WIDTH, 3.6))
    for place, layer in enumerate(layers):
        row = measured.loc[layer]
        with_intervals(by_layer, place, row, color=palette[layer])
        if layer in truth.index:
            line = {"color": "black", "linestyle": "--", "linewidth": 1}
            by_layer.hlines(truth[layer], place - 0.3, place + 0.3, **line)
    for layer, path in zip(layers, signal, strict=True):
        with open_h5(path) as file:
            shares = file["signal_share"][:]
        shares = shares[np.isfinite(shares)].clip(STEPS[0], STEPS[-1])
        neurons.hist(shares, STEPS, histtype="step", density=True, color=palette[layer])
    zero_line(by_layer)
    layer_ticks(by_layer, layers, room=35)
    name = f"signal share of the variance, {split} trials"
    by_layer.set(xlabel="layer", ylabel=name)
    neurons.set(xlabel=f"{name}, of a neuron", ylabel="density of neurons")
    layer_legend(figure, palette, layers)
    save(figure, svg, png, dpi)
