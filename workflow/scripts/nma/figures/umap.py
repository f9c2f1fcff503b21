"""Figure: one source's UMAP, supervised and not: train, test, and test on top of train."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from nma.figures.style import WIDTH, colours, layer_legend, save
from nma.io.hdf5 import open_h5
from nma.types import Array, FilePath


def draw(
    *,
    points: FilePath,
    svg: FilePath,
    png: FilePath,
    layers: Mapping[str, str],
    layer_colours: Sequence[str],
    dpi: int,
) -> None:
    """Draw both maps of umap/{source}.h5, each point in the colour of its layer."""
    palette = colours(layer_colours, layers)
    with open_h5(points) as file:
        maps = {mode: file[mode][:] for mode in ("unsupervised", "supervised")}
        layer, held_out = file["layer"][:], file["held_out"][:]
        kind = file.attrs["kind"]
    point_colours = np.array([palette[name] for name in layers])[layer - 1]
    # Fewer points may be larger; the order is shuffled so that no layer covers the others.
    size = np.clip(4000 / len(layer), 1.5, 14)
    faint = np.clip(300 / len(layer), 0.15, 0.4)
    order = np.random.default_rng(0).permutation(len(layer))

    figure, axes = plt.subplots(2, 3, figsize=(WIDTH, 6.0))
    for row, (mode, xy) in zip(axes, maps.items(), strict=True):
        views = {
            "train": [(~held_out, 1, size)],
            "test": [(held_out, 1, 2.5 * size)],
            "test on top": [(~held_out, faint, size), (held_out, 1, 2.5 * size)],
        }
        for panel, (view, groups) in zip(row, views.items(), strict=True):
            for members, opacity, area in groups:
                shown = order[members[order]]
                panel.scatter(
                    *xy[shown].T,
                    s=area,
                    c=point_colours[shown],
                    alpha=opacity,
                    linewidths=0,
                    rasterized=True,
                )
            panel.set_title(f"{mode}: {view} (n = {sum(m.sum() for m, *_ in groups)})")
            panel.set_xticks([])
            panel.set_yticks([])
            panel.set_xlabel("UMAP 1")
        row[0].set_ylabel("UMAP 2")
        set_limits(row, xy, kind)
    layer_legend(figure, palette, layers)
    save(figure, svg, png, dpi)


def set_limits(row: Sequence[Axes], xy: Array, kind: str) -> None:
    """Give the panels of a map the same limits, or say that it has too few points.

    xy: places (points, 2), NaN where there is no map; kind: of points.
    """
    low, high = np.nanmin(xy, axis=0), np.nanmax(xy, axis=0)
    if not (np.isfinite(low).all() and np.isfinite(high).all()):
        text = f"too few {kind} for a map"
        row[1].text(0.5, 0.5, text, ha="center", transform=row[1].transAxes)
        return
    margin = 0.04 * (high - low) + 1e-3
    for panel in row:
        panel.set_xlim(low[0] - margin[0], high[0] + margin[0])
        panel.set_ylim(low[1] - margin[1], high[1] + margin[1])
