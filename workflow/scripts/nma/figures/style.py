"""The common look of all figures: fonts, colours that mean the same everywhere, and saving."""

import io

import matplotlib
from matplotlib import pyplot as plt
from PIL import Image

from nma.io.files import atomic_path

matplotlib.use("Agg")

WIDTH = 9.0  # inches; the column of the report
RAW_COLOUR = "#777777"
LINEAR_COLOURS = {"ppca": "#666666", "smooth_ppca": "#999999", "interpolation": "#cccccc"}
plt.rcParams.update(
    {
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
)


def colours(palette, names):
    """{name: colour}: the palette in order, repeated where there are more names."""
    return {name: palette[number % len(palette)] for number, name in enumerate(names)}


def source_palette(palette, sources):
    """{source: colour}: linear opponents in greys, the others in the order of the palette."""
    others = [source for source in sources if source not in LINEAR_COLOURS]
    return LINEAR_COLOURS | colours(palette, others)


def layer_legend(figure, palette, **where):
    """One legend of the layers for the whole figure."""
    handles = [
        plt.Line2D([], [], marker="o", linestyle="", markersize=5, color=colour, label=layer)
        for layer, colour in palette.items()
    ]
    settings = {"loc": "outside right center", "title": "Layer", "handletextpad": 0.2}
    figure.legend(handles=handles, **(settings | where))


def save(figure, svg, png, dpi):
    """Write the figure as SVG and PNG, the same bytes every time."""
    with atomic_path(svg) as path:
        figure.savefig(path, dpi=dpi, metadata={"Date": None})
    # Of the PNG 256 colours are kept, which no eye misses and which make a third of the bytes.
    pixels = io.BytesIO()
    figure.savefig(pixels, dpi=dpi, format="png")
    with atomic_path(png) as path, Image.open(pixels) as image:
        image.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, dpi=(dpi, dpi))
    plt.close(figure)
