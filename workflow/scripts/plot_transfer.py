"""Figure: how well each network serves other neurons of its layer and of others, by model."""

import h5py
import numpy as np
from matplotlib import pyplot as plt

from nma.job import job
from nma.style import WIDTH, label, save

COLUMNS = 3  # panels in a row, at most
WRITTEN = 9  # layers up to which cells have room for their value
COLOURS, NOTHING = "GnBu", "#eeeeee"


def main(paths, svg, png, *, models, layers, dpi):
    """paths: transfer files, one a model."""
    matrices = [read_matrix(paths[0], "linear"), *(read_matrix(path, "r2") for path in paths)]
    titles = [linear_title(paths[0]), *map(label, models)]
    columns = 2 if len(matrices) in (2, 4) else COLUMNS
    rows = -(-len(matrices) // columns)
    figure, panels = plt.subplots(
        rows,
        columns,
        figsize=(WIDTH * (columns + 0.3) / (COLUMNS + 0.3), 0.4 + 3 * rows),
        squeeze=False,
        layout="constrained",
    )
    highest = max(np.nanmax(matrix, initial=0.01) for matrix in matrices)
    for panel, title, matrix in zip(panels.flat, titles, matrices, strict=False):
        image = plot_matrix(panel, matrix, layers, highest)
        panel.set_title(title)
        panel.set_xlabel("learnt on layer")
    for panel in panels.flat[len(matrices) :]:
        panel.set_axis_off()
    for panel in panels[:, 0]:
        panel.set_ylabel("other neurons of layer")
    figure.colorbar(
        image,
        ax=panels,
        shrink=0.8,
        aspect=30,
        label="r2 of neurons that were not seen, held-out time",
    )
    save(figure, svg, png, dpi)


def read_matrix(path, name):
    """Scores (target layer, source layer and no network)."""
    with h5py.File(path) as file:
        return np.column_stack([file[name][:].T, file["direct"][:]])


def linear_title(path):
    with h5py.File(path) as file:
        return f"{file.attrs['dims']} principal components"


def plot_matrix(panel, matrix, layers, highest):
    colours = plt.get_cmap(COLOURS).with_extremes(bad=NOTHING)
    # A gap sets the last column, which is no network, apart.
    places = np.append(np.arange(len(layers)), len(layers) + 0.3)
    for column, place in enumerate(places):
        image = panel.imshow(
            matrix[:, [column]],
            cmap=colours,
            vmin=0,
            vmax=highest,
            aspect="auto",
            extent=(place - 0.5, place + 0.5, len(layers) - 0.5, -0.5),
        )
    if len(layers) <= WRITTEN:
        size = 8 if len(layers) < 6 else 5.5
        for (row, column), value in np.ndenumerate(matrix):
            text = "–" if np.isnan(value) else f"{value:.2f}".replace("0.", ".", 1)
            colour = "white" if value > 0.6 * highest else "black"
            where = {"ha": "center", "va": "center_baseline"}
            panel.text(places[column], row, text, fontsize=size, color=colour, **where)
    panel.set_xlim(-0.5, places[-1] + 0.5)
    panel.set_xticks(places, [*layers, "none"], rotation=90 if len(layers) > 5 else 0)
    panel.set_yticks(range(len(layers)), layers)
    panel.tick_params(length=0)
    for side in panel.spines.values():
        side.set_visible(False)
    return image


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            paths=snakemake.input,
            svg=snakemake.output.svg,
            png=snakemake.output.png,
            models=snakemake.params.models,
            layers=snakemake.params.layers,
            dpi=snakemake.params.dpi,
        )
