"""Sentences on layers: whether they can be decoded, and what they share."""

import numpy as np

from nma.figures.labels import label
from nma.report.comparisons import sources_by_layer, truths
from nma.report.wording import span
from nma.statistics.intervals import mean_interval


def layer_sentence(table):
    """Whether held-out raw neurons tell their layer; nothing where there is one layer."""
    rows = table[(table.source == "raw") & (table.layer == "all")].set_index("metric")
    metric = "layer_accuracy_input_linear"
    if metric not in rows.index or f"{metric}_p" not in rows.index:
        return ""
    score, null, p = rows.loc[metric], rows.loc[f"{metric}_null"], rows.value[f"{metric}_p"]
    chance = rows.value["layer_chance"]
    numbers = (
        f"a linear probe is right for {score.value:.2f} [{score.ci_low:.2f}, {score.ci_high:.2f}] "
        f"of held-out raw neurons; chance is {chance:.2f}, and with permuted labels it is "
        f"{null.ci_low:.2f} to {null.ci_high:.2f} (p = {p:.2f})"
    )
    if p <= 0.05 and score.ci_low > chance:
        return f"Raw neurons do: {numbers}."
    return f"Not shown of raw neurons: {numbers}."


def network_sentence(table, sources):
    """The same of what networks make of neurons, against networks of random groups.

    sources: models, for neurons as they reconstruct them, or models with `_latents`, for their
    latent units. Nothing where none of these was trained again.
    """
    metric = "layer_accuracy_input_linear"
    rows = table[(table.layer == "all") & (table.metric == f"{metric}_retrained")]
    rows = rows[rows.source.isin(sources)]
    if rows.empty:
        return ""
    null = rows.iloc[0]
    mine = table[(table.source == null.source) & (table.layer == "all")].set_index("metric")
    score, p, n = mine.loc[metric], mine.value[f"{metric}_retrained_p"], int(null.n)
    times, reached = f"{n} times", f"{null.ci_low:.2f} to {null.ci_high:.2f}"
    if n == 1:
        times, reached = "once", f"{null.value:.2f}"
    points = f"neurons as {label(null.source)} reconstructs them"
    if null.source.endswith("_latents"):
        points = f"latent units of {label(null.source.removesuffix('_latents'))}"
    numbers = (
        f"a linear probe is right for {score.value:.2f} [{score.ci_low:.2f}, {score.ci_high:.2f}] "
        f"of held-out {points}; where random groups take the place of layers and networks are "
        f"trained again it is {reached} ({times}, p = {p:.2f})"
    )
    if score.value > null.ci_high:
        return f"They score above the random groupings tried: {numbers}."
    return f"Not shown, as networks mark what they make: {numbers}."


def transfers(table, source, split):
    """r2 by layer of unsampled neurons from their own layer and, on average, from each other one;
    of layers that have both."""
    start = "transfer_r2_from_"
    rows = table[
        (table.source == source) & (table.split == split) & table.metric.str.startswith(start)
    ]
    at_home = rows.metric == start + rows.layer
    own = rows[at_home].set_index("layer").value
    elsewhere = rows[~at_home].groupby("layer").value.mean()
    met = own.index.intersection(elsewhere.index)
    return own[met], elsewhere[met]


def share_sentence(table, split):
    """What neurons of a layer tell of each other above what those of another tell of them."""
    own, elsewhere = transfers(table, "raw", split)
    if own.empty:
        return ""
    more, low, high = mean_interval(own - elsewhere)
    interval = f" [{low:.3f}, {high:.3f}]" if np.isfinite(low) else ""
    sentence = (
        f"neurons that were not sampled are predicted by ridge regression from the sampled ones of "
        f"their layer with an r2 of {own.mean():.3f}, and from as many of another with "
        f"{elsewhere.mean():.3f}; "
    )
    if low > 0:
        sentence += f"{more:.3f}{interval} is their layer's, or their neighbourhood's, alone"
    else:
        sentence = f"Not shown: {sentence}the difference is {more:.3f}{interval}"
    alone, ceiling = (
        truths(table, "private_share_truth"),
        sources_by_layer(table, "ceiling_r2", split),
    )
    if len(alone) and len(ceiling):
        explained = (alone * ceiling["truth"])[own.index].mean()
        sentence += (
            f". Simulated: latents of one layer alone make {explained:.3f}, "
            f"{span(alone, '.2f')} of what is not noise"
        )
    return f"{sentence}."


def transfer_sentence(table, models, split):
    """What a network tells of neurons of other layers, against its own.

    Of the model that tells most of other layers.
    """
    found = {model: transfers(table, model, split) for model in models}
    found = {model: pair for model, pair in found.items() if len(pair[0])}
    if not found:
        return ""
    model = max(found, key=lambda model: found[model][1].mean())
    own, elsewhere = found[model]
    less, low, high = mean_interval(own - elsewhere)
    numbers = (
        f"neurons that were not sampled are predicted through {label(model)} with an r2 of "
        f"{elsewhere.mean():.3f} where it was trained on another layer, and of {own.mean():.3f} "
        f"where on theirs; the difference is {less:.3f}"
    )
    numbers += f" [{low:.3f}, {high:.3f}]" if np.isfinite(low) else ""
    if not mean_interval(elsewhere)[1] > 0:
        return f"Not shown: {numbers}."
    if low > 0:
        return f"Yes, but less than in its own: {numbers}."
    return f"Yes, and no less there, as far as the layers tell: {numbers}."
