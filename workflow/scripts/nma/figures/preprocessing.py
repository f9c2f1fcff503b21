"""Figure: one neuron from the recording to the model's input, step by step."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from nma.figures.style import WIDTH, colours, save
from nma.io.hdf5 import open_h5
from nma.preprocessing.splits import SPLITS, segments
from nma.preprocessing.tensors import bin_average
from nma.types import Bins, FilePath

SHADES = dict(zip(SPLITS, ("#dddddd", "#f2d9a0", "#b9d7ea"), strict=True))


def draw(
    *,
    layer_file: FilePath,
    tensor: FilePath,
    svg: FilePath,
    png: FilePath,
    layers: Mapping[str, str],
    bin_width: int,
    seconds: float,
    layer_colours: Sequence[str],
    dpi: int,
) -> None:
    """Draw the neuron of the first layer whose standard deviation is the median.

    layer_file, tensor: of that layer; bin_width: bins of the recording in one of the tensor;
    seconds: that the first three panels show.
    """
    first = next(iter(layers))
    colour = colours(layer_colours, layers)[first]
    with open_h5(layer_file) as layer, open_h5(tensor) as made:
        spread = layer["activity"][:].std(axis=1)
        neuron = int(np.argsort(spread)[len(spread) // 2])
        raw, step = layer["activity"][neuron], layer.attrs["bin_seconds"]
        binned = bin_average(raw[None], bin_width)[0]
        final, normalise = made["activity"][:, neuron], made.attrs["normalise"]
        split, neuron_id = made["split"][:], made["neuron_ids"][neuron]

    wide = step * bin_width
    figure, axes = plt.subplots(4, 1, figsize=(WIDTH, 6.4))
    close = slice(0, max(2, round(seconds / step)))
    close_wide = slice(0, max(2, round(seconds / wide)))
    averages = f"averages of {bin_width} bins, {wide:.3g} s" if bin_width > 1 else "not averaged"
    unit = "normalised activity"
    panels = [
        (raw[close], step, f"1. as recorded, bins of {step:.3g} s", "activity"),
        (binned[close_wide], wide, f"2. {averages}", "activity"),
        (final[close_wide], wide, f"3. normalised: {normalise}", unit),
        (final, wide, "4. cut into train, validation and test, with gaps", unit),
    ]
    for panel, (values, width, title, unit) in zip(axes, panels, strict=True):
        panel.plot(np.arange(len(values)) * width, values, color=colour, linewidth=0.7)
        panel.set_title(title, loc="left")
        panel.set_ylabel(unit)
        panel.margins(x=0)
    shade_splits(axes[3], split, wide)
    axes[3].set_xlabel("time (s)")
    figure.align_ylabels(axes)
    figure.suptitle(f"Neuron {neuron_id} of layer {layers[first]}", fontsize=10)
    save(figure, svg, png, dpi)


def shade_splits(panel: Axes, split: Bins, step: float) -> None:
    """Shade the blocks of train, validation and test and name them.

    split: the split code of each bin; step: seconds of a bin.
    """
    for code, bins in segments(split):
        if code >= 0:
            panel.axvspan(
                bins.start * step, bins.stop * step, color=SHADES[SPLITS[code]], zorder=-1
            )
            panel.text(
                (bins.start + bins.stop) / 2 * step,
                0.97,
                SPLITS[code],
                ha="center",
                va="top",
                transform=panel.get_xaxis_transform(),
            )
    panel.margins(y=0.25)  # room for the names
