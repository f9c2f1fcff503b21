"""Figure: held-out activity of three neurons and what each source makes of it."""

import numpy as np
from matplotlib import pyplot as plt

from nma.figures.labels import label
from nma.figures.style import RAW_COLOUR, WIDTH, colours, save
from nma.io.hdf5 import open_h5
from nma.jobs.job import job
from nma.latents.reading import read_latents
from nma.preprocessing.splits import SPLITS

QUANTILES = (0.9, 0.5, 0.1)


def main(tensor_paths, latents, svg, png, *, layers, split, seconds, source_colours, dpi):
    """latents: {source: its files}; split: the held-out block that is shown.

    The neurons lie at quantiles of r2, averaged over sources, among those of all layers.
    """
    palette = colours(source_colours, latents)
    dataset = f"r2_{split}"

    def of(source, name, number):
        files = latents[source]
        return read_latents(files[number if len(files) > 1 else 0], name, number)

    scores = {
        source: np.concatenate([of(source, dataset, n) for n in range(len(layers))])
        for source in latents
    }
    average = np.nan_to_num(np.mean(list(scores.values()), axis=0), nan=-np.inf)
    order, size = np.argsort(average, kind="stable"), len(average) // len(layers)

    figure, axes = plt.subplots(
        len(QUANTILES), len(latents), figsize=(WIDTH, 5.4), sharex=True, sharey="row", squeeze=False
    )
    for row, quantile in zip(axes, QUANTILES, strict=True):
        chosen = int(order[round(quantile * (len(order) - 1))])
        number, neuron = divmod(chosen, size)
        with open_h5(tensor_paths[number]) as file:
            step, neuron_id = file.attrs["bin_seconds"], file["neuron_ids"][neuron]
            block = np.flatnonzero(file["split"][:] == SPLITS.index(split))
            bins = block[: max(2, round(seconds / step))]
            signal = file["activity"][:, neuron][bins]
        time = np.arange(len(bins)) * step
        for panel, source in zip(row, latents, strict=True):
            panel.plot(time, signal, color=RAW_COLOUR, linewidth=0.7)
            estimate = of(source, "reconstruction", number)[bins, neuron]
            panel.plot(time, estimate, color=palette[source], linewidth=1.1)
            panel.set_title(f"r2 = {scores[source][chosen]:.2f}", loc="right", fontsize=8)
            panel.margins(x=0)
        row[0].set_ylabel(
            f"{quantile:.0%} quantile\n{layers[number]}, neuron {neuron_id}\nnormalised activity"
        )
    for panel, source in zip(axes[0], latents, strict=True):
        panel.set_title(label(source), loc="left", color=palette[source], fontweight="bold")
    for panel in axes[-1]:
        panel.set_xlabel(f"{split} time (s)")
    figure.align_ylabels(axes[:, 0])
    save(figure, svg, png, dpi)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            tensor_paths=snakemake.input.tensors,
            latents={source: snakemake.input.get(source) for source in snakemake.params.sources},
            svg=snakemake.output.svg,
            png=snakemake.output.png,
            layers=snakemake.params.layers,
            split=snakemake.params.split,
            seconds=snakemake.params.seconds,
            source_colours=snakemake.params.source_colours,
            dpi=snakemake.params.dpi,
        )
