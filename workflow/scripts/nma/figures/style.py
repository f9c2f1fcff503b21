"""The common look of all figures: fonts, colours that mean the same everywhere, and saving."""

import io
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.collections import Collection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from PIL import Image

from nma.figures.drawn import drawn
from nma.io.files import atomic_path
from nma.sources import BASELINES, is_lds
from nma.types import FilePath

WIDTH = 9.0  # inches; the column of the report
MM = 1 / 25.4  # inches
NARROW = 5.0  # inches, of a figure whose panels stand one above the other
PANEL = 0.62  # height of such a panel, in widths of the figure
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
# What journals ask for: fonts embedded as text, letters of 5 to 7 pt, lines of 0.5 to 1 pt.
OF_JOURNALS = {
    "font.size": 6.5,
    "font.sans-serif": ["Arial", "Helvetica", "DejaVu Sans"],  # the first that the machine has
    "axes.titlesize": 6.5,
    "axes.labelsize": 6.5,
    "axes.linewidth": 0.5,
    "legend.fontsize": 6,
    "legend.title_fontsize": 6,
    "xtick.labelsize": 6,
    "ytick.labelsize": 6,
    "xtick.major.width": 0.5,
    "ytick.major.width": 0.5,
    "pdf.fonttype": 42,
}
THINNEST, THICKEST, BAR = 0.5, 1.0, 3.0  # pt; what is wider than BAR is a bar and no line


def use_style(width: float | None = None) -> None:
    """Give matplotlib the common look. Call it before the first figure is made.

    width: in mm, of figures for a journal; by default they are as wide as the report.
    """
    matplotlib.rcdefaults()
    matplotlib.use("Agg")
    plt.rcParams.update(STYLE)
    if width is not None:
        # Journals name fonts that not every machine has, and each missing one would be a warning.
        logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
        plt.rcParams.update(OF_JOURNALS)
    inches = WIDTH if width is None else width * MM
    plt.rcParams["figure.figsize"] = (inches, inches)


def is_narrow() -> bool:
    """Whether figures are as narrow as a column of a journal."""
    return plt.rcParams["figure.figsize"][0] < NARROW


def side_by_side_panels(
    height: float, width_ratios: Sequence[float], **settings: Any
) -> tuple[Figure, list[Axes]]:
    """A figure of the width that use_style set, with panels in a row, or a column where narrow.

    height: in inches where the figure is as wide as the report, and in proportion elsewhere;
    width_ratios: of the panels, one each; settings: of plt.subplots.
    """
    width, count = plt.rcParams["figure.figsize"][0], len(width_ratios)
    if is_narrow():
        size = (width, count * PANEL * width)
        figure, panels = plt.subplots(count, 1, figsize=size, squeeze=False, **settings)
    else:
        size = (width, height * width / WIDTH)
        settings |= {"width_ratios": width_ratios, "squeeze": False}
        figure, panels = plt.subplots(1, count, figsize=size, **settings)
    return figure, list(panels.flat)


def legend_place(columns: int = 3) -> dict[str, Any]:
    """Where a legend of the whole figure stands: at its right, or below where it is narrow."""
    if is_narrow():
        return {"loc": "outside lower center", "ncols": columns, "columnspacing": 1}
    return {"loc": "outside right center"}


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
    settings = legend_place(columns=6) | {"title": "Layer", "handletextpad": 0.2}
    figure.legend(handles=handles, **(settings | where))


def layer_ticks(panel: Axes, layers: Mapping[str, str], room: int) -> None:
    """Name the places 0, 1, ... of the x axis after the layers.

    room: letters that fit side by side; more are turned.
    """
    names = list(layers.values())
    turned = sum(map(len, names)) + len(names) > room
    panel.set_xticks(range(len(names)), names, rotation=90 if turned else 0)


def save(
    figure: Figure,
    svg: FilePath,
    png: FilePath | None = None,
    dpi: int | None = None,
    *,
    pdf: FilePath | None = None,
    tsv: FilePath | None = None,
) -> None:
    """Write the figure, the same bytes every time, and close it.

    png: with dpi; pdf, tsv: for a paper, of which the latter has the numbers drawn (see `drawn`).
    """
    if pdf is not None:
        as_thin_as_journals_ask(figure)
        with atomic_path(pdf) as path:
            figure.savefig(path, metadata={"CreationDate": None})
    with atomic_path(svg) as path:
        figure.savefig(path, dpi=dpi or "figure", metadata={"Date": None})
    if png is not None:
        # The PNG keeps 256 colours: nobody sees it, and it takes a third of the bytes.
        pixels = io.BytesIO()
        figure.savefig(pixels, dpi=dpi, format="png")
        with atomic_path(png) as path, Image.open(pixels) as image:
            image.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, dpi=(dpi, dpi))
    if tsv is not None:
        with atomic_path(tsv) as path:
            drawn(figure).to_csv(path, sep="\t", index=False, float_format="%.6g")
    plt.close(figure)


def as_thin_as_journals_ask(figure: Figure) -> None:
    """Bring all lines and edges into the range of journals; bars stay as wide as they are."""
    for line in figure.findobj(lambda artist: isinstance(artist, Line2D | Collection)):
        width = np.max(line.get_linewidth())
        if 0 < width <= BAR:
            line.set_linewidth(np.clip(width, THINNEST, THICKEST))
