"""What the numbers of metrics.tsv say, in plain sentences, and never more than they say."""

import numpy as np

from nma.figures.labels import label
from nma.scores.frame import over_seeds
from nma.sources import OPPONENTS
from nma.statistics.intervals import mean_interval

# Of each score: whether more is better.
SCORES = {
    "r2": True,
    "mse": False,
    "cosmooth_r2": True,
    "masked_r2": True,
    "behavior_r2": True,
    "latent_recovery_r2": True,
    "consistency_r2": True,
}


def by_layer(table, metric, split):
    """Values of a metric (layers x sources), averaged over seeds; NaN where there is none."""
    rows = table[(table.metric == metric) & (table.split == split)]
    return rows.pivot_table(index="layer", columns="source", values="value", sort=False)


def difference(values, better, worse):
    """Mean over layers of what one source has above another, its 95 % interval (NaN for a single
    layer), and in how many layers it is above. values: of by_layer, more being better."""
    gaps = (values[better] - values[worse]).dropna()
    return *mean_interval(gaps), int((gaps > 0).sum()), len(gaps)


def score_table(table, sources, split):
    """{source: {metric: (mean over layers, is the best)}} of what there is.

    The best is marked where the interval of its difference from every other source, layer by layer,
    lies above 0.
    """
    found = {source: {} for source in sources}
    for metric, more_is_better in SCORES.items():
        values = by_layer(table, metric, split)
        values = values[[source for source in sources if source in values]].dropna(axis=1)
        if values.empty:
            continue
        signed = values if more_is_better else -values
        best = signed.mean().idxmax()
        clear = all(difference(signed, best, other)[1] > 0 for other in signed if other != best)
        for source in values:
            marked = source == best and clear and len(values.columns) > 1
            found[source][metric] = (values[source].mean(), marked)
    return found


def sentences(table, models, layers, split):
    """[(question, answer)] of a recording; models: the names of the trained sources.

    Of a simulated recording each answer ends with what was simulated.
    """
    answers = {
        "How many dimensions?": dims_sentence(table, layers, split),
        "Does a network beat linear models?": model_sentence(table, models, split),
        "Do neurons know their layer?": layer_sentence(table),
        "What does a layer have to itself?": share_sentence(table, split),
        "Do neurons know it through a network?": network_sentence(table, models),
        "Do latent units?": network_sentence(table, [f"{model}_latents" for model in models]),
        "Is what a network learns of one layer of use in others?": transfer_sentence(
            table, models, split
        ),
        "Was tuning worth it?": tuning_sentence(table),
        "How slow is the activity?": slowness_sentence(table, models, layers, split),
    }
    return [(question, text[0].upper() + text[1:]) for question, text in answers.items() if text]


def truths(table, metric):
    """Values by layer of what was simulated; empty where nothing was."""
    rows = table[(table.source == "truth") & (table.metric == metric)]
    return rows.set_index("layer").value


def dims_sentence(table, layers, split):
    """By reliability, and by how many dims predict hidden neurons as well as any."""

    def of_layers(metric, source, where):
        rows = table[(table.metric == metric) & (table.source == source) & (table.split == where)]
        return rows.set_index("layer").value

    reliable = of_layers("svca_reliable_components", "raw", "all")
    fraction = of_layers("svca_reliable_fraction", "raw", "all")
    fewest = of_layers("dims_within_one_error", "ppca", split)
    best = by_layer(table, "cosmooth_r2", split)["ppca"].mean()
    of_each = "In each layer" if len(layers) > 1 else "In the recording"
    sentence = (
        f"{of_each} {span(reliable[layers])} shared components are more reliable than chance and "
        f"slowness make them, and {span(fraction[layers], '.2f')} of the variance of the "
        f"strongest (128 at most) is reliable"
    )
    if len(layers) > 1 and "all" in reliable:
        sentence += f"; of all neurons together {reliable['all']:.0f}, and {fraction['all']:.2f}"
    sentence += ". "
    if best > 0:
        sentence += (
            f"PPCA predicts hidden neurons within one standard error of its best from "
            f"{span(fewest[layers])} dims on."
        )
    else:
        sentence += "Linear models do not predict hidden neurons better than their mean."
    simulated = truths(table, "latents_truth")
    if len(simulated):
        sentence += f" Simulated: {span(simulated[layers])} latents"
        together = f" in each layer, {simulated['all']:.0f} in all" if len(layers) > 1 else ""
        sentence += f"{together}; activity is the exponential of their mixtures, and noisy."
    return sentence


def model_sentence(table, models, split):
    """The best network at hidden neurons against the better of the linear opponents."""
    if not models:
        return ""
    values = by_layer(table, "cosmooth_r2", split)
    model = values[models].mean().idxmax()
    opponent = values[list(OPPONENTS)].mean().idxmax()
    gap, low, high, ahead, n = difference(values, model, opponent)
    where = f" in {ahead} of {n} layers,"
    if n == 1:
        # Paired by bin, with an interval over seeds or blocks of time.
        rows = table[(table.metric == f"cosmooth_r2_above_{opponent}") & (table.split == split)]
        gap, low, high = over_seeds(rows[rows.source == model], "layer").iloc[0]
        where = ""
    if low > 0:
        return (
            f"{label(model)} predicts hidden neurons better than {label(opponent)}, the best "
            f"linear model,{where} by {gap:.3f} [{low:.3f}, {high:.3f}] of cosmooth_r2."
        )
    if high < 0:
        return (
            f"No: {label(model)}, the best network at hidden neurons, is below {label(opponent)} "
            f"by {-gap:.3f} [{-high:.3f}, {-low:.3f}] of cosmooth_r2."
        )
    return (
        f"Not shown: {label(model)} and {label(opponent)} differ by {gap:.3f} "
        f"[{low:.3f}, {high:.3f}] of cosmooth_r2 on hidden neurons, and the interval includes 0."
    )


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
    alone, ceiling = truths(table, "private_share_truth"), by_layer(table, "ceiling_r2", split)
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


def tuning_sentence(table):
    """What the best settings of each study have above the defaults, both trained again."""
    told = []
    for row in table[table.metric == "tuned_above_default"].itertuples():
        study = f"{label(row.source)} ({row.layer})"
        gap = f"{row.value:.4f} [{row.ci_low:.4f}, {row.ci_high:.4f}]"
        if not row.n:
            told.append(f"{study}: no settings were better than the defaults")
        elif row.ci_low > 0:
            told.append(f"{study}: yes, by {gap} of cosmooth_r2 on validation")
        else:
            told.append(f"{study}: not shown, the difference of cosmooth_r2 on validation is {gap}")
    return "; ".join(told) + "." if told else ""


def slowness_sentence(table, models, layers, split):
    """Time scales of raw neurons and of the latents of the first model, medians of each layer."""

    def of_layers(metric, source):
        rows = table[(table.metric == metric) & (table.source == source) & (table.split == split)]
        return rows.groupby("layer").value.mean()

    neurons = of_layers("time_scale_neurons", "raw")
    if neurons.empty:
        return ""
    share = of_layers("time_scale_share_neurons", "raw")
    least = of_layers("time_scale_least", "raw").min()

    def seconds(values):
        return span(values, ".1f") + (" s or less" if values.min() <= least else " s")

    sentence = (
        f"a share of {span(share, '.2f')} of raw neurons is slower than white noise, with a median "
        f"time scale of {seconds(neurons)}"
    )
    latents = of_layers("time_scale_latents", models[0]) if models else neurons[:0]
    if len(latents):
        sentence += f"; that of the latents of {label(models[0])} is {seconds(latents)}"
    simulated = [
        truths(table, f"time_scale{which}_truth") for which in ("_shortest", "_longest", "")
    ]
    if len(simulated[0]):
        shortest, longest, median = simulated
        sentence += (
            f". Simulated: latents of {shortest.min():.1f} to {longest.max():.1f} s, with half of "
            f"the variance at {span(median[layers], '.1f')} s or below"
        )
    return f"{sentence}."


def span(values, form=".0f"):
    """The smallest and the largest of some values, or the one they all are."""
    low, high = (format(value, form) for value in (values.min(), values.max()))
    return low if low == high else f"{low} to {high}"
