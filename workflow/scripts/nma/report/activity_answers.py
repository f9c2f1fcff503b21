"""Sentences on the activity itself: its dimensions and its time scales."""

from nma.figures.labels import label
from nma.report.comparisons import sources_by_layer, truths
from nma.report.wording import span


def dims_sentence(table, layers, split):
    """By reliability, and by how many dims predict hidden neurons as well as any."""

    def of_layers(metric, source, where):
        rows = table[(table.metric == metric) & (table.source == source) & (table.split == where)]
        return rows.set_index("layer").value

    reliable = of_layers("svca_reliable_components", "raw", "all")
    fraction = of_layers("svca_reliable_fraction", "raw", "all")
    fewest = of_layers("dims_within_one_error", "ppca", split)
    best = sources_by_layer(table, "cosmooth_r2", split)["ppca"].mean()
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
