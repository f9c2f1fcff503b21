"""Sentences on layers: whether they can be decoded, and how far one predicts another."""

from collections.abc import Sequence

import pandas as pd

from nma.figures.labels import label
from nma.report.comparisons import sources_by_layer, truths
from nma.report.wording import interval, span
from nma.sources import is_lds
from nma.statistics.intervals import mean_interval

ACCURACY = "layer_accuracy_input_linear"


def layer_sentence(table: pd.DataFrame) -> str:
    """Say whether the layer of held-out raw neurons can be decoded; nothing for one layer."""
    rows = table[(table.source == "raw") & (table.layer == "all")].set_index("metric")
    if ACCURACY not in rows.index or f"{ACCURACY}_p" not in rows.index:
        return ""
    score, null, p = rows.loc[ACCURACY], rows.loc[f"{ACCURACY}_null"], rows.value[f"{ACCURACY}_p"]
    chance = rows.value["layer_chance"]
    numbers = (
        f"a linear probe classifies {score.value:.2f}{interval(score.ci_low, score.ci_high, '.2f')}"
        f" of held-out raw neurons correctly; chance is {chance:.2f}, and with permuted labels it "
        f"is right for {null.ci_low:.2f} to {null.ci_high:.2f} of them (p = {p:.2f})"
    )
    if p <= 0.05 and score.ci_low > chance:
        return f"Yes, from raw neurons: {numbers}."
    return f"Not shown for raw neurons: {numbers}."


def retrained_sentence(table: pd.DataFrame, sources: Sequence[str]) -> str:
    """Say whether layers are decoded from networks or LDSs better than random groups are.

    sources: models or `lds`, for neurons as they reconstruct them, or with `_latents`, for their
    latent units; the first that was retrained on random groups counts. Nothing where none was.
    """
    rows = table[(table.layer == "all") & (table.metric == f"{ACCURACY}_retrained")]
    rows = rows[rows.source.isin(sources)]
    if rows.empty:
        return ""
    null = rows.iloc[0]
    mine = table[(table.source == null.source) & (table.layer == "all")].set_index("metric")
    score, p, n = mine.loc[ACCURACY], mine.value[f"{ACCURACY}_retrained_p"], int(null.n)
    times, reached = f"{n} repetitions", f"{null.ci_low:.2f} to {null.ci_high:.2f}"
    if n == 1:
        times, reached = "1 repetition", f"{null.value:.2f}"
    lds = is_lds(null.source)
    kind, made = ("LDSs", "fitted to") if lds else ("networks", "retrained on")
    points = f"neurons as reconstructed by {label(null.source)}"
    if null.source.endswith("_latents"):
        points = f"latent units of {label(null.source.removesuffix('_latents'))}"
    numbers = (
        f"a linear probe is right for {score.value:.2f}"
        f"{interval(score.ci_low, score.ci_high, '.2f')} of held-out {points}; with random groups "
        f"in place of layers, and {kind} {made} them, it is right for {reached} "
        f"({times}, p = {p:.2f})"
    )
    if score.value > null.ci_high:
        return f"Better than with the random groups tried: {numbers}."
    return f"Not shown, as {kind} leave a trace of their own on each group: {numbers}."


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
        f"ridge regression predicts neurons that were not sampled with an r2 of {own.mean():.3f} "
        f"from the sampled neurons of their own layer, and of {elsewhere.mean():.3f} from as many "
        f"of another layer; "
    )
    difference = f"{gap:.3f}{interval(low, high)}"
    if low > 0:
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
            f". Simulated: latents of a single layer account for {explained:.3f}, a share of "
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
        f"{elsewhere.mean():.3f} by networks of other layers, and of {own.mean():.3f} by the "
        f"network of their own layer; the difference is {gap:.3f}{interval(low, high)}"
    )
    if not mean_interval(elsewhere)[1] > 0:
        return f"Not shown: {numbers}."
    if low > 0:
        return f"Yes, but less well than the network of their own layer: {numbers}."
    return f"Yes, and the network of their own layer was not shown to be better: {numbers}."
