"""Figure: cumulative explained variance of every layer against the number of components."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.ticker import PercentFormatter

from nma.figures.marks import side_by_side
from nma.figures.style import WIDTH, colours, layer_legend, save
from nma.io.hdf5 import open_h5
from nma.types import FilePath


def draw(
    *,
    pca: Sequence[FilePath],
    svg: FilePath,
    png: FilePath,
    layers: Mapping[str, str],
    layer_colours: Sequence[str],
    dpi: int,
) -> None:
    """Draw the curves of pca/{layer}.h5, and the components that fractions of variance take."""
    palette = colours(layer_colours, layers)
    figure, (curves, needed) = plt.subplots(1, 2, figsize=(WIDTH, 3.8), width_ratios=(3, 2))
    at_n10 = []
    shifts = side_by_side(len(layers), 0.25)
    for layer, path, shift in zip(layers, pca, shifts, strict=True):
        with open_h5(path) as file:
            cumulative, attributes = file["cumulative_explained_variance"][:], dict(file.attrs)
        curves.plot(
            np.arange(1, len(cumulative) + 1), cumulative, color=palette[layer], linewidth=1.2
        )
        at_n10.append(attributes["explained_at_n10"])
        reached = sorted(name for name in attributes if name.startswith("dims_"))
        dims = [attributes[name] for name in reached]
        needed.plot(np.arange(len(dims)) + shift, dims, "o", color=palette[layer], markersize=4)
    n10, mean = attributes["n10"], np.mean(at_n10)
    curves.axvline(n10, color="#555555", linewidth=0.8, linestyle="--")
    curves.annotate(
        f"N // 10 = {n10} components:\n{mean:.1%} on average",
        (n10, mean),
        xytext=(0.42, 0.3),
        textcoords="axes fraction",
        arrowprops={"arrowstyle": "-", "color": "#555555", "linewidth": 0.8},
    )
    curves.set(
        xlabel="components", ylabel="explained variance of train", ylim=(0, 1.02), xlim=(0, None)
    )
    curves.yaxis.set_major_formatter(PercentFormatter(1))
    percents = [f"{name.removeprefix('dims_')}%" for name in reached]
    needed.set_xticks(range(len(percents)), percents)
    needed.set(xlabel="explained variance of train", ylabel="components needed", ylim=(0, None))
    layer_legend(figure, palette, layers)
    save(figure, svg, png, dpi)
