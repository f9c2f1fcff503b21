"""Figure: how well each network predicts other neurons of its layer and of others, by model."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.image import AxesImage

from nma.figures.labels import label, number
from nma.figures.style import WIDTH, layer_ticks, save
from nma.io.hdf5 import open_h5
from nma.types import Array, FilePath

COLUMNS = 3  # panels in a row, at most
WRITTEN = 9  # layers up to which cells have room for their value
COLOURS, NOTHING = "GnBu", "#eeeeee"


def draw(
    *,
    transfer: Sequence[FilePath],
    svg: FilePath,
    png: FilePath,
    sources: Sequence[str],
    layers: Mapping[str, str],
    dpi: int,
) -> None:
    """Draw a matrix of scores for each source; transfer: a file for each of `sources`."""
    matrices = [read_matrix(path) for path in transfer]
    columns = 2 if len(matrices) in (2, 4) else COLUMNS
    rows = -(-len(matrices) // columns)
    figure, panels = plt.subplots(
        rows,
        columns,
        figsize=(WIDTH * columns / COLUMNS, 0.4 + 3 * rows),
        squeeze=False,
        layout="constrained",
    )
    highest = max(np.nanmax(matrix, initial=0.01) for matrix in matrices)
    for panel, source, matrix in zip(panels.flat, sources, matrices, strict=False):
        image = draw_matrix(panel, matrix, layers, highest)
        panel.set_title("no network" if source == "raw" else label(source))
        panel.set_xlabel("from layer" if source == "raw" else "learnt on layer")
    for panel in panels.flat[len(matrices) :]:
        panel.set_axis_off()
    for panel in panels[:, 0]:
        panel.set_ylabel("other neurons of layer")
    name = "r2 of neurons that were not seen, held-out time"
    figure.colorbar(image, ax=panels, shrink=0.8, aspect=30, label=name)
    save(figure, svg, png, dpi)


def read_matrix(path: FilePath) -> Array:
    """The r2 (target layer, source layer) of a transfer file, NaN where there is none."""
    with open_h5(path) as file:
        return file["r2"][:].T


def draw_matrix(panel: Axes, matrix: Array, layers: Mapping[str, str], highest: float) -> AxesImage:
    """Draw scores (target layer, source layer), with their values where there is room.

    highest: the score of the darkest colour.
    """
    colours = plt.get_cmap(COLOURS).with_extremes(bad=NOTHING)
    image = panel.imshow(matrix, cmap=colours, vmin=0, vmax=highest, aspect="auto")
    if len(layers) <= WRITTEN:
        size = 8 if len(layers) < 6 else 5.5
        for (row, column), value in np.ndenumerate(matrix):
            text = "–" if np.isnan(value) else number(value, ".2f").replace("0.", ".", 1)
            colour = "white" if value > 0.6 * highest else "black"
            where = {"ha": "center", "va": "center_baseline"}
            panel.text(column, row, text, fontsize=size, color=colour, **where)
    layer_ticks(panel, layers, room=17)
    panel.set_yticks(range(len(layers)), layers.values())
    panel.tick_params(length=0)
    for side in panel.spines.values():
        side.set_visible(False)
    return image
