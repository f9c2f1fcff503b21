"""Sentences on the activity itself: its dimensions and its time scales."""

from collections.abc import Sequence

import pandas as pd

from nma.figures.labels import label
from nma.report.comparisons import sources_by_layer, truths
from nma.report.wording import span
from nma.sources import WITH_LATENTS
from nma.statistics.autocorrelation import FEWEST_BINS

# {metric of draws of neurons, with their number as a group: what it counts}
GROWTH = {
    r"svca_reliable_components_of_(\d+)_neurons": "reliable components",
    r"dims_of_(\d+)_neurons": f"dims of the {label('lds')}",
}
UNMEASURED = (
    "Reliable components are not counted: shared variance component analysis needs two blocks of "
    "72 s, and the recording is shorter"
)


def dims_sentence(table: pd.DataFrame, layers: Sequence[str], split: str) -> str:
    """Give the number of reliable components, and of dims that predict hidden neurons best.

    The latter are those of the first baseline with latents, within one standard error and where
    its score is best, and next to them those of PPCA. Counts come with their numbers of neurons.
    """

    def of_layers(metric: str, source: str, of_split: str) -> pd.Series:
        rows = table[(table.metric == metric) & (table.source == source)]
        return rows[rows.split == of_split].set_index("layer").value

    baseline = WITH_LATENTS[0]
    reliable = of_layers("svca_reliable_components", "raw", "all")
    fraction = of_layers("svca_reliable_fraction", "raw", "all")
    score = sources_by_layer(table, "cosmooth_r2", split)[baseline].mean()
    of_each = "In each layer" if len(layers) > 1 else "In the recording"
    neurons = of_layers("neurons", "raw", "all")
    if set(layers) <= set(reliable.index):
        sentence = (
            f"{of_each}, of {span(neurons[layers])} neurons, {span(reliable[layers])} shared "
            f"components are more reliable than chance and slow signals alone would make them, and "
            f"{span(fraction[layers], '.2f')} of the variance of the strongest components (128 at "
            f"most) is reliable"
        )
    else:
        sentence = UNMEASURED
    if len(layers) > 1 and "all" in reliable:
        sentence += (
            f"; of all {neurons['all']:.0f} neurons together, {reliable['all']:.0f} components "
            f"and a fraction of {fraction['all']:.2f}"
        )
    sentence += ". "
    if score > 0:
        fewest = of_layers("dims_within_one_error", baseline, split)
        sentence += (
            f"{label(baseline)} needs {span(fewest[layers])} dims to predict hidden neurons within "
            f"one standard error of its best score{_saturation(table, baseline, layers, split)}"
        )
        without_time = of_layers("dims_within_one_error", "ppca", split)
        if len(without_time):
            sentence += f"; PPCA, which has no model of time, needs {span(without_time[layers])}"
        sentence += "."
    else:
        sentence += (
            f"{label(baseline)} does not predict hidden neurons better than their mean over train."
        )
    sentence += growth_sentence(table)
    simulated = truths(table, "latents_truth")
    if len(simulated):
        sentence += f" Simulated: {span(simulated[layers])} latents"
        in_all = f" in each layer, {simulated['all']:.0f} in all" if len(layers) > 1 else ""
        sentence += f"{in_all}; activity is the exponential of mixtures of them, with noise."
    return sentence


def _saturation(table: pd.DataFrame, source: str, layers: Sequence[str], split: str) -> str:
    """At how many dims the score of hidden neurons is best, as the end of a sentence."""
    rows = table[(table.source == source) & (table.split == split)]
    curves = counted(rows, r"cosmooth_r2_at_(\d+)_dims")
    if curves.empty:
        return ""
    best = curves.loc[curves.groupby("layer").value.idxmax()].set_index("layer").number[layers]
    at_most = int((best == curves.groupby("layer").number.max()[layers]).sum())
    saying = f", which is at {span(best)}"
    if at_most:
        where = f" in {at_most} of {len(layers)} layers" if len(layers) > 1 else ""
        saying += f" (the most that were tried{where}, so it may not have saturated)"
    return saying


def growth_sentence(table: pd.DataFrame) -> str:
    """Say how dims grow with the neurons that are drawn from a layer; nothing without such draws.

    Means over draws of the fewest neurons, of half of them, and of all.
    """
    found = {}
    for metric, name in GROWTH.items():
        draws = counted(table, metric)
        means = draws.groupby("number").value.mean()
        if len(means) > 1 and means.iloc[-2] > 0:
            found[name], layer = means, draws.layer[0]
    if not found:
        return ""
    fewest, *_, half, every = next(iter(found.values())).index[[0, -2, -1]]
    parts = [
        f"the {name} grow from {means.iloc[0]:.1f} of {fewest} neurons to {means.iloc[-1]:.0f} of "
        f"{every}, and by a factor of {means.iloc[-1] / means.iloc[-2]:.2f} from {half} to {every}"
        for name, means in found.items()
    ]
    return (
        f" In random draws of the neurons of {layer}, {'; '.join(parts)}: a count of dims holds "
        f"for its number of neurons alone."
    )


def counted(table: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Rows of the metrics that match, with the number that is the pattern's group as `number`."""
    number = table.metric.str.extract(f"^{metric}$", expand=False)
    rows = table.assign(number=number)[number.notna().to_numpy()].reset_index(drop=True)
    return rows.astype({"number": int})


def slowness_sentence(
    table: pd.DataFrame, models: Sequence[str], layers: Sequence[str], split: str
) -> str:
    """Give the median time scales, by layer, of raw neurons and of the first model's latents.

    Nothing where no neuron has a time scale, unless it is for want of bins.
    """

    def of_layers(metric: str, source: str) -> pd.Series:
        rows = table[(table.metric == metric) & (table.source == source) & (table.split == split)]
        return rows.groupby("layer").value.mean()

    neurons = of_layers("time_scale_neurons", "raw")
    if neurons.empty:
        bins = table[(table.metric == "time_scale_least") & (table.split == split)].n.min()
        if bins < FEWEST_BINS:
            return f"time scales need {FEWEST_BINS} bins, and {split} has {bins:.0f}."
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
