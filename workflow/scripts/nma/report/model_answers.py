"""Sentences on models: which predicts hidden neurons best, and tuned settings against defaults."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

import pandas as pd

from nma.figures.labels import label, number
from nma.report.comparisons import Difference, difference, gain, sources_by_layer
from nma.report.wording import above_zero, interval, listed
from nma.sources import REGRESSIONS, is_lds, opponents

Compare: TypeAlias = Callable[[str, str], Difference]  # of two sources: the first less the second

KINDS = {"network": "the best network", "LDS": "the best LDS", "regression": "the best regression"}


@dataclass(frozen=True)
class Ranking:
    """Models by how well they predict hidden neurons; see `ranking`.

    values: cosmooth_r2 (layers x sources); means: over layers, the best first; kinds: {source: its
    kind}; best: {kind: its best source}, the best kind first; gap: the best source less the best
    one of other kinds in each layer.
    """

    values: pd.DataFrame
    means: pd.Series
    kinds: dict[str, str]
    best: dict[str, str]
    gap: Difference

    @property
    def first(self) -> str:
        """The source with the highest mean."""
        return self.means.index[0]

    @property
    def next(self) -> str:
        """The best source of another kind."""
        return list(self.best.values())[1]

    @property
    def predicts(self) -> bool:
        """Whether any source is above the mean over train."""
        return above_zero(self.means.iloc[0])


def ranking(table: pd.DataFrame, models: Sequence[str], split: str) -> Ranking | None:
    """Rank all models by cosmooth_r2; None where there are fewer than two kinds.

    models: the networks. Kinds are networks, LDSs, regressions, and each of the rest. Sources
    without a score in every layer are left out.
    """
    values = sources_by_layer(table, "cosmooth_r2", split).dropna(how="all").dropna(axis=1)
    values = values[[s for s in (*models, *opponents(values)) if s in values]]
    kinds = {source: _kind(source, models) for source in values}
    means = values.mean().sort_values(ascending=False, kind="stable")
    best = {}
    for source in means.index:
        best.setdefault(kinds[source], source)
    if len(best) < 2:
        return None
    first, rival = list(best.values())[:2]
    if len(values) > 1:
        others = [source for source in values if kinds[source] != kinds[first]]
        gap = difference(values.assign(rival=values[others].max(axis=1)), first, "rival")
    else:
        gap = gain(table, values, first, rival, split)
    return Ranking(values, means, kinds, best, gap)


def model_sentence(table: pd.DataFrame, models: Sequence[str], split: str) -> str:
    """Say which model predicts hidden neurons best, and whether networks add to linear dynamics.

    models: the networks. A model is the best only if it is better than the best model of any other
    kind in each layer. Nothing where there are fewer than two kinds.
    """
    ranked = ranking(table, models, split)
    if ranked is None:
        return ""
    if not ranked.predicts:
        return "No model predicts hidden neurons better than their mean over train."

    def compared(one: str, other: str) -> Difference:
        return gain(table, ranked.values, one, other, split)

    best = ranked.best
    parts = [_best_of_all(ranked), _pairs(best, compared)]
    if {"network", "LDS"} <= best.keys():
        parts.append(_networks_and_lds(ranked.values, best["network"], best["LDS"], compared))
    return " ".join(filter(None, parts))


def _kind(source: str, models: Sequence[str]) -> str:
    """The kind of a source; sources of no kind that has several are one of their own."""
    if source in models:
        return "network"
    if source in REGRESSIONS:
        return "regression"
    return "LDS" if is_lds(source) else source


def _best_of_all(ranked: Ranking) -> str:
    """The source with the highest mean, against the best source of other kinds in each layer."""
    where = " in each layer" if len(ranked.values) > 1 else ""
    rest = (
        f"its {'mean ' if where else ''}difference from the best model of another kind{where} is "
        f"{_numbers(ranked.gap)}. Next is {_name(ranked.next, ranked.kinds)} with "
        f"{number(ranked.means[ranked.next])}."
    )
    name, score = _name(ranked.first, ranked.kinds), number(ranked.means.iloc[0])
    if ranked.gap.above:
        return f"{name} predicts hidden neurons best, with a cosmooth_r2 of {score}: {rest}"
    return f"Not shown: {name} has the highest cosmooth_r2, {score}, but {rest}"


def _numbers(gap: Difference) -> str:
    """A difference with its interval, and how many layers it is above 0 in."""
    ahead = f", above 0 in {gap.ahead} of {gap.n} layers" if gap.n > 1 else ""
    return f"{number(gap.mean)}{interval(gap.low, gap.high)}{ahead}"


def _name(source: str, kinds: Mapping[str, str]) -> str:
    """The label of a source, and of what it is the best where there are several of its kind."""
    several = list(kinds.values()).count(kinds[source]) > 1
    return f"{label(source)} ({KINDS[kinds[source]]})" if several else label(source)


def _pairs(best: Mapping[str, str], compared: Compare) -> str:
    """Differences between the best of each of KINDS."""
    found = []
    for one, other in combinations([best[kind] for kind in KINDS if kind in best], 2):
        found.append(f"{label(one)} less {label(other)} {_numbers(compared(one, other))}")
    return f"Differences in cosmooth_r2: {'; '.join(found)}." if found else ""


def _networks_and_lds(values: pd.DataFrame, network: str, lds: str, compared: Compare) -> str:
    """Where networks add nothing over the LDS; nothing where they add to it in each layer."""
    gap = compared(network, lds)
    behind = sorted(
        values.index[values[network] <= values[lds]], key=lambda layer: (len(layer), layer)
    )
    which = f"{label(network)} is at or below {label(lds)} in "
    which += f"all {gap.n} layers" if len(behind) == gap.n else listed(behind)
    where = f": {which}" if behind and gap.n > 1 else ""
    if gap.above:
        return f"Networks do not add to the LDS everywhere{where}." if where else ""
    if gap.below:
        return f"Networks add nothing over the LDS{where}."
    return f"Networks are not shown to add anything over the LDS{where}."


def entries_sentence(table: pd.DataFrame, split: str) -> str:
    """Say whether other neurons help to predict hidden entries, beyond interpolation in time.

    The best other source has the highest mean masked_r2 over layers. Differences are taken layer by
    layer; for a single layer they are paired by bin. Nothing without interpolation.
    """
    values = sources_by_layer(table, "masked_r2", split).dropna(how="all").dropna(axis=1)
    values = values.drop(columns="attainable", errors="ignore")
    if "interpolation" not in values or len(values.columns) < 2:
        return ""
    best = values.drop(columns="interpolation").mean().idxmax()
    means = values[[best, "interpolation"]].mean()
    if not above_zero(means.max()):
        scores = " and ".join(f"{label(source)} has {number(x)}" for source, x in means.items())
        return f"No: none is predicted better than by the mean over train. In masked_r2, {scores}."
    gap = gain(table, values, best, "interpolation", split, "masked_r2")
    behind = list(values.index[values[best] <= values.interpolation])
    numbers = (
        f"{label(best)}, the best source that uses other neurons, has a masked_r2 of "
        f"{number(values[best].mean())}, interpolation of the same neuron in time has "
        f"{number(values.interpolation.mean())}; the difference is {_numbers(gap)}"
    )
    if gap.below:
        return (
            f"No, interpolation wins: {numbers}. Here masked_r2 says how slow neurons are, and "
            f"cosmooth_r2 how well they are predicted."
        )
    where = f"; interpolation wins in {listed(behind)}" if behind and gap.n > 1 else ""
    if gap.above:
        return f"{'Yes, but not everywhere' if where else 'Yes'}: {numbers}{where}."
    return f"Not shown: {numbers}{where}."


def tuning_sentence(table: pd.DataFrame) -> str:
    """Compare the best settings of each study with the defaults, both retrained.

    Nothing where there was no study.
    """
    found = []
    for row in table[table.metric == "tuned_above_default"].itertuples():
        study = f"{label(row.source)} ({row.layer})"
        gap = f"{number(row.value, '.4f')}{interval(row.ci_low, row.ci_high, '.4f')}"
        if not row.n:
            found.append(f"{study}: no settings were better than the defaults")
        elif above_zero(row.ci_low, 4):
            found.append(f"{study}: yes, by {gap} in cosmooth_r2 on validation")
        else:
            found.append(
                f"{study}: not shown, the difference in cosmooth_r2 on validation is {gap}"
            )
    return "; ".join(found) + "." if found else ""
