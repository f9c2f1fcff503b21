"""The tables of report.html."""

from pathlib import Path

import pandas as pd

from nma.figures.labels import label
from nma.figures.style import LINEAR_COLOURS
from nma.io.frames import read_whole
from nma.report.verdict import SCORES, score_table
from nma.scores.frame import over_seeds
from nma.statistics.intervals import mean_interval

FAMILY_NAMES = {
    "gaussian": "Gaussian",
    "poisson": "Poisson",
    "zero_inflated_gamma": "zero-inflated gamma",
}


def verdict_rows(table, sources, split):
    """The metrics that there are, and a row a source with (mean over layers, is the best) each."""
    scores = score_table(table, ["raw", *sources], split)
    metrics = [m for m in SCORES if any(m in row for row in scores.values())]
    rows = [
        {"source": label(source), "scores": [row.get(metric) for metric in metrics]}
        for source, row in scores.items()
        if row
    ]
    return {"metrics": metrics, "rows": rows}


def headline(table, sources, opponents, split):
    """A row a source: r2 and mse over layers and seeds, and the layers in which it beats PCA.

    opponents: {model: the PCA source with as many dims}. The interval is over layers (after
    averaging seeds); with one layer it is that of time blocks.
    """
    held_out = by_layer(table, split)
    rows = []
    for source in sources:
        row = {"source": label(source)}
        row |= {metric: over_layers(held_out.loc[source, metric]) for metric in ("r2", "mse")}
        if source in opponents:
            pca = held_out.loc[opponents[source], "r2"].value
            ahead = held_out.loc[source, "r2"].value > pca
            row["ahead"] = f"{int(ahead.sum())} of {len(ahead)}"
        rows.append(row)
    return rows


def hidden_scores(table, sources, split):
    """A row a source: its scores of what was hidden, and the layers in which it is above the better
    linear opponent on hidden neurons."""
    held_out = by_layer(table, split)
    best_linear = held_out.loc[["ppca", "smooth_ppca"]].value.groupby(["metric", "layer"]).max()
    rows = []
    for source in sources:
        cosmooth = held_out.loc[source, "cosmooth_r2"]
        ahead = int((cosmooth.value > best_linear["cosmooth_r2"]).sum())
        rows.append(
            {
                "source": label(source),
                "cosmooth": over_layers(cosmooth),
                "masked": over_layers(held_out.loc[source, "masked_r2"]),
                "ahead": "" if source in LINEAR_COLOURS else f"{ahead} of {len(cosmooth)} layers",
            }
        )
    return rows


def likelihoods(table, sources, split):
    """An entry an observation model: its name, the log-likelihood with the train mean, and a row a
    source with what it gains over that, of what it reconstructs and of hidden neurons."""
    held_out = by_layer(table, split)
    found = []
    for family in FAMILY_NAMES:
        kinds = {"reconstructed": f"{family}_log_likelihood"}
        kinds["hidden"] = f"cosmooth_{kinds['reconstructed']}"
        if kinds["hidden"] in held_out.index.get_level_values("metric"):
            metric = kinds["reconstructed"]
            of_source, gain = (
                held_out.loc[sources[0], m].value for m in (metric, f"{metric}_gain")
            )
            rows = [
                {"source": label(source)}
                | {k: over_layers(held_out.loc[source, f"{m}_gain"]) for k, m in kinds.items()}
                for source in sources
            ]
            found.append(
                {"name": FAMILY_NAMES[family], "of_mean": (of_source - gain).mean(), "rows": rows}
            )
    return found


def by_layer(table, split):
    """Values and intervals of a split by source, metric and layer, over seeds."""
    return over_seeds(table[table.split == split], ["source", "metric", "layer"])


def over_layers(layers):
    """Mean over layers and its interval; with one layer, that over its seeds or blocks of time."""
    value, low, high = mean_interval(layers.value)
    if len(layers) == 1:
        low, high = layers.ci_low.iloc[0], layers.ci_high.iloc[0]
    return {"value": value, "low": low, "high": high}


def pca_summary(table):
    """Means over layers of what PCA says about train: {metric: (mean, smallest, largest)}."""
    values = table[(table.source == "pca") & (table.split == "train")].groupby("metric").value
    return {metric: (v.mean(), v.min(), v.max()) for metric, v in values}


DIMENSIONS = {
    "svca_reliable_components": "all",
    "svca_reliable_fraction": "all",
    "participation_ratio": "train",
    "dims_80": "train",
}


def dimensions(table, layers, split):
    """A row a layer, and one of all neurons: how many dimensions it has by each definition; empty
    where a definition is of layers alone."""
    rows = []
    for layer in layers:
        mine = table[table.layer == layer]
        row = {"layer": layer}
        for metric, where in DIMENSIONS.items():
            row[metric] = _only(mine[(mine.metric == metric) & (mine.split == where)])
        for source in ("ppca", "smooth_ppca"):
            held_out = mine[(mine.source == source) & (mine.split == split)]
            row[source] = _only(held_out[held_out.metric == "dims_within_one_error"])
        if row["svca_reliable_components"] is not None:
            rows.append(row)
    return rows


def _only(rows):
    """The value of the one row there is, or None."""
    return rows.value.iloc[0] if len(rows) else None


def ceiling(table, split):
    """r2 of the true rates of a simulation, averaged over layers, and what it is on average over
    the noise; None where nothing was simulated."""
    rows = table[(table.source == "truth") & (table.split == split)].groupby("metric").value.mean()
    return dict(rows) if len(rows) else None


def network_summary(descriptions):
    """A row a model: name, objective, networks, dims, parameters, steps and seconds of training."""
    frame = pd.DataFrame(descriptions)
    if frame.empty:
        return []
    return [
        {
            "model": label(name),
            "objective": " / ".join(sorted({objective_of(t) for t in group.training})),
            "networks": len(group),
            "dims": " / ".join(map(str, sorted(set(group.dims)))),
            "parameters": " / ".join(f"{n:,}" for n in sorted(set(group.parameters))),
            "steps": f"{group.steps.median():.0f}",
            "seconds": f"{group.training_seconds.median():.1f}",
            "device": " / ".join(sorted(set(group.device))),
        }
        for name, group in frame.groupby("model", sort=False)
    ]


def trained_otherwise(networks):
    """A sentence that names the models of `network_summary` to which r2 is not fair, or nothing."""
    names = [row["model"] for row in networks if row["objective"] != "reconstruct"]
    if not names:
        return ""
    verb = "was" if len(names) == 1 else "were"
    return (
        f"Not what {', '.join(names)} {verb} trained for: r2 is fair to networks trained to "
        "reconstruct, as PCA is."
    )


def objective_of(training):
    """What a network was trained to do, from its settings; the study's recipe knows one thing."""
    return training.get("objective", "reconstruct")


def rule_times(timings):
    """A row a rule: jobs, seconds in all and of the longest job, largest memory (Snakemake's
    benchmark files; memory in MB, 0 where a job was too short to be sampled). Files that have been
    deleted since are left out."""
    rows = []
    for rule, paths in timings.items():
        paths = [path for path in paths if Path(path).exists()]
        if not paths:
            continue
        jobs = pd.concat(
            [read_whole(path, ["s", "max_rss"], na_values=["-", "NA"]) for path in paths]
        )
        rows.append(
            {
                "rule": rule,
                "jobs": len(jobs),
                "seconds": jobs.s.sum(),
                "longest": jobs.s.max(),
                "memory": jobs.max_rss.max(),
            }
        )
    return rows
