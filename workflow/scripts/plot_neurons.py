"""Figure: where the sampled neurons lie, coloured by layer, and how they spread in depth."""

import numpy as np
from matplotlib import pyplot as plt

from nma.figures.style import WIDTH, colours, layer_legend, save
from nma.io.hdf5 import open_h5
from nma.jobs.job import job


def main(layer_paths, svg, png, *, layers, layer_colours, dpi):
    palette = colours(layer_colours, layers)
    figure = plt.figure(figsize=(WIDTH, 4.0))
    positions = {}
    for layer, path in zip(layers, layer_paths, strict=True):
        with open_h5(path) as file:
            if "positions" in file:
                positions[layer] = file["positions"][:]
    if positions:
        draw(figure, positions, palette)
        layer_legend(figure, palette)
    else:
        figure.text(0.5, 0.5, "This recording has no positions.", ha="center")
    save(figure, svg, png, dpi)


def draw(figure, positions, palette):
    z = np.concatenate([xyz[2] for xyz in positions.values()])
    size = np.clip(6000 / z.size, 1, 12)
    if np.ptp(z) == 0:
        draw_plane(figure.add_subplot(), positions, palette, size)
        return
    grid = figure.add_gridspec(1, 2, width_ratios=(3, 2))
    draw_space(figure.add_subplot(grid[0], projection="3d"), positions, palette, size)
    draw_depth(figure.add_subplot(grid[1]), positions, palette, z)


def draw_plane(panel, positions, palette, size):
    """From above, where all neurons lie at one depth."""
    for layer, (x, y, _) in positions.items():
        panel.scatter(x, y, s=2 * size, color=palette[layer], rasterized=True, linewidths=0)
    panel.set(xlabel="x (um)", ylabel="y (um)", aspect="equal")


def draw_space(panel, positions, palette, size):
    for layer, (x, y, z) in positions.items():
        panel.scatter(x, y, z, s=size, color=palette[layer], rasterized=True, linewidths=0)
    panel.set(xlabel="x (um)", ylabel="y (um)", zlabel="z (um)")
    panel.invert_zaxis()
    panel.view_init(elev=18, azim=-60)
    panel.set_box_aspect((1, 1, 0.8), zoom=0.95)
    panel.locator_params(nbins=4)
    panel.tick_params(pad=0)


def draw_depth(panel, positions, palette, z):
    span = np.ptp(z)
    bins = np.linspace(z.min() - 0.02 * span, z.max() + 0.02 * span, 46)
    panel.hist(
        [xyz[2] for xyz in positions.values()],
        bins,
        orientation="horizontal",
        stacked=True,
        color=[palette[layer] for layer in positions],
    )
    panel.invert_yaxis()
    panel.set(xlabel="sampled neurons", ylabel="depth z (um)")


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
