"""Figure: inputs that a network infers on held-out activity, above behaviour of the same time."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import pyplot as plt

from nma.figures.style import RAW_COLOUR, WIDTH, colours, save
from nma.io.hdf5 import open_h5
from nma.latents.reading import of_layer
from nma.preprocessing.splits import in_split
from nma.scores.readouts import behaviours
from nma.types import FilePath

APART = 4.0  # deviations between the inputs of a layer
INPUTS = 4  # of a layer that are shown, at most: those that vary most
BEHAVIOURS = 3  # that are shown, at most


def draw(
    *,
    latents: Sequence[FilePath],
    recording: FilePath,
    svg: FilePath,
    png: FilePath,
    layers: Mapping[str, str],
    bin_width: int,
    split: str,
    seconds: float,
    layer_colours: Sequence[str],
    dpi: int,
) -> None:
    """Draw the first `seconds` of the split, a panel a layer.

    latents: files of a model, one a layer or one for all; bin_width: bins of the recording in a bin
    of these.
    """
    palette = colours(layer_colours, layers)
    with open_h5(latents[0]) as file:
        step = file.attrs["bin_seconds"]
        codes = file["split"][:]
    shown = np.flatnonzero(in_split(codes, split))[: max(2, round(seconds / step))]
    time = np.arange(len(shown)) * step
    recorded = list(behaviours(recording, bin_width, len(codes)).items())[:BEHAVIOURS]

    heights = [2] * len(layers) + [1] * len(recorded)
    figure, axes = plt.subplots(
        len(heights),
        1,
        figsize=(WIDTH, 0.6 + 0.55 * sum(heights)),
        sharex=True,
        squeeze=False,
        height_ratios=heights,
    )
    panels = axes[:, 0]
    for number, (layer, name) in enumerate(layers.items()):
        inputs = of_layer(latents, "inferred_inputs", number)
        spread = inputs.std(axis=0)
        largest = np.sort(np.argsort(-spread, kind="stable")[:INPUTS])
        scaled = inputs[:, largest][shown] / (spread.max() or 1)
        places = -APART * np.arange(len(largest))
        panels[number].plot(time, scaled + places, color=palette[layer], linewidth=0.8)
        panels[number].set_yticks(places, largest + 1)
        panels[number].set_ylabel(f"{name}\ninput")
    for panel, (name, values) in zip(panels[len(layers) :], recorded, strict=True):
        panel.plot(time, values[shown, 0], color=RAW_COLOUR, linewidth=0.8)
        panel.set_ylabel(name.replace("_", " "), rotation=0, ha="right", va="center")
        panel.set_yticks([])
    panels[-1].set_xlabel(f"{split} time (s)")
    for panel in panels:
        panel.margins(x=0)
    figure.align_ylabels(panels[: len(layers)])
    save(figure, svg, png, dpi)
