"""Figure: what the latents of each source know of behaviour, of the truth, and of other seeds."""

import numpy as np
from matplotlib import pyplot as plt

from nma.figures.labels import label
from nma.figures.style import WIDTH, colours, layer_legend, save
from nma.jobs.job import job
from nma.scores.frame import read_table

PANELS = {
    "behavior_r2": "behaviour",
    "latent_recovery_r2": "true latents",
    "consistency_r2": "other seeds",
}


def main(metrics, svg, png, *, sources, layers, split, layer_colours, dpi):
    palette = colours(layer_colours, layers)
    table = read_table(metrics)
    table = table[(table.split == split) & table.source.isin(sources)]
    shown = [metric for metric in PANELS if metric in set(table.metric)]
    figure, panels = plt.subplots(
        1, max(len(shown), 1), figsize=(WIDTH, 3.6), squeeze=False, layout="constrained"
    )
    if not shown:
        panels[0, 0].set_axis_off()
        panels[0, 0].text(0.5, 0.5, "no behaviour, no truth, one seed", ha="center", va="center")
    jitter = np.linspace(-0.25, 0.25, len(layers)) if len(layers) > 1 else np.zeros(1)
    for panel, metric in zip(panels[0], shown, strict=False):
        rows = table[table.metric == metric]
        present = [source for source in sources if source in set(rows.source)]
        for place, source in enumerate(present):
            values = rows[rows.source == source].groupby("layer").value.mean().reindex(layers)
            panel.scatter(place + jitter, values, s=12, c=[palette[layer] for layer in layers])
            panel.hlines(values.mean(), place - 0.35, place + 0.35, color="#222222", linewidth=1)
        panel.axhline(0, color="#999999", linewidth=0.6, zorder=-1)
        panel.set_xticks(range(len(present)), map(label, present), rotation=45, ha="right")
        panel.set(title=PANELS[metric], ylabel=f"{metric} of {split} time")
    if shown:
        layer_legend(figure, palette)
    save(figure, svg, png, dpi)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            metrics=snakemake.input[0],
            svg=snakemake.output.svg,
            png=snakemake.output.png,
            sources=snakemake.params.sources,
            layers=snakemake.params.layers,
            split=snakemake.params.split,
            layer_colours=snakemake.params.layer_colours,
            dpi=snakemake.params.dpi,
        )
