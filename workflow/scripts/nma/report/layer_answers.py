"""Sentences on layers: whether they can be decoded, and how far one predicts another."""

from collections.abc import Sequence

import pandas as pd

from nma.figures.labels import label, number
from nma.report.comparisons import sources_by_layer, truths
from nma.report.wording import (
    FEWEST_REPEATS,
    above_zero,
    counted,
    interval,
    span,
)
from nma.sources import is_lds
from nma.statistics.intervals import mean_interval

ACCURACY, IN_FOLDS = "layer_accuracy_input_linear", "layer_accuracy_random_folds_linear"


def layer_sentence(table: pd.DataFrame) -> str:
    """Say whether the layer of held-out raw neurons can be decoded; nothing for one layer."""
    rows = table[(table.source == "raw") & (table.layer == "all")]
    rows = rows.set_index("metric", drop=False)
    metric = accuracy_metric(table)
    if metric not in rows.index or f"{metric}_p" not in rows.index:
        return ""
    score, null, p = rows.loc[metric], rows.loc[f"{metric}_null"], rows.loc[f"{metric}_p"]
    chance = rows.value["layer_chance"]
    numbers = (
        f"a linear probe classifies {number(score.value, '.2f')}"
        f"{interval(score.ci_low, score.ci_high, '.2f')} of {points(score, 'raw neurons')} "
        f"correctly; chance is {number(chance, '.2f')}, and with permuted labels it is right for "
        f"{number(null.ci_low, '.2f')} to {number(null.ci_high, '.2f')} of them"
    )
    if p.n < FEWEST_REPEATS:
        return not_told(numbers, p.n, "permutation", "permutations")
    numbers += f" (p = {number(p.value, '.2g')})"
    if p.value <= 0.05 and score.ci_low > chance:
        return f"Yes, from raw neurons: {numbers}."
    return f"Not shown for raw neurons: {numbers}."


def accuracy_metric(table: pd.DataFrame) -> str:
    """The accuracy that sentences are about: of all folds where few neurons are held out at once.

    Raw neurons then have a null of the folds (see scores.layer_probes).
    """
    return IN_FOLDS if (table.metric == f"{IN_FOLDS}_p").any() else ACCURACY


def points(score: pd.Series, name: str) -> str:
    """The points that an accuracy rests on, with their number."""
    if score.metric == IN_FOLDS:
        return f"{score.n:.0f} {name}, each of them held out once,"
    return f"{score.n:.0f} held-out {name}"


def not_told(numbers: str, n: int, noun: str, key: str) -> str:
    """The answer where a null has too few repetitions for any p to be small."""
    return (
        f"Not told: {numbers}. No claim can rest on {counted(f'{n:.0f}', noun)}: it takes "
        f"{FEWEST_REPEATS} or more (scores: {key}) for p to be 0.05 or less."
    )


def retrained_sentence(table: pd.DataFrame, sources: Sequence[str]) -> str:
    """Say whether layers are decoded from networks or LDSs better than random groups are.

    sources: models or `lds`, for neurons as they reconstruct them, or with `_latents`, for their
    latent units; the first that was retrained on random groups counts. Nothing where none was.
    """
    units = sources and sources[0].endswith("_latents")
    metric = ACCURACY if units else accuracy_metric(table)
    rows = table[(table.layer == "all") & (table.metric == f"{metric}_retrained")]
    rows = rows[rows.source.isin(sources)]
    if rows.empty:
        return ""
    null = rows.iloc[0]
    mine = table[(table.source == null.source) & (table.layer == "all")]
    mine = mine.set_index("metric", drop=False)
    score, p, n = mine.loc[metric], mine.value[f"{metric}_retrained_p"], int(null.n)
    reached = span(pd.Series([null.ci_low, null.ci_high]), ".2f")
    kind, made = ("LDSs", "fitted to") if is_lds(null.source) else ("networks", "retrained on")
    source = label(null.source.removesuffix("_latents"))
    name = f"latent units of {source}" if units else f"neurons as reconstructed by {source}"
    numbers = (
        f"a linear probe is right for {number(score.value, '.2f')}"
        f"{interval(score.ci_low, score.ci_high, '.2f')} of {points(score, name)}; with random "
        f"groups in place of layers, and {kind} {made} them, it is right for {reached}"
    )
    times = counted(n, "repetition")
    if n >= FEWEST_REPEATS:
        times += f", p = {number(p, '.2g')}"
        if p <= 0.05 and score.ci_low > mine.value.get("layer_chance", 0):
            return f"Better than with random groups: {numbers} ({times})."
    elif score.value > null.ci_high:
        return not_told(numbers, n, "repetition", "retrainings")
    return f"Not shown, as {kind} leave a trace of their own on each group: {numbers} ({times})."


def transfers(table: pd.DataFrame, source: str, split: str) -> tuple[pd.Series, pd.Series]:
    """r2 of unsampled neurons by layer: predicted within the layer, and from the other layers.

    The second is a mean over the other layers. Only layers that have both are returned.
    """
    start = "transfer_r2_from_"
    rows = table[
        (table.source == source) & (table.split == split) & table.metric.str.startswith(start)
    ]
    within = rows.metric == start + rows.layer
    own = rows[within].set_index("layer").value
    elsewhere = rows[~within].groupby("layer").value.mean()
    both = own.index.intersection(elsewhere.index)
    return own[both], elsewhere[both]


def share_sentence(table: pd.DataFrame, split: str) -> str:
    """Compare the prediction of neurons from their own layer with that from another one.

    Nothing where no layer has both.
    """
    own, elsewhere = transfers(table, "raw", split)
    if own.empty:
        return ""
    gap, low, high = mean_interval(own - elsewhere)
    sentence = (
        f"ridge regression predicts neurons that were not sampled with an r2 of "
        f"{number(own.mean())} from the sampled neurons of their own layer, and of "
        f"{number(elsewhere.mean())} from as many of another layer; "
    )
    difference = f"{number(gap)}{interval(low, high)}"
    if above_zero(low):
        sentence += (
            f"the difference of {difference} is specific to the layer, or to its neighbourhood in "
            f"space"
        )
    else:
        sentence = f"Not shown: {sentence}the difference is {difference}"
    private = truths(table, "private_share_truth")
    ceiling = sources_by_layer(table, "ceiling_r2", split)
    if len(private) and len(ceiling):
        explained = (private * ceiling["truth"])[own.index].mean()
        sentence += (
            f". Simulated: latents of a single layer account for {number(explained)}, a share of "
            f"{span(private, '.2f')} of what is not noise"
        )
    return f"{sentence}."


def transfer_sentence(table: pd.DataFrame, models: Sequence[str], split: str) -> str:
    """Compare the prediction of neurons by networks of other layers with that by their own.

    The model is the one that predicts other layers best. Nothing where no model was scored.
    """
    found = {model: transfers(table, model, split) for model in models}
    found = {model: pair for model, pair in found.items() if len(pair[0])}
    if not found:
        return ""
    model = max(found, key=lambda model: found[model][1].mean())
    own, elsewhere = found[model]
    gap, low, high = mean_interval(own - elsewhere)
    numbers = (
        f"neurons that were not sampled are predicted through {label(model)} with an r2 of "
        f"{number(elsewhere.mean())} by networks of other layers, and of {number(own.mean())} by "
        f"the network of their own layer; the difference is {number(gap)}{interval(low, high)}"
    )
    if not above_zero(mean_interval(elsewhere).low):
        return f"Not shown: {numbers}."
    if above_zero(low):
        return f"Yes, but less well than the network of their own layer: {numbers}."
    return f"Yes, and the network of their own layer was not shown to be better: {numbers}."
