"""Decay times of the LDS in the report: a sentence, and the rows of a table."""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from nma.figures.labels import number
from nma.report.comparisons import truths
from nma.report.wording import interval, listed, seconds, span
from nma.scores.frame import unpredicted


def decay_sentence(table: pd.DataFrame, layers: Sequence[str]) -> str:
    """Give the decay times of the LDS, its rotations, and of a simulation the true time constants.

    A layer whose hidden neurons the LDS is not shown to predict has none. Nothing where no LDS was
    scored.
    """
    without = [layer for layer in layers if layer in unpredicted(table, "lds")]
    told = [layer for layer in layers if layer not in without]
    found = _times(table[table.layer.isin(told)], told)
    if not without or of_lds(table, "decay_time").empty:
        return found
    where, there = (f" in {listed(without)}", " there") if told else ("", "")
    why = f"as the LDS is not shown to predict hidden neurons{there}"
    return f"{found} No decay times are given{where}, {why}.".strip()


def _times(table: pd.DataFrame, layers: Sequence[str]) -> str:
    """The sentence on layers that all have decay times; nothing where there are none."""
    lower, median, upper, longest, share = (
        of_lds(table, name).value
        for name in (
            "decay_time_lower_quartile",
            "decay_time",
            "decay_time_upper_quartile",
            "decay_time_longest",
            "rotating_share",
        )
    )
    if median.empty:
        return ""
    most = longest.min()
    own = of_lds(table, "decay_time").iloc[0]
    ends = ""
    if len(layers) == 1 and own.value < most:
        ends = interval(own.ci_low, own.ci_high, ".1f", most)
    by_layer = " by layer" if len(layers) > 1 else ""
    sentence = (
        f"weighted by the activity that each explains, the median decay time of its modes is "
        f"{seconds(median, most=most)}{ends}{by_layer}; the quartiles are "
        f"{seconds(lower, most=most)} and {seconds(upper, most=most)}"
    )
    if (upper >= most).any():
        sentence += " (the length of train)"
    hertz = of_lds(table, "rotation_frequency").value
    if len(hertz):
        sentence += (
            f"; a share of up to {number(share.max(), '.2f')} of it rotates, at "
            f"{span(hertz, '.2g')} Hz in the median"
        )
    else:
        at_most = number(share.max(), ".2f")
        sentence += (
            "; none of it rotates" if at_most == "0.00" else f"; {at_most} of it at most rotates"
        )
    simulated = truths(table, "time_scale_truth").reindex(layers).dropna()
    if len(simulated):
        sentence += f". Simulated: a median of {span(simulated, '.1f')} s"
        if (median[simulated.index] < most).all():
            ratio = (median[simulated.index] / simulated).mean()
            sentence += f"; the estimate is {ratio:.2f} times that on average"
    frequencies = truths(table, "rotation_frequency_truth").reindex(layers).dropna()
    if len(frequencies):
        sentence += f"; simulated rotations have {span(frequencies, '.2g')} Hz in the median"
    return f"{sentence}."


def decay_rows(table: pd.DataFrame, layers: Sequence[str], split: str) -> list[dict[str, Any]]:
    """Decay times, a row a layer: layer, lower, median, upper, rotating, frequency, neurons and
    simulated.

    The first three and the frequency are text with intervals, neurons is text; split: of the time
    scales of raw neurons. No rows where no LDS was scored, or is shown to predict.
    """
    table = table[(table.source != "lds") | ~table.layer.isin(unpredicted(table, "lds"))]
    longest = of_lds(table, "decay_time_longest").value
    raw = table[(table.source == "raw") & (table.metric == "time_scale_neurons")]
    neurons = raw[raw.split == split].set_index("layer").value
    most = table[(table.source == "raw") & (table.metric == "time_scale_most")]
    most = most[most.split == split].set_index("layer").value
    simulated = truths(table, "time_scale_truth")

    def text(metric: str, layer: str, form: str) -> str:
        rows = of_lds(table, metric)
        if layer not in rows.index:
            return ""
        row = rows.loc[layer]
        limit = longest[layer] if metric.startswith("decay") else math.inf
        if row.value >= limit:
            return f"longer than {limit:.0f}"
        return f"{number(row.value, form)}{interval(row.ci_low, row.ci_high, form, limit)}"

    def of_neurons(layer: str) -> str:
        if layer not in neurons.index:
            return ""
        limit = most.get(layer, math.inf)
        return seconds(neurons[[layer]], most=limit).removesuffix(" s")

    return [
        {
            "layer": layer,
            "lower": text("decay_time_lower_quartile", layer, ".1f"),
            "median": text("decay_time", layer, ".1f"),
            "upper": text("decay_time_upper_quartile", layer, ".1f"),
            "rotating": of_lds(table, "rotating_share").value.get(layer),
            "frequency": text("rotation_frequency", layer, ".2g"),
            "neurons": of_neurons(layer),
            "simulated": simulated.get(layer),
        }
        for layer in layers
        if layer in longest.index
    ]


def of_lds(table: pd.DataFrame, metric: str) -> pd.DataFrame:
    """The rows of a score of the LDS on train, by layer."""
    rows = table[(table.source == "lds") & (table.metric == metric) & (table.split == "train")]
    return rows.set_index("layer")
