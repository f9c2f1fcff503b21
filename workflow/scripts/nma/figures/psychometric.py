"""Figure: how often two angles are told apart, against the difference between them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt

from nma.figures.decoding import palette_of
from nma.figures.labels import label
from nma.figures.style import WIDTH, save
from nma.io.hdf5 import open_h5
from nma.statistics.psychometric import CRITERION, chance_right, fit
from nma.types import Array, FilePath

ALL = "all"


def draw(
    *,
    choices: Sequence[FilePath],
    svg: FilePath,
    png: FilePath,
    sources: Sequence[str],
    split: str,
    source_colours: Sequence[str],
    dpi: int,
) -> None:
    """Draw choices of all layers together, by source, and where there are several layers those of
    all their neurons; each with its fitted curve.

    choices: decoding/{layer}.h5 of layers and of `all`.
    """
    palette = palette_of(source_colours, sources)
    of_layers = [path for path in choices if Path(path).stem != ALL]
    shown = {source: summed(of_layers, source) for source in sources}
    if len(of_layers) < len(choices):
        shown[ALL] = summed([path for path in choices if Path(path).stem == ALL], "raw")
    figure, panel = plt.subplots(figsize=(0.7 * WIDTH, 3.8))
    for name, (distance, right, total) in shown.items():
        text = "all neurons" if name == ALL else label(name)
        style = {"color": palette[name], "markersize": 3}
        known = total > 0
        panel.plot(distance[known], right[known] / total[known], "o", label=text, **style)
        slopes, lapses = fit(distance, right[None], total[None])
        fine = np.linspace(0, distance.max(), 300)
        curve = chance_right(fine, slopes[0], lapses[0])
        panel.plot(fine, curve, color=palette[name], linewidth=1)
    panel.axhline(CRITERION, color="#999999", linestyle="--", linewidth=0.8, zorder=-1)
    panel.set(
        xlabel="difference from the centre (degrees)",
        ylabel=f"share of right choices, {split} trials",
        ylim=(0.4, 1.02),
        xlim=(0, None),
    )
    figure.legend(loc="outside right center", title="Told from")
    save(figure, svg, png, dpi)


def summed(paths: Sequence[FilePath], source: str) -> tuple[Array, Array, Array]:
    """(distances, right choices, all choices) of a source, summed over files."""
    found = []
    for path in paths:
        with open_h5(path) as file:
            distance = file["distance"][:]
            found.append([file[f"{source}/{name}"][:] for name in ("right", "total")])
    return distance, *np.sum(found, axis=0)
