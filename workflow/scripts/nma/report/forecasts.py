"""Forecasts in the report: a sentence, and the rows of a table."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from nma.figures.labels import label, number
from nma.report.wording import above_zero, interval
from nma.scores.frame import scores_by_layer
from nma.sources import FORECASTS
from nma.statistics.intervals import mean_interval


class Mean(NamedTuple):
    """The mean of a score over layers with its 95 % interval, and in how many of n layers the
    interval of the layer's own score lies above 0. A single layer has its own interval."""

    value: float
    low: float
    high: float
    ahead: int
    n: int


def forecast_horizons(table: pd.DataFrame) -> dict[int, float]:
    """{horizon in bins: in seconds} of the forecasts of a recording; empty without any."""
    bins = table.metric.str.extract(r"^forecast_r2_at_(\d+)$", expand=False).dropna().astype(int)
    seconds = table[table.metric == "forecast_bin_seconds"].value
    return {h: h * float(seconds.iloc[0]) for h in sorted(set(bins))} if len(seconds) else {}


def forecast_means(table: pd.DataFrame, metric: str, split: str) -> dict[str, dict[int, Mean]]:
    """{source: {horizon: Mean}} of `forecast_r2` or `forecast_skill`, averaged over seeds."""
    found = {}
    for h in forecast_horizons(table):
        scores = scores_by_layer(table[table.metric == f"{metric}_at_{h}"], split)
        for source, rows in scores.groupby("source"):
            value, low, high = mean_interval(rows.value)
            if len(rows) == 1:
                low, high = rows.ci_low.iloc[0], rows.ci_high.iloc[0]
            ahead = sum(map(above_zero, rows.ci_low))
            found.setdefault(source, {})[h] = Mean(value, low, high, ahead, len(rows))
    return found


def forecast_sentence(table: pd.DataFrame, split: str) -> str:
    """Say how far ahead activity is predicted at all, and better than by any simple forecast.

    The source that is compared is that of the LDS and networks with the highest mean r2 at the
    shortest horizon; its opponents are the simple forecasts, the LDS among them for a network.
    """
    seconds = forecast_horizons(table)
    r2, skill = (forecast_means(table, f"forecast_{name}", split) for name in ("r2", "skill"))
    if not skill:
        return ""
    first = min(seconds)
    best = max(skill, key=lambda source: r2[source][first].value)
    sentence = " ".join((_compared(best, r2[best], skill[best], seconds), _reach(r2, seconds)))
    if "truth" in r2:
        ceiling = number(r2["truth"][first].value)
        sentence += (
            f" Simulated: given the true latents up to now, activity {_time(seconds[first])} ahead "
            f"would be predicted with an r2 of {ceiling}, which is the ceiling."
        )
    return sentence


def _compared(
    source: str, r2: Mapping[int, Mean], skill: Mapping[int, Mean], seconds: Mapping[int, float]
) -> str:
    """A source against the best simple forecasts."""
    better = [h for h in seconds if h in skill and above_zero(skill[h].low)]
    told = sorted({better[0], better[-1]}) if better else [min(seconds)]
    numbers = "; ".join(_numbers(label(source), r2[h], skill[h], seconds[h]) for h in told)
    if not better:
        behind = above_zero(-skill[told[0]].high)
        said = "No source predicts activity" if behind else "No source is shown to predict activity"
        return f"{said} better than the best simple forecast at any horizon: {numbers}."
    if better == list(seconds)[: len(better)]:
        return (
            f"Activity can be predicted up to {_time(seconds[better[-1]])} ahead better than by "
            f"any simple forecast: {numbers}."
        )
    places = ", ".join(_time(seconds[h]) for h in better)
    return (
        f"Activity can be predicted better than by any simple forecast at some horizons alone "
        f"({places} ahead): {numbers}."
    )


def _numbers(name: str, r2: Mean, skill: Mean, seconds: float) -> str:
    layers = f", its interval above 0 in {skill.ahead} of {skill.n} layers" if skill.n > 1 else ""
    return (
        f"{_time(seconds)} ahead {name} has an r2 of {number(r2.value)}, the simple forecast that "
        f"is best on validation {number(r2.value - skill.value)}, and the difference is "
        f"{number(skill.value)}{interval(skill.low, skill.high)}{layers}"
    )


def _reach(r2: Mapping[str, Mapping[int, Mean]], seconds: Mapping[int, float]) -> str:
    """The longest horizon at which anything is predicted."""
    reached = [
        h
        for h in seconds
        if any(above_zero(found[h].low) for source, found in r2.items() if source != "truth")
    ]
    if not reached:
        return "No source predicts activity better than its mean over train."
    most = " (the longest horizon tried)" if reached[-1] == max(seconds) else ""
    return (
        f"The longest horizon at which any source is better than the mean over train is "
        f"{_time(seconds[reached[-1]])}{most}."
    )


def _time(seconds: float) -> str:
    return f"{seconds:.3g} s"


def forecast_rows(table: pd.DataFrame, sources: Sequence[str], split: str) -> dict[str, Any] | None:
    """The table of forecasts: `horizons` as texts, rows of `r2` and of `skill`; None without any,
    as where the split is constant.

    A row has `source` and `scores`, a Mean or None for each horizon. sources: in their order.
    """
    seconds = forecast_horizons(table)
    if not seconds:
        return None
    found = {"horizons": [_time(value) for value in seconds.values()]}
    for name in ("r2", "skill"):
        means = forecast_means(table, f"forecast_{name}", split)
        known = [*FORECASTS, *sources, "truth"]
        found[name] = [
            {
                "source": "ceiling" if source == "truth" else label(source),
                "scores": [means[source].get(h) for h in seconds],
            }
            for source in dict.fromkeys(known)
            if source in means
        ]
    return found if found["r2"] else None
