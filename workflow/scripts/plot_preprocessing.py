"""Figure: one neuron from the recording to the model's input, step by step."""

import numpy as np
from matplotlib import pyplot as plt

from nma.figures.style import WIDTH, colours, save
from nma.io.hdf5 import open_h5
from nma.jobs.job import job
from nma.preprocessing.splits import SPLITS, segments
from nma.preprocessing.tensors import bin_average

SHADES = dict(zip(SPLITS, ("#dddddd", "#f2d9a0", "#b9d7ea"), strict=True))


def main(layer_path, tensor_path, svg, png, *, layers, bin_width, seconds, layer_colours, dpi):
    """Shows the neuron of the first layer whose train variance is nearest the median."""
    colour = colours(layer_colours, layers)[layers[0]]
    with open_h5(layer_path) as layer, open_h5(tensor_path) as tensor:
        spread = layer["activity"][:].std(axis=1)
        neuron = int(np.argsort(spread)[len(spread) // 2])
        raw, step = layer["activity"][neuron], layer.attrs["bin_seconds"]
        binned = bin_average(raw[None], bin_width)[0]
        final, normalise = tensor["activity"][:, neuron], tensor.attrs["normalise"]
        split, neuron_id = tensor["split"][:], tensor["neuron_ids"][neuron]

    wide = step * bin_width
    figure, axes = plt.subplots(4, 1, figsize=(WIDTH, 6.4))
    close = slice(0, max(2, round(seconds / step)))
    panels = [
        (raw[close], step, f"1. as recorded, bins of {step:.3g} s", "activity"),
        (
            binned[: max(2, round(seconds / wide))],
            wide,
            "2. not averaged"
            if bin_width == 1
            else f"2. averages of {bin_width} bins, {wide:.3g} s",
            "activity",
        ),
        (
            final[: max(2, round(seconds / wide))],
            wide,
            f"3. normalised: {normalise}",
            "normalised activity",
        ),
        (final, wide, "4. cut into train, validation and test, with gaps", "normalised activity"),
    ]
    for panel, (values, width, title, unit) in zip(axes, panels, strict=True):
        panel.plot(np.arange(len(values)) * width, values, color=colour, linewidth=0.7)
        panel.set_title(title, loc="left")
        panel.set_ylabel(unit)
        panel.margins(x=0)
    for code, bins in segments(split):
        if code >= 0:
            axes[3].axvspan(
                bins.start * wide, bins.stop * wide, color=SHADES[SPLITS[code]], zorder=-1
            )
            axes[3].text(
                (bins.start + bins.stop) / 2 * wide,
                0.97,
                SPLITS[code],
                ha="center",
                va="top",
                transform=axes[3].get_xaxis_transform(),
            )
    axes[3].margins(y=0.25)  # room for the names of the blocks
    axes[3].set_xlabel("time (s)")
    figure.align_ylabels(axes)
    figure.suptitle(f"Neuron {neuron_id} of layer {layers[0]}", fontsize=10)
    save(figure, svg, png, dpi)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            layer_path=snakemake.input.layer,
            tensor_path=snakemake.input.tensor,
            svg=snakemake.output.svg,
            png=snakemake.output.png,
            layers=snakemake.params.layers,
            bin_width=snakemake.params.bin_width,
            seconds=snakemake.params.seconds,
            layer_colours=snakemake.params.layer_colours,
            dpi=snakemake.params.dpi,
        )
