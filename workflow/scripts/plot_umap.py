"""Figure: one source's UMAP, supervised and not: train, test, and test on top of train."""

import numpy as np
from matplotlib import pyplot as plt

from nma.figures.style import WIDTH, colours, layer_legend, save
from nma.io.hdf5 import open_h5
from nma.jobs.job import job


def main(umap_path, svg, png, *, layers, layer_colours, dpi):
    palette = colours(layer_colours, layers)
    with open_h5(umap_path) as file:
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
                points = order[members[order]]
                panel.scatter(
                    *xy[points].T,
                    s=area,
                    c=point_colours[points],
                    alpha=opacity,
                    linewidths=0,
                    rasterized=True,
                )
            panel.set_title(f"{mode}: {view} (n = {sum(m.sum() for m, *_ in groups)})")
            panel.set_xticks([])
            panel.set_yticks([])
            panel.set_xlabel("UMAP 1")
        row[0].set_ylabel("UMAP 2")
        limits = np.nanmin(xy, axis=0), np.nanmax(xy, axis=0)
        if np.isfinite(limits).all():
            margin = 0.04 * (limits[1] - limits[0]) + 1e-3
            for panel in row:
                panel.set_xlim(limits[0][0] - margin[0], limits[1][0] + margin[0])
                panel.set_ylim(limits[0][1] - margin[1], limits[1][1] + margin[1])
        else:
            row[1].text(
                0.5, 0.5, f"too few {kind} for a map", ha="center", transform=row[1].transAxes
            )
    layer_legend(figure, palette)
    save(figure, svg, png, dpi)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            umap_path=snakemake.input[0],
            svg=snakemake.output.svg,
            png=snakemake.output.png,
            layers=snakemake.params.layers,
            layer_colours=snakemake.params.layer_colours,
            dpi=snakemake.params.dpi,
        )
