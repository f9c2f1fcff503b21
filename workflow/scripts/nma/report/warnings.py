"""Warnings at the top of the report: of data that its scores say less about than it seems."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from nma.figures.labels import label, number
from nma.report.comparisons import of_layers, sources_by_layer
from nma.report.wording import listed, span
from nma.statistics.copies import LEAST


class Measure(NamedTuple):
    """When a measure of scores.drift shows another state than in train, and how that is said.

    It does where the value is more than `high` times the highest of blocks of train, and than
    `least`; or less than `low` times the lowest of them, if that is more than `usual`. said: with
    places for the values and those of blocks of train.
    """

    said: str
    high: float = math.inf
    least: float = 0
    low: float = 0
    usual: float = 0


MEASURES = {
    "constant_neurons": Measure(
        "a share of {} of the neurons is constant (in blocks of train {})", high=1.5, least=0.1
    ),
    "unchanged_bins": Measure(
        "in a share of {} of the bins no neuron changes (in blocks of train {})",
        high=1.5,
        least=0.1,
    ),
    "shift_from_train": Measure(
        "the mean of the median neuron is {} standard deviations away (blocks of train: {})",
        high=1.25,
        least=0.5,
    ),
    "spread_over_train": Measure(
        "the median neuron varies {} times as much (blocks of train: {} times)",
        high=1.5,
        low=1 / 1.5,
    ),
    "correlations_of_train": Measure(
        "the correlations of neurons correlate with those of train by {} (blocks of train: {})",
        low=0.5,
        usual=0.2,
    ),
}
MEANING = {
    "validation": (
        "Settings, dims and the end of training were chosen on validation, and may not be the best "
        "for the rest of the recording."
    ),
    "test": (
        "Scores on test show how models carry over to that state, and not how well they describe "
        "the activity that they were fitted to."
    ),
}


def warnings(table: pd.DataFrame, layers: Sequence[str], split: str) -> list[str]:
    """Sentences on held-out data that are not like train, and on copies of neurons.

    split: the held-out one that the report shows.
    """
    found = [drift_sentence(table, layers, name) for name in MEANING if (table.split == name).any()]
    return list(filter(None, [*found, copies_sentence(table, layers, split)]))


def is_constant(table: pd.DataFrame, layers: Sequence[str], split: str) -> bool:
    """Whether no neuron of any layer changes in a split."""
    values = of_layers(table, "constant_neurons", "raw", split).reindex(layers)
    return bool((values == 1).all())


def drift_sentence(table: pd.DataFrame, layers: Sequence[str], split: str) -> str:
    """Say where a held-out split is in another state than train, and what that means.

    The rule is that of MEASURES. Nothing where there is no such layer.
    """
    name = split.capitalize()
    if is_constant(table, layers, split):
        return (
            f"{name} is constant: no neuron changes in it, as if nothing had been recorded. Its "
            f"scores say nothing about any model. Leave these bins out of the recording, or choose "
            f"other shares of it (tensors: split)."
        )
    reasons, where = [], set()
    for metric, measure in MEASURES.items():
        value, lowest, highest = (
            of_layers(table, metric + end, "raw", split).reindex(layers)
            for end in ("", "_lowest", "_highest")
        )
        other = (value > measure.high * highest) & (value > measure.least)
        other |= (value < measure.low * lowest) & (lowest > measure.usual)
        if other.any():
            usual = span(pd.concat([lowest[other], highest[other]]), ".2f")
            reasons.append(measure.said.format(span(value[other], ".2f"), usual))
            where |= set(other.index[other])
    if not reasons:
        return ""
    mine = [layer for layer in layers if layer in where]
    of_some = f" in {listed(mine)}" if len(layers) > 1 and len(mine) < len(layers) else ""
    return f"{name} is in another state than train{of_some}: {'; '.join(reasons)}. {MEANING[split]}"


def copies_sentence(table: pd.DataFrame, layers: Sequence[str], split: str) -> str:
    """Count the neurons that are there twice, and give the best score without them; nothing where
    there are none."""
    rows = table[(table.metric == "copied_neurons") & table.layer.isin(layers)]
    count, neurons = int(rows.value.sum()), int(rows.n.sum())
    if not count:
        return ""
    sentence = (
        f"{count} of {neurons} neurons are copies, or nearly: within their layer they correlate "
        f"with another one by {LEAST} or more. A copy that is visible gives a hidden neuron away, "
        f"and counts of dims include the noise that copies share"
    )
    scores = {
        metric: sources_by_layer(table, metric, split).mean()
        for metric in ("cosmooth_r2", "cosmooth_r2_without_copies")
    }
    alone = scores["cosmooth_r2_without_copies"].dropna()
    if alone.empty:
        return f"{sentence}. No neuron was hidden together with its copies, so no score is without."
    best = alone.idxmax()
    return (
        f"{sentence}. Of neurons hidden together with their copies, {label(best)} predicts most, "
        f"with a cosmooth_r2 of {number(alone[best])}; with copies in sight it has "
        f"{number(scores['cosmooth_r2'][best])}."
    )
