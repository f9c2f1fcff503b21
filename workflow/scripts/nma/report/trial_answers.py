"""Sentences and a table on recordings of trials: the angle, shared noise, signal."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from nma.figures.labels import label, number
from nma.report.comparisons import difference, gain, of_layers, sources_by_layer
from nma.report.wording import above_zero, counted, interval, span
from nma.scores.frame import scores_by_layer

CHANCE = 90  # degrees, the median error of a guess
ANGLE, BOTH = "angle", "angle_and_neurons"


def decoding_rows(table: pd.DataFrame, layers: Iterable[str], split: str) -> list[Mapping]:
    """Decoding, a row a layer and source: layer, source, error and threshold, in degrees.

    The last two are {value, low, high}, or None where there is none. layers: may include `all`.
    """
    scores = scores_by_layer(table, split)
    metrics = {"error": "decoding_error", "threshold": "discrimination_threshold"}
    rows = []
    for layer in layers:
        for source in scores.index.get_level_values("source").unique():
            found = {name: _score(scores, (source, m, layer)) for name, m in metrics.items()}
            if found["error"]:
                rows.append({"layer": layer, "source": label(source)} | found)
    return rows


def _score(scores: pd.DataFrame, key: tuple[str, str, str]) -> dict[str, Any] | None:
    if key not in scores.index:
        return None
    value, low, high = scores.loc[key, ["value", "ci_low", "ci_high"]]
    return {"value": value, "low": low, "high": high}


def angle_sentence(table: pd.DataFrame, layers: Sequence[str], split: str) -> str:
    """Give the decoding error of each layer by source, and of all neurons; nothing where there is
    no angle."""
    errors = sources_by_layer(table, "decoding_error", split)
    if errors.empty:
        return ""
    mine = errors.reindex(layers)
    best = mine.mean().idxmin()
    where = f"in {counted(len(layers), 'layer')}" if len(layers) > 1 else "in the recording"
    sentence = f"From neurons with a median error of {_degrees(mine.raw)} {where}"
    if best != "raw":
        sentence += f", and best from {label(best)}, with {_degrees(mine[best])}"
    if "all" in errors.index:
        rows = scores_by_layer(table, split).loc["raw", "decoding_error", "all"]
        ends = interval(rows.ci_low, rows.ci_high, ".2f")
        sentence += (
            f"; from the sampled neurons of all layers together with {number(rows.value, '.2f')}"
            f"{ends} degrees"
        )
    thresholds = sources_by_layer(table, "discrimination_threshold", split)
    known = thresholds.raw.reindex(layers).dropna() if "raw" in thresholds else pd.Series()
    if len(known):
        sentence += (
            f". Differences of {_degrees(known)} are told right in 75 % of the choices"
            f"{'' if len(known) == len(layers) else f' in {len(known)} of {len(layers)} layers'}"
        )
    return f"{sentence}. Chance has an error of {CHANCE} degrees."


def _degrees(values: pd.Series) -> str:
    return f"{span(values, '.2f')} degrees"


def noise_sentence(table: pd.DataFrame, split: str) -> str:
    """Say whether other neurons add to the angle at hidden neurons; nothing without an angle."""
    values = sources_by_layer(table, "cosmooth_r2", split).dropna(how="all")
    if ANGLE not in values or BOTH not in values:
        return ""
    values = values[values[ANGLE].notna()]
    gap = gain(table, values, BOTH, ANGLE, split)
    others = values.drop(columns=[ANGLE, BOTH, "attainable"], errors="ignore").dropna(axis=1)
    best = others.mean().idxmax()
    numbers = (
        f"in cosmooth_r2 of hidden neurons the angle alone has {number(values[ANGLE].mean())}, "
        f"other neurons alone (by {label(best)}) {number(values[best].mean())}, and both "
        f"{number(values[BOTH].mean())}; both less the angle is {number(gap.mean)}"
        f"{interval(gap.low, gap.high)}"
    )
    behind = difference(values, BOTH, best).mean < 0
    closing = " Other neurons alone do as well as both, so they tell the angle too." * behind
    if gap.above:
        return f"Yes: {numbers}.{closing}"
    word = "No" if above_zero(-gap.high) else "Not shown"
    return f"{word}: {numbers}.{closing}"


def signal_sentence(table: pd.DataFrame, layers: Sequence[str], split: str) -> str:
    """Give the share of the variance over trials that the angle explains; nothing without one."""
    pooled = of_layers(table, "signal_share", "raw", split).reindex(layers).dropna()
    if pooled.empty:
        return ""
    median = of_layers(table, "signal_share_median", "raw", split).reindex(layers).dropna()
    where = "in each layer" if len(layers) > 1 else "of all neurons"
    sentence = (
        f"A share of {span(pooled, '.2f')} of the variance over trials {where} "
        f"({span(median, '.2f')} of the median neuron): so much do trials at neighbouring angles "
        f"have in common"
    )
    truth = of_layers(table, "signal_share", "truth", "all").reindex(layers).dropna()
    if len(truth):
        sentence += f". Simulated: {span(truth, '.2f')}"
    return f"{sentence}."
