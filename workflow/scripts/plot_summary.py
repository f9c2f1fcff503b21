"""Figure: one metric of held-out time by layer and source, PCA at equal dims among them."""

import numpy as np
from matplotlib import pyplot as plt

from nma.figures.labels import label
from nma.figures.style import WIDTH, save, source_palette
from nma.jobs.job import job
from nma.scores.frame import over_seeds, read_table


def main(metrics, svg, png, *, metric, layers, sources, split, source_colours, dpi):
    palette = source_palette(source_colours, sources)
    table = read_table(metrics)
    table = table[(table.metric == metric) & (table.split == split)]

    figure, (by_layer, summary) = plt.subplots(
        1, 2, figsize=(WIDTH, 3.8), sharey=True, width_ratios=(4, 1.4)
    )
    shifts = np.linspace(-0.3, 0.3, len(sources)) if len(sources) > 1 else [0]
    for place, (source, shift) in enumerate(zip(sources, shifts, strict=True)):
        rows = over_seeds(table[table.source == source], "layer").loc[layers]
        by_layer.errorbar(
            np.arange(len(layers)) + shift,
            rows.value,
            yerr=(rows.value - rows.ci_low, rows.ci_high - rows.value),
            fmt="o",
            color=palette[source],
            markersize=4,
            linewidth=1,
            label=label(source),
        )
        jitter = np.linspace(-0.15, 0.15, len(layers)) if len(layers) > 1 else [0]
        summary.plot(place + np.array(jitter), rows.value, "o", color=palette[source], markersize=3)
        summary.hlines(rows.value.mean(), place - 0.3, place + 0.3, color=palette[source])
    by_layer.set_xticks(range(len(layers)), layers)
    by_layer.set(xlabel="layer", ylabel=f"{metric} of {split} time (train mean predicts 0)")
    by_layer.axhline(0, color="#bbbbbb", linewidth=0.6, zorder=-1)
    summary.axhline(0, color="#bbbbbb", linewidth=0.6, zorder=-1)
    summary.set_xticks(range(len(sources)), [label(s) for s in sources], rotation=45, ha="right")
    summary.set_title("all layers; bar: mean")
    figure.legend(loc="outside right center", title="Source")
    save(figure, svg, png, dpi)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            metrics=snakemake.input[0],
            svg=snakemake.output.svg,
            png=snakemake.output.png,
            metric=snakemake.wildcards.metric,
            layers=snakemake.params.layers,
            sources=snakemake.params.sources,
            split=snakemake.params.split,
            source_colours=snakemake.params.source_colours,
            dpi=snakemake.params.dpi,
        )
