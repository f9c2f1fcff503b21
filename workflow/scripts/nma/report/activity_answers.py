"""Sentences on the activity itself: its dimensions and its time scales."""

import math
from collections.abc import Sequence

import pandas as pd
from scipy.special import bdtrc

from nma.figures.labels import label, number
from nma.report.comparisons import of_layers, truths
from nma.report.warnings import is_constant
from nma.report.wording import counted, listed, seconds, span
from nma.sources import WITH_LATENTS
from nma.statistics.autocorrelation import CHANCE, FEWEST_BINS

# {metric of draws of neurons, with their number as a group: what it counts}
GROWTH = {
    r"svca_reliable_components_of_(\d+)_neurons": "reliable components",
    r"dims_of_(\d+)_neurons": f"dims of the {label('lds')}",
}
UNMEASURED = (
    "Reliable components are not counted: shared variance component analysis needs two blocks of "
    "72 s, or of 60 trials, and the recording is shorter."
)


def dims_sentence(table: pd.DataFrame, layers: Sequence[str], split: str) -> str:
    """Give the number of dims that predict hidden neurons best, and of reliable components.

    The former are those of the first baseline with latents, within one standard error and where
    its score is best, and next to them those of PPCA. Counts come with their numbers of neurons.
    """
    parts = [_reliable(table, layers)]
    if not is_constant(table, layers, split):
        parts.insert(0, _needed(table, layers, split))
    sentence = " ".join(filter(None, parts)) + growth_sentence(table)
    simulated = truths(table, "latents_truth")
    if len(simulated):
        sentence += f" Simulated: {counted(span(simulated[layers]), 'latent')}"
        in_all = f" in each layer, {simulated['all']:.0f} in all" if len(layers) > 1 else ""
        sentence += (
            f"{in_all}; activity is the exponential of mixtures of them, which has more linear "
            f"dimensions, with noise."
        )
    return sentence.strip()


def sampled_neurons(table: pd.DataFrame, layers: Sequence[str]) -> str:
    """How many neurons of these layers were sampled, as `104 neurons`; nothing if unknown."""
    neurons = of_layers(table, "neurons", "raw", "all").reindex(layers).dropna()
    return counted(span(neurons), "neuron") if len(neurons) else ""


def needed_dims(table: pd.DataFrame, layers: Sequence[str], split: str) -> tuple[str, pd.Series]:
    """The first baseline with latents, and the dims by layer with which it predicts hidden neurons
    within one standard error of its best; without layers in which it predicts none."""
    source = next((s for s in WITH_LATENTS if (table.source == s).any()), WITH_LATENTS[0])
    fewest = of_layers(table, "dims_within_one_error", source, split)
    return source, fewest.reindex(layers).dropna()


def _reliable(table: pd.DataFrame, layers: Sequence[str]) -> str:
    """How many shared components are reliable, and how much of their variance."""
    reliable, fraction, neurons = (
        of_layers(table, metric, "raw", "all")
        for metric in ("svca_reliable_components", "svca_reliable_fraction", "neurons")
    )
    mine = reliable.reindex(layers).dropna()
    if mine.empty:
        return UNMEASURED
    alone = of_layers(table, "svca_reliable_components_without_copies", "raw", "all")

    def without_copies(names: Sequence[str]) -> str:
        """The count of the first of each group of copies, in brackets, where there are copies."""
        if not alone.index.intersection(names).size:
            return ""
        return f" ({span(alone.reindex(names).fillna(reliable[names]))} without copies)"

    count = span(mine)
    are = "is" if count == "1" else "are"
    sentence = (
        f"{'In each layer' if len(layers) > 1 else 'In the recording'}, of "
        f"{counted(span(neurons[mine.index]), 'neuron')}, "
        f"{'no' if count == '0' else count} shared {'component' if count == '1' else 'components'}"
        f"{without_copies(list(mine.index))} {are} more reliable than chance and slow signals "
        f"alone would make them, and {span(fraction[mine.index], '.2f')} of the variance of the "
        f"strongest components (128 at most) is reliable"
    )
    if len(layers) > 1 and "all" in reliable:
        sentence += (
            f"; of all {neurons['all']:.0f} neurons together, "
            f"{counted(number(reliable['all'], '.0f'), 'component')}{without_copies(['all'])} and "
            f"a fraction of {number(fraction['all'], '.2f')}"
        )
    return f"{sentence}."


def _needed(table: pd.DataFrame, layers: Sequence[str], split: str) -> str:
    """With how many dims the LDS and PPCA predict hidden neurons about as well as they can.

    Each layer counts for itself; those in which nothing is predicted have no such number.
    """
    source, fewest = needed_dims(table, layers, split)
    name = label(source)
    without = [layer for layer in layers if layer not in fewest.index]
    sentence = ""
    if len(fewest):
        of_some = f"in {listed(list(fewest.index))}, " if without else ""
        sentence = (
            f"{of_some}{name} needs {counted(span(fewest), 'dim')} to predict hidden neurons "
            f"within one standard error of its best score"
            f"{_saturation(table, source, list(fewest.index), split)}"
        )
        ppca = of_layers(table, "dims_within_one_error", "ppca", split).reindex(layers).dropna()
        if len(ppca) and source != "ppca":
            where = f" in {len(ppca)} of {len(layers)} layers" if len(ppca) < len(layers) else ""
            sentence += f"; PPCA, which has no model of time, needs {span(ppca)}{where}"
        sentence = f"{sentence[0].upper()}{sentence[1:]}."
    if without:
        where = f" in {listed(without)}" if len(fewest) else ""
        sentence += (
            f" {name} is not shown to predict hidden neurons better than their mean over train"
            f"{where}."
        )
    return sentence.strip()


def _saturation(table: pd.DataFrame, source: str, layers: Sequence[str], split: str) -> str:
    """At how many dims the score of hidden neurons is best, and from which on it falls again."""
    rows = table[(table.source == source) & (table.split == split) & table.layer.isin(layers)]
    curves = numbered(rows, r"cosmooth_r2_at_(\d+)_dims")
    if curves.empty:
        return ""
    tried = curves.groupby("layer").number.max()[layers]
    best = curves.loc[curves.groupby("layer").value.idxmax()].set_index("layer").number[layers]
    saying, at_most = f", which is at {span(best)}", int((best == tried).sum())

    def where(count: int) -> str:
        return f" in {count} of {counted(len(layers), 'layer')}" if len(layers) > 1 else ""

    if at_most:
        saying += f" (the most that were tried{where(at_most)}, so it may not have saturated)"
    most = of_layers(table, "dims_within_one_error_at_most", source, split).reindex(layers)
    falls = most[most < tried]
    if len(falls):
        saying += f"; above {counted(span(falls), 'dim')} it is worse than that{where(len(falls))}"
    return saying


def growth_sentence(table: pd.DataFrame) -> str:
    """Say how dims grow with the neurons that are drawn from a layer; nothing without such draws.

    Means over draws of the fewest neurons, of half of them, and of all.
    """
    found = {}
    for metric, name in GROWTH.items():
        draws = numbered(table, metric)
        means = draws.groupby("number").value.mean()
        if len(means) > 1 and means.iloc[-2] > 0:
            found[name], layer = means, draws.layer[0]
    if not found:
        return ""
    fewest, *_, half, every = next(iter(found.values())).index[[0, -2, -1]]
    parts = [
        f"the {name} {'grow' if means.iloc[-1] > means.iloc[0] else 'go'} from "
        f"{means.iloc[0]:.1f} of {fewest} neurons to {means.iloc[-1]:.0f} of {every}, and by a "
        f"factor of {means.iloc[-1] / means.iloc[-2]:.2f} from {half} to {every}"
        for name, means in found.items()
    ]
    return (
        f" In random draws of the neurons of {layer}, {'; '.join(parts)}: a count of dims holds "
        f"for its number of neurons alone."
    )


def numbered(table: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Rows of the metrics that match, with the number that is the pattern's group as `number`."""
    number = table.metric.str.extract(f"^{metric}$", expand=False)
    rows = table.assign(number=number)[number.notna().to_numpy()].reset_index(drop=True)
    return rows.astype({"number": int})


def slowness_sentence(
    table: pd.DataFrame, models: Sequence[str], layers: Sequence[str], split: str
) -> str:
    """Give the median time scales, by layer, of raw neurons and of the first model's latents.

    A layer whose share of slow neurons is no larger than that of false alarms has none found.
    Nothing where no time scales were measured, unless it is for want of bins.
    """
    share = of_layers(table, "time_scale_share_neurons", "raw", split)
    if share.empty:
        rows = table[(table.metric == "time_scale_least") & (table.split == split)]
        if len(rows) and rows.n.min() < FEWEST_BINS:
            return f"time scales need {FEWEST_BINS} bins, and {split} has {rows.n.min():.0f}."
        return ""
    least, most = (of_layers(table, f"time_scale_{end}", "raw", split) for end in ("least", "most"))
    ends = least.min(), most.min() if len(most) else math.inf
    rows = table[(table.metric == "time_scale_share_neurons") & (table.source == "raw")]
    counts = rows[rows.split == split].groupby("layer").n.max()
    # The probability of as many false alarms or more, and 0.05 shared out among layers.
    chance = bdtrc((share * counts).round() - 1, counts.astype(int), CHANCE)
    neurons = of_layers(table, "time_scale_neurons", "raw", split)
    neurons = neurons.reindex(share.index[chance <= 0.05 / len(share)]).dropna()
    none = [layer for layer in layers if layer in share.index.difference(neurons.index)]
    parts = []
    if len(neurons):
        where = f"in {listed(list(neurons.index))}, " if none else ""
        median = seconds(neurons, *ends)
        of_seconds = median if median.startswith("longer") else f"of {median}"
        parts.append(
            f"{where}a share of {span(share[neurons.index], '.2f')} of raw neurons is slower than "
            f"white noise, with a median time scale {of_seconds}"
        )
    if none:
        where = f" in {listed(none)}" if len(neurons) else ""
        parts.append(
            f"no raw neurons were found that are slower than white noise{where}: their share of "
            f"{span(share[none], '.2f')} is that of false alarms ({CHANCE})"
        )
    latents = of_layers(table, "time_scale_latents", models[0], split) if models else neurons[:0]
    if len(latents):
        median = seconds(latents, *ends)
        parts.append(f"the median of the latents of {label(models[0])} is {median}")
    sentence = "; ".join(parts)
    shortest, longest, median = (
        truths(table, f"time_scale{which}_truth") for which in ("_shortest", "_longest", "")
    )
    if len(shortest):
        sentence += (
            f". Simulated: latents with time constants of {shortest.min():.1f} to "
            f"{longest.max():.1f} s, half of their variance at or below "
            f"{span(median[layers], '.1f')} s"
        )
    frequencies = truths(table, "rotation_frequency_truth").reindex(layers).dropna()
    if len(frequencies):
        sentence += (
            f", which rotate, at {span(frequencies, '.2g')} Hz in the median: autocorrelations "
            f"fall faster than they decay"
        )
    return f"{sentence}."
