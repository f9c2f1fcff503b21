"""The common look of all figures: fonts, colours that mean the same everywhere, and saving."""

import io
from collections.abc import Iterable, Mapping, Sequence

import matplotlib
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from nma.io.files import atomic_path
from nma.sources import BASELINES, is_lds
from nma.types import FilePath

WIDTH = 9.0  # inches; the column of the report
RAW_COLOUR = "#777777"
# Of baselines, in the order of nma.sources: the LDS in wine, regressions brownish, others grey.
BASELINE_COLOURS = ("#882255", "#666666", "#b59a7a", "#6e5338", "#cccccc")
LDS_COLOURS = ("#4d1130", "#a05070")  # of LDSs with as many dims as models
STYLE = {
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "figure.constrained_layout.use": True,
    "svg.fonttype": "none",
    # Without a salt of its own every run would write other ids into the SVG.
    "svg.hashsalt": "nma",
}


def use_style() -> None:
    """Give matplotlib the common look. Call it before the first figure is made."""
    matplotlib.use("Agg")
    plt.rcParams.update(STYLE)


def colours(palette: Sequence[str], names: Iterable[str]) -> dict[str, str]:
    """{name: colour}: the palette in order, repeated where there are more names."""
    return {name: palette[number % len(palette)] for number, name in enumerate(names)}


def source_palette(palette: Sequence[str], sources: Iterable[str]) -> dict[str, str]:
    """{source: colour}: baselines in theirs, the others in the order of the palette."""
    others = [source for source in sources if source not in BASELINES]
    found = colours(BASELINE_COLOURS, BASELINES)
    found |= colours(LDS_COLOURS, filter(is_lds, others))
    return found | colours(palette, (source for source in others if not is_lds(source)))


def layer_legend(
    figure: Figure, palette: Mapping[str, str], layers: Mapping[str, str], **where: object
) -> None:
    """Add one legend of the layers for the whole figure.

    palette: {layer: colour}; layers: {layer: its name}, or none of `all`; where: settings of
    Figure.legend in place of the usual ones.
    """
    handles = [
        plt.Line2D(
            [],
            [],
            marker="o",
            linestyle="",
            markersize=5,
            color=colour,
            label=layers.get(layer, layer),
        )
        for layer, colour in palette.items()
    ]
    settings = {"loc": "outside right center", "title": "Layer", "handletextpad": 0.2}
    figure.legend(handles=handles, **(settings | where))


def layer_ticks(panel: Axes, layers: Mapping[str, str], room: int) -> None:
    """Name the places 0, 1, ... of the x axis after the layers.

    room: letters that fit side by side; more are turned.
    """
    names = list(layers.values())
    turned = sum(map(len, names)) + len(names) > room
    panel.set_xticks(range(len(names)), names, rotation=90 if turned else 0)


def save(figure: Figure, svg: FilePath, png: FilePath, dpi: int) -> None:
    """Write the figure as SVG and PNG, the same bytes every time, and close it."""
    with atomic_path(svg) as path:
        figure.savefig(path, dpi=dpi, metadata={"Date": None})
    # The PNG keeps 256 colours: nobody sees the difference, and it takes a third of the bytes.
    pixels = io.BytesIO()
    figure.savefig(pixels, dpi=dpi, format="png")
    with atomic_path(png) as path, Image.open(pixels) as image:
        image.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, dpi=(dpi, dpi))
    plt.close(figure)
