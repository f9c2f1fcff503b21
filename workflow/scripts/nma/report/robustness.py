"""Sentences that say where few neurons decide a score."""

from collections.abc import Iterable, Sequence

import pandas as pd

from nma.figures.labels import label, number
from nma.report.comparisons import sources_by_layer
from nma.report.wording import listed

TIMES = 2  # that two forms of SVCA differ by before it is said
SVCA = {"components": (3, ".0f"), "fraction": (0.05, ".2f")}  # {measure: (least difference, form)}
POOLED = ("cosmooth_r2", "masked_r2")
FAR = 0.25  # between a pooled r2 and that of the median neuron
TURNED = 0.02  # by which the median neuron prefers another source


def cautions(table: pd.DataFrame, layers: Sequence[str], split: str) -> list[str]:
    """Say where SVCA depends on units, and where scores of the median neuron say something else.

    layers: those of SVCA too (`all`). Nothing where no neuron decides much.
    """
    pooled = [sentence for metric in POOLED for sentence in _pooled(table, metric, split)]
    return [*_units(table, layers), *pooled]


def _units(table: pd.DataFrame, layers: Iterable[str]) -> list[str]:
    """Compare SVCA of neurons as recorded with that of standardised neurons."""
    raw = table[(table.source == "raw") & (table.split == "all")]
    values = raw.drop_duplicates(["layer", "metric"]).pivot(
        index="layer", columns="metric", values="value"
    )
    found = []
    for layer in layers:
        parts = []
        for measure, (least, form) in SVCA.items():
            metric = f"svca_reliable_{measure}"
            if not {metric, f"{metric}_zscored"} <= set(values) or layer not in values.index:
                continue
            one, other = values.loc[layer, [metric, f"{metric}_zscored"]]
            if abs(one - other) > least and max(one, other) > TIMES * min(one, other):
                parts.append(f"{measure} {number(one, form)} and {number(other, form)}")
        if parts:
            found.append(f"{layer} ({', '.join(parts)})")
    if not found:
        return []
    return [
        f"SVCA gives something else for neurons as recorded than for standardised (z-scored) "
        f"neurons in {listed(found)}: few neurons of large variance decide the first, which is the "
        f"published form. The second counts all neurons alike."
    ]


def _pooled(table: pd.DataFrame, metric: str, split: str) -> list[str]:
    """Compare a score that pools neurons with that of the median neuron, in means over layers."""
    pooled, median = (
        sources_by_layer(table, name, split).mean() for name in (metric, f"{metric}_median")
    )
    both = pooled.index.intersection(median.index)
    if both.empty:
        return []
    first, of_median = pooled[both].idxmax(), median[both].idxmax()
    found = []
    if median[of_median] > 0 and median[of_median] - median[first] > TURNED:
        found.append(
            f"{metric}, which pools all neurons, is highest for {label(first)}; for the median "
            f"neuron it is highest for {label(of_median)} ({number(median[of_median])}, "
            f"and {number(median[first])} for {label(first)})"
        )
    # Below 0 r2 has no scale: where neurons hardly vary it can be anything.
    far = [n for n in both if abs(pooled[n] - median[n]) > FAR and max(pooled[n], median[n]) > 0]
    if far:
        numbers = [f"{label(s)} {number(pooled[s], '.3g')} and {number(median[s])}" for s in far]
        found.append(
            f"{metric} of all neurons together is far from that of the median neuron: "
            f"{listed(numbers)}"
        )
    return [f"{'; '.join(found)}. Few neurons decide the pooled score."] if found else []
