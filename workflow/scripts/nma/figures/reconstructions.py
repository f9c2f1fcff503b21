"""Figure: held-out activity of three neurons and its reconstruction by each source."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import pyplot as plt

from nma.figures.labels import label, number
from nma.figures.style import RAW_COLOUR, WIDTH, colours, save
from nma.io.hdf5 import open_h5
from nma.latents.reading import of_layer
from nma.preprocessing.splits import in_split
from nma.types import FilePath

QUANTILES = (0.9, 0.5, 0.1)


def draw(
    *,
    tensors: Sequence[FilePath],
    latents: Sequence[FilePath],
    svg: FilePath,
    png: FilePath,
    layers: Mapping[str, str],
    sources: Sequence[str],
    split: str,
    seconds: float,
    source_colours: Sequence[str],
    dpi: int,
) -> None:
    """Draw the first `seconds` of the split.

    The neurons lie at quantiles of r2, averaged over sources, among those of all layers. latents:
    files of all sources, of each one a layer or one for all; sources: that of each file.
    """
    files, names = {}, list(layers.values())
    for source, path in zip(sources, latents, strict=True):
        files.setdefault(source, []).append(path)
    palette = colours(source_colours, files)
    scores = {
        source: np.concatenate([of_layer(paths, f"r2_{split}", n) for n in range(len(layers))])
        for source, paths in files.items()
    }
    average = np.nan_to_num(np.mean(list(scores.values()), axis=0), nan=-np.inf)
    order, size = np.argsort(average, kind="stable"), len(average) // len(layers)

    figure, axes = plt.subplots(
        len(QUANTILES), len(files), figsize=(WIDTH, 5.4), sharex=True, sharey="row", squeeze=False
    )
    for row, quantile in zip(axes, QUANTILES, strict=True):
        chosen = int(order[round(quantile * (len(order) - 1))])
        layer, neuron = divmod(chosen, size)
        with open_h5(tensors[layer]) as file:
            step, neuron_id = file.attrs["bin_seconds"], file["neuron_ids"][neuron]
            block = np.flatnonzero(in_split(file["split"][:], split))
            bins = block[: max(2, round(seconds / step))]
            signal = file["activity"][:, neuron][bins]
        time = np.arange(len(bins)) * step
        for panel, source in zip(row, files, strict=True):
            panel.plot(time, signal, color=RAW_COLOUR, linewidth=0.7)
            estimate = of_layer(files[source], "reconstruction", layer)[bins, neuron]
            panel.plot(time, estimate, color=palette[source], linewidth=1.1)
            score = number(scores[source][chosen], ".2f")
            panel.set_title(f"r2 = {score}", loc="right", fontsize=8)
            panel.margins(x=0)
        row[0].set_ylabel(
            f"{quantile:.0%} quantile\n{names[layer]}, neuron {neuron_id}\nnormalised activity"
        )
    for panel, source in zip(axes[0], files, strict=True):
        panel.set_title(label(source), loc="left", color=palette[source], fontweight="bold")
    for panel in axes[-1]:
        panel.set_xlabel(f"{split} time (s)")
    figure.align_ylabels(axes[:, 0])
    save(figure, svg, png, dpi)
