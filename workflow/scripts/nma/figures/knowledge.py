"""Figure: how much the latents of each source know of behaviour, the truth and other seeds."""

from collections.abc import Mapping, Sequence

from matplotlib import pyplot as plt

from nma.figures.labels import label
from nma.figures.marks import side_by_side, zero_line
from nma.figures.style import WIDTH, colours, layer_legend, save
from nma.scores.frame import read_table
from nma.types import FilePath

PANELS = {
    "behavior_r2": "behaviour",
    "latent_recovery_r2": "true latents",
    "consistency_r2": "other seeds",
}


def draw(
    *,
    metrics: FilePath,
    svg: FilePath,
    png: FilePath,
    sources: Sequence[str],
    layers: Mapping[str, str],
    split: str,
    layer_colours: Sequence[str],
    dpi: int,
) -> None:
    """Draw a panel for each of these metrics that the recording has, a point a layer."""
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
    shifts = side_by_side(len(layers), 0.25)
    for panel, metric in zip(panels[0], shown, strict=False):
        rows = table[table.metric == metric]
        present = [source for source in sources if source in set(rows.source)]
        for place, source in enumerate(present):
            values = rows[rows.source == source].groupby("layer").value.mean().reindex(list(layers))
            panel.scatter(place + shifts, values, s=12, c=[palette[layer] for layer in layers])
            panel.hlines(values.mean(), place - 0.35, place + 0.35, color="#222222", linewidth=1)
        zero_line(panel, "#999999")
        panel.set_xticks(range(len(present)), map(label, present), rotation=45, ha="right")
        panel.set(title=PANELS[metric], ylabel=f"{metric} of {split} time")
    if shown:
        layer_legend(figure, palette, layers)
    save(figure, svg, png, dpi)
