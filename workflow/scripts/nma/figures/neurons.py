"""Figure: where the sampled neurons lie, coloured by layer, and how they spread in depth."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nma.figures.positions import NONE, read_positions
from nma.figures.style import WIDTH, colours, layer_legend, save
from nma.types import FilePath, Neurons, Positions


def draw(
    *,
    layer_files: Sequence[FilePath],
    svg: FilePath,
    png: FilePath,
    layers: Mapping[str, str],
    layer_colours: Sequence[str],
    dpi: int,
) -> None:
    """Draw the positions of all sampled neurons; say so where a recording has none."""
    palette = colours(layer_colours, layers)
    figure = plt.figure(figsize=(WIDTH, 4.0))
    positions, unit = read_positions(layers, layer_files)
    if positions:
        draw_positions(figure, positions, palette, unit)
        layer_legend(figure, palette, layers)
    else:
        figure.text(0.5, 0.5, NONE, ha="center")
    save(figure, svg, png, dpi)


def draw_positions(
    figure: Figure, positions: dict[str, Positions], palette: dict[str, str], unit: str
) -> None:
    """Draw neurons in space and their depths, or from above where they have one depth or none.

    unit: of the positions.
    """
    z = np.concatenate([xyz[2] for xyz in positions.values()])
    size = np.clip(6000 / z.size, 1, 12)
    if not np.ptp(z) > 0:  # NaN where a depth is not known
        draw_plane(figure.add_subplot(), positions, palette, size, unit)
        return
    grid = figure.add_gridspec(1, 2, width_ratios=(3, 2))
    draw_space(figure.add_subplot(grid[0], projection="3d"), positions, palette, size, unit)
    draw_depth(figure.add_subplot(grid[1]), positions, palette, z, unit)


def draw_plane(
    panel: Axes,
    positions: dict[str, Positions],
    palette: dict[str, str],
    size: float,
    unit: str,
) -> None:
    """Draw neurons from above."""
    for layer, (x, y, _) in positions.items():
        panel.scatter(x, y, s=2 * size, color=palette[layer], rasterized=True, linewidths=0)
    panel.set(xlabel=f"x ({unit})", ylabel=f"y ({unit})", aspect="equal")


def draw_space(
    panel: Axes,
    positions: dict[str, Positions],
    palette: dict[str, str],
    size: float,
    unit: str,
) -> None:
    """Draw neurons in three dimensions, the surface of the brain on top."""
    for layer, (x, y, z) in positions.items():
        panel.scatter(x, y, z, s=size, color=palette[layer], rasterized=True, linewidths=0)
    panel.set(xlabel=f"x ({unit})", ylabel=f"y ({unit})", zlabel=f"z ({unit})")
    panel.invert_zaxis()
    panel.view_init(elev=18, azim=-60)
    panel.set_box_aspect((1, 1, 0.8), zoom=0.95)
    panel.locator_params(nbins=4)
    panel.tick_params(pad=0)


def draw_depth(
    panel: Axes, positions: dict[str, Positions], palette: dict[str, str], z: Neurons, unit: str
) -> None:
    """Draw how many neurons were sampled at each depth; z: of those of all layers."""
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
    panel.set(xlabel="sampled neurons", ylabel=f"depth z ({unit})")
