"""Sentences on models: networks against baselines, and tuned settings against defaults."""

from collections.abc import Sequence

import pandas as pd

from nma.figures.labels import label
from nma.report.comparisons import difference, sources_by_layer
from nma.report.wording import interval
from nma.scores.frame import over_seeds
from nma.sources import OPPONENTS


def model_sentence(table: pd.DataFrame, models: Sequence[str], split: str) -> str:
    """Compare the best network with the best baseline at predicting hidden neurons.

    Each is the best by its mean cosmooth_r2 over layers. Nothing where there is no network.
    """
    if not models:
        return ""
    values = sources_by_layer(table, "cosmooth_r2", split)
    model = values[list(models)].mean().idxmax()
    baseline = values[list(OPPONENTS)].mean().idxmax()
    gap, low, high, ahead, n = difference(values, model, baseline)
    layers, mean = f" in {ahead} of {n} layers,", "mean difference"
    if n == 1:
        # Paired by bin, with an interval over seeds or blocks of time.
        rows = table[(table.metric == f"cosmooth_r2_above_{baseline}") & (table.split == split)]
        gap, low, high = over_seeds(rows[rows.source == model], "layer").iloc[0]
        layers, mean = "", "difference"
    if low > 0:
        return (
            f"Yes: {label(model)} predicts hidden neurons better than {label(baseline)}, the best "
            f"baseline,{layers} by a {mean} in cosmooth_r2 of {gap:.3f}{interval(low, high)}."
        )
    if high < 0:
        return (
            f"No: {label(model)}, the best network, predicts hidden neurons worse than "
            f"{label(baseline)}, the best baseline, by a {mean} in cosmooth_r2 of "
            f"{-gap:.3f}{interval(-high, -low)}."
        )
    return (
        f"Not shown: the {mean} in cosmooth_r2 between {label(model)}, the best network, and "
        f"{label(baseline)}, the best baseline, is {gap:.3f}{interval(low, high)}, and the "
        f"interval includes 0."
    )


def tuning_sentence(table: pd.DataFrame) -> str:
    """Compare the best settings of each study with the defaults, both retrained.

    Nothing where there was no study.
    """
    found = []
    for row in table[table.metric == "tuned_above_default"].itertuples():
        study = f"{label(row.source)} ({row.layer})"
        gap = f"{row.value:.4f}{interval(row.ci_low, row.ci_high, '.4f')}"
        if not row.n:
            found.append(f"{study}: no settings were better than the defaults")
        elif row.ci_low > 0:
            found.append(f"{study}: yes, by {gap} in cosmooth_r2 on validation")
        else:
            found.append(
                f"{study}: not shown, the difference in cosmooth_r2 on validation is {gap}"
            )
    return "; ".join(found) + "." if found else ""
