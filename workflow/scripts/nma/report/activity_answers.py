"""Sentences on the activity itself: its dimensions and its time scales."""

from collections.abc import Sequence

import pandas as pd

from nma.figures.labels import label
from nma.report.comparisons import sources_by_layer, truths
from nma.report.wording import span
from nma.sources import WITH_LATENTS


def dims_sentence(table: pd.DataFrame, layers: Sequence[str], split: str) -> str:
    """Give the number of reliable components, and of dims that predict hidden neurons best.

    The latter are those of the first baseline with latents, within one standard error.
    """

    def of_layers(metric: str, source: str, of_split: str) -> pd.Series:
        rows = table[(table.metric == metric) & (table.source == source)]
        return rows[rows.split == of_split].set_index("layer").value

    baseline = WITH_LATENTS[0]
    reliable = of_layers("svca_reliable_components", "raw", "all")
    fraction = of_layers("svca_reliable_fraction", "raw", "all")
    score = sources_by_layer(table, "cosmooth_r2", split)[baseline].mean()
    of_each = "In each layer," if len(layers) > 1 else "In the recording,"
    sentence = (
        f"{of_each} {span(reliable[layers])} shared components are more reliable than chance and "
        f"slow signals alone would make them, and {span(fraction[layers], '.2f')} of the variance "
        f"of the strongest components (128 at most) is reliable"
    )
    if len(layers) > 1 and "all" in reliable:
        sentence += (
            f"; of all neurons together, {reliable['all']:.0f} components and a fraction of "
            f"{fraction['all']:.2f}"
        )
    sentence += ". "
    if score > 0:
        fewest = of_layers("dims_within_one_error", baseline, split)
        sentence += (
            f"{label(baseline)} needs {span(fewest[layers])} dims to predict hidden neurons within "
            f"one standard error of its best score."
        )
    else:
        sentence += (
            f"{label(baseline)} does not predict hidden neurons better than their mean over train."
        )
    simulated = truths(table, "latents_truth")
    if len(simulated):
        sentence += f" Simulated: {span(simulated[layers])} latents"
        in_all = f" in each layer, {simulated['all']:.0f} in all" if len(layers) > 1 else ""
        sentence += f"{in_all}; activity is the exponential of mixtures of them, with noise."
    return sentence


def slowness_sentence(
    table: pd.DataFrame, models: Sequence[str], layers: Sequence[str], split: str
) -> str:
    """Give the median time scales, by layer, of raw neurons and of the first model's latents.

    Nothing where no neuron has a time scale.
    """

    def of_layers(metric: str, source: str) -> pd.Series:
        rows = table[(table.metric == metric) & (table.source == source) & (table.split == split)]
        return rows.groupby("layer").value.mean()

    neurons = of_layers("time_scale_neurons", "raw")
    if neurons.empty:
        return ""
    share = of_layers("time_scale_share_neurons", "raw")
    least = of_layers("time_scale_least", "raw").min()

    def seconds(values: pd.Series) -> str:
        return span(values, ".1f") + (" s or less" if values.min() <= least else " s")

    sentence = (
        f"a share of {span(share, '.2f')} of raw neurons is slower than white noise, with a median "
        f"time scale of {seconds(neurons)}"
    )
    latents = of_layers("time_scale_latents", models[0]) if models else neurons[:0]
    if len(latents):
        sentence += f"; the median of the latents of {label(models[0])} is {seconds(latents)}"
    shortest, longest, median = (
        truths(table, f"time_scale{which}_truth") for which in ("_shortest", "_longest", "")
    )
    if len(shortest):
        sentence += (
            f". Simulated: latents with time constants of {shortest.min():.1f} to "
            f"{longest.max():.1f} s, half of their variance at or below "
            f"{span(median[layers], '.1f')} s"
        )
    return f"{sentence}."
