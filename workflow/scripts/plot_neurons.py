"""Figure: where the sampled neurons lie, coloured by layer, and how they spread in depth."""

import h5py
import numpy as np
from matplotlib import pyplot as plt

from nma.job import job
from nma.style import WIDTH, colours, layer_legend, save


def main(layer_paths, svg, png, *, layers, layer_colours, dpi):
    palette = colours(layer_colours, layers)
    figure = plt.figure(figsize=(WIDTH, 4.0))
    positions = {}
    for layer, path in zip(layers, layer_paths, strict=True):
        with h5py.File(path) as file:
            if "positions" in file:
                positions[layer] = file["positions"][:]
    if positions:
        draw(figure, positions, palette)
        layer_legend(figure, palette)
    else:
        figure.text(0.5, 0.5, "This recording has no positions.", ha="center")
    save(figure, svg, png, dpi)


def draw(figure, positions, palette):
    grid = figure.add_gridspec(1, 2, width_ratios=(3, 2))
    space = figure.add_subplot(grid[0], projection="3d")
    size = np.clip(6000 / sum(xyz.shape[1] for xyz in positions.values()), 1, 12)
    for layer, (x, y, z) in positions.items():
        space.scatter(x, y, z, s=size, color=palette[layer], rasterized=True, linewidths=0)
    space.set(xlabel="x (um)", ylabel="y (um)", zlabel="z (um)")
    space.invert_zaxis()
    space.view_init(elev=18, azim=-60)
    space.set_box_aspect((1, 1, 0.8), zoom=0.95)
    space.locator_params(nbins=4)
    space.tick_params(pad=0)

    depth = figure.add_subplot(grid[1])
    z = np.concatenate([xyz[2] for xyz in positions.values()])
    span = max(np.ptp(z), 1)
    bins = np.linspace(z.min() - 0.02 * span, z.max() + 0.02 * span, 46)
    depth.hist(
        [xyz[2] for xyz in positions.values()],
        bins,
        orientation="horizontal",
        stacked=True,
        color=[palette[layer] for layer in positions],
    )
    depth.invert_yaxis()
    depth.set(xlabel="sampled neurons", ylabel="depth z (um)")


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            layer_paths=snakemake.input,
            svg=snakemake.output.svg,
            png=snakemake.output.png,
            layers=snakemake.params.layers,
            layer_colours=snakemake.params.layer_colours,
            dpi=snakemake.params.dpi,
        )
