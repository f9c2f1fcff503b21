"""Figure: a raster of the recording, neurons sorted by similarity in all layers alike."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.patches import Rectangle

from nma.figures.style import WIDTH, colours, save
from nma.io.hdf5 import open_h5
from nma.latents.shared_components import read_components
from nma.types import Array, FilePath


def draw(
    *,
    tensors: Sequence[FilePath],
    fits: Sequence[FilePath],
    latents: Sequence[FilePath],
    svg: FilePath,
    png: FilePath,
    layers: Mapping[str, str],
    neurons: int,
    seconds: float,
    layer_colours: Sequence[str],
    dpi: int,
) -> None:
    """Draw the first `seconds` of at most `neurons` neurons of each layer, evenly spaced in rank.

    tensors, fits, latents: of the layers, the latter two of their LDSs.
    """
    found = read_components(fits, latents, 2)
    palette = colours(layer_colours, layers)
    rows, edges = [], [0]
    for path, loadings in zip(tensors, found.loadings, strict=True):
        with open_h5(path) as tensor:
            step = tensor.attrs["bin_seconds"]
            activity = tensor["activity"][: max(2, round(seconds / step))]
        order = similar_together(loadings)
        shown = order[np.linspace(0, len(order) - 1, min(neurons, len(order))).round().astype(int)]
        centred = activity[:, shown].T - activity[:, shown].mean(0)[:, None]
        scale = centred.std(axis=1, keepdims=True)
        rows.append(centred / np.where(scale > 0, scale, 1))
        edges.append(edges[-1] + len(shown))
    image = np.concatenate(rows)

    figure, axes = plt.subplots(figsize=(WIDTH, 5.2))
    picture = axes.imshow(
        image,
        aspect="auto",
        cmap="gray_r",
        vmin=0,
        vmax=4,
        interpolation="nearest",
        extent=(0, image.shape[1] * step, edges[-1], 0),
    )
    for layer, top, bottom in zip(layers, edges[:-1], edges[1:], strict=True):
        axes.add_patch(
            Rectangle(
                (-0.012, top),
                0.009,
                bottom - top,
                transform=axes.get_yaxis_transform(),
                color=palette[layer],
                clip_on=False,
                linewidth=0,
            )
        )
        axes.axhline(top, color="#bbbbbb", linewidth=0.4)
    centres = (np.array(edges[:-1]) + edges[1:]) / 2
    axes.set_yticks(centres, layers.values())
    axes.tick_params(axis="y", length=0, pad=10)
    axes.set(xlabel="time (s)", ylabel="neurons by layer, sorted by similarity")
    figure.colorbar(picture, label="activity (s.d. of the neuron)", shrink=0.5, pad=0.02)
    save(figure, svg, png, dpi)


def similar_together(loadings: Array) -> Array:
    """The order of neurons in which those that load alike stand together.

    loadings: (neurons, 2 at most), whose angle says when a neuron is active within the cycle of
    both; of a single component, their size.
    """
    first, *second = loadings.T
    return np.argsort(np.arctan2(second[0], first) if second else first, kind="stable")
