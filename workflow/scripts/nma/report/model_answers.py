"""Sentences on models: networks against baselines, and tuned settings against defaults."""

from nma.figures.labels import label
from nma.report.comparisons import difference, sources_by_layer
from nma.scores.frame import over_seeds
from nma.sources import OPPONENTS


def model_sentence(table, models, split):
    """The best network at hidden neurons against the better of the linear opponents."""
    if not models:
        return ""
    values = sources_by_layer(table, "cosmooth_r2", split)
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
