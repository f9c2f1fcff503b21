"""Figure: which neurons carry the leading components of the LDSs, in space and by layer."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from nma.figures.positions import NONE, read_positions
from nma.figures.style import WIDTH, colours, layer_legend, save
from nma.latents.shared_components import read_components
from nma.types import Array, FilePath, Neurons, Positions

IN_SPACE, BY_LAYER = 2, 6  # components
MAP = "PuOr_r"


def draw(
    *,
    layer_files: Sequence[FilePath],
    fits: Sequence[FilePath],
    latents: Sequence[FilePath],
    svg: FilePath,
    png: FilePath,
    layers: Mapping[str, str],
    layer_colours: Sequence[str],
    dpi: int,
) -> None:
    """Draw loadings from above, where neurons have positions, and the share of components that each
    layer carries, where there are several.

    layer_files, fits, latents: of the layers, the latter two of their LDSs.
    """
    found = read_components(fits, latents, BY_LAYER)
    palette = colours(layer_colours, layers)
    positions, unit = read_positions(layers, layer_files)
    several = len(layers) > 1
    maps = min(IN_SPACE if several else IN_SPACE + 1, len(found.shares)) if positions else 0
    ratios = maps * [1.3] + several * [1] or [1]
    figure, panels = plt.subplots(
        1, len(ratios), figsize=(WIDTH, 2.9), width_ratios=ratios, squeeze=False
    )
    above, rest = panels.flat[:maps], panels.flat[maps:]
    for number, panel in enumerate(above):
        weights = np.concatenate([loadings[:, number] for loadings in found.loadings])
        draw_from_above(panel, np.concatenate([*positions.values()], axis=1), weights)
        panel.set(xlabel=f"x ({unit})", ylabel=f"y ({unit})", aspect="equal")
        panel.set_title(f"component {number + 1} ({100 * found.shares[number]:.0f} %)", loc="left")
    if several:
        draw_shares(rest[0], found.loadings, palette)
        layer_legend(figure, palette, layers)
    elif not maps:
        rest[0].set_axis_off()
        rest[0].text(0.5, 0.5, NONE, ha="center")
    save(figure, svg, png, dpi)


def draw_from_above(panel: Axes, positions: Positions, weights: Neurons) -> None:
    """Draw neurons by their loading, the strongest on top."""
    order = np.argsort(np.abs(weights), kind="stable")
    largest = np.quantile(np.abs(weights), 0.98)
    points = panel.scatter(
        *positions[:2, order],
        c=weights[order],
        cmap=MAP,
        vmin=-largest,
        vmax=largest,
        s=np.clip(12000 / len(weights), 2, 24),
        linewidths=0,
        rasterized=True,
    )
    panel.figure.colorbar(points, ax=panel, label="loading", shrink=0.7, extend="both")


def draw_shares(panel: Axes, loadings: Sequence[Array], palette: Mapping[str, str]) -> None:
    """Draw the share of each component that each layer carries, by its mean squared loading.

    loadings: of the layers of the palette (neurons, components).
    """
    carried = np.array([np.square(of_layer).mean(axis=0) for of_layer in loadings])
    shares = carried / carried.sum(axis=0)
    places = np.arange(1, shares.shape[1] + 1)
    for row, colour in zip(shares, palette.values(), strict=True):
        panel.plot(places, row, "o-", color=colour, markersize=4, linewidth=0.8)
    panel.axhline(1 / len(shares), color="#bbbbbb", linewidth=0.8, zorder=-1)
    panel.set(xlabel="component", ylabel="share of the component", ylim=(0, None))
    panel.xaxis.set_major_locator(MaxNLocator(integer=True))
