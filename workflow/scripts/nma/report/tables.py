"""The tables of report.html, each as rows for its template.

A score in a row is {value, low, high}: a mean over layers with its 95 % interval, or None.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd

from nma.figures.labels import label
from nma.io.frames import read_whole
from nma.report.comparisons import SCORES, score_table, sources_by_layer
from nma.report.wording import counted, listed
from nma.scores.frame import mean_over_layers, scores_by_layer
from nma.sources import BASELINES, opponents
from nma.types import FilePath

Row: TypeAlias = dict[str, Any]

FAMILY_NAMES = {
    "gaussian": "Gaussian",
    "poisson": "Poisson",
    "zero_inflated_gamma": "zero-inflated gamma",
}
# The split for which each definition of dimensionality has a value.
DIMENSIONS = {
    "neurons": "all",
    "svca_reliable_components": "all",
    "svca_reliable_fraction": "all",
    "svca_reliable_components_zscored": "all",
    "svca_reliable_fraction_zscored": "all",
    "participation_ratio": "train",
    "dims_80": "train",
}


def with_names(table: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """The rows of metrics.tsv with layers as pages name them; names: {layer: name}."""
    start = "transfer_r2_from_"
    metrics = {f"{start}{layer}": f"{start}{name}" for layer, name in names.items()}
    return table.assign(
        layer=table.layer.map(lambda layer: names.get(layer, layer)),
        metric=table.metric.map(lambda metric: metrics.get(metric, metric)),
    )


def verdict_rows(table: pd.DataFrame, sources: Iterable[str], split: str) -> dict[str, list]:
    """The overview of all scores: its metrics, and rows with the columns source and scores.

    Of a simulation, what is attainable comes last.
    scores: (mean over layers, is clearly the best) of each metric, or None where there is none.
    """
    scores = score_table(table, ["raw", *sources], split)
    scores |= score_table(table, ["attainable"], split)  # competes with nobody
    metrics = [m for m in SCORES if any(m in row for row in scores.values())]
    rows = [
        {"source": label(source), "scores": [row.get(metric) for metric in metrics]}
        for source, row in scores.items()
        if row
    ]
    return {"metrics": metrics, "rows": rows}


def reconstructions(
    table: pd.DataFrame, sources: Iterable[str], same_dims: Mapping[str, str], split: str
) -> list[Row]:
    """Reconstruction, a row a source, with the columns source, r2, mse, r2_median and ahead.

    ahead: in how many layers r2 is above that of PCA; only of the models in same_dims: {model: the
    PCA source with as many dims}.
    """
    scores = scores_by_layer(table, split)
    rows = []
    for source in sources:
        row = {"source": label(source)}
        metrics = ("r2", "mse", "r2_median")
        row |= {metric: over_layers(scores, source, metric) for metric in metrics}
        if source in same_dims:
            pca = scores.loc[same_dims[source], "r2"].value
            ahead = scores.loc[source, "r2"].value > pca
            row["ahead"] = f"{int(ahead.sum())} of {counted(len(ahead), 'layer')}"
        rows.append(row)
    return rows


def hidden_scores(table: pd.DataFrame, sources: Iterable[str], split: str) -> list[Row]:
    """Predictions of hidden activity, a row a source: source, cosmooth, masked, ahead; the first
    two also of the median neuron (`_median`) and without copies of neurons (`_alone`).

    ahead: in how many layers cosmooth_r2 is above that of the best opponent of each; not given for
    baselines and opponents. Of a simulation, what is attainable comes last.
    """
    scores = scores_by_layer(table, split)
    of_neurons = sources_by_layer(table, "cosmooth_r2", split)
    others = opponents(of_neurons)
    attainable = [name for name in ("attainable",) if name in scores.index]
    rows = []
    for source in [*sources, *attainable]:
        row = {"source": label(source), "ahead": ""}
        for kind in ("cosmooth", "masked"):
            row[kind] = over_layers(scores, source, f"{kind}_r2")
            row[f"{kind}_median"] = over_layers(scores, source, f"{kind}_r2_median")
            row[f"{kind}_alone"] = over_layers(scores, source, f"{kind}_r2_without_copies")
        if source not in (*BASELINES, *attainable, *others):
            ahead = of_neurons[source] > of_neurons[others].max(axis=1)
            row["ahead"] = f"{int(ahead.sum())} of {counted(len(ahead), 'layer')}"
        rows.append(row)
    return rows


def likelihoods(table: pd.DataFrame, sources: Sequence[str], split: str) -> list[Row]:
    """Log-likelihoods, an entry for each observation model that was scored: name, of_mean, rows.

    of_mean: the log-likelihood of the train mean; rows: a source each, with what it gains over
    that, in nats per entry: source, reconstructed, hidden.
    """
    scores = scores_by_layer(table, split)
    found = []
    for family, name in FAMILY_NAMES.items():
        kinds = {"reconstructed": f"{family}_log_likelihood"}
        kinds["hidden"] = f"cosmooth_{kinds['reconstructed']}"
        if kinds["hidden"] in scores.index.get_level_values("metric"):
            metric = kinds["reconstructed"]
            # The same of all sources.
            of_mean = scores.value[sources[0], metric] - scores.value[sources[0], f"{metric}_gain"]
            rows = [
                {"source": label(source)}
                | {k: over_layers(scores, source, f"{m}_gain") for k, m in kinds.items()}
                for source in sources
            ]
            found.append({"name": name, "of_mean": of_mean.mean(), "rows": rows})
    return found


def over_layers(scores: pd.DataFrame, source: str, metric: str) -> dict[str, float] | None:
    """Average a score over layers: {value, low, high}, or None where the source does not have it.

    scores: of scores_by_layer.
    """
    if (source, metric) not in scores.index:
        return None
    value, low, high = mean_over_layers(scores.loc[source, metric])
    return {"value": value, "low": low, "high": high}


def pca_summary(table: pd.DataFrame) -> dict[str, tuple[float, float, float]]:
    """{metric: (mean, smallest, largest) over layers} of PCA on train."""
    values = table[(table.source == "pca") & (table.split == "train")].groupby("metric").value
    return {metric: (v.mean(), v.min(), v.max()) for metric, v in values}


def dimensions(
    table: pd.DataFrame, layers: Iterable[str], baselines: Sequence[str], split: str
) -> list[Row]:
    """Dimensions by each definition, a row a layer: layer, those of DIMENSIONS, and baselines.

    layers: may include `all`, all neurons of the recording; baselines: those with latents, for each
    of which there is the fewest dims within one standard error of its best. None where a layer has
    no value; a layer without any has no row.
    """
    rows = []
    for layer in layers:
        mine = table[table.layer == layer]
        row = {"layer": layer}
        for metric, of_split in DIMENSIONS.items():
            row[metric] = _only(mine[(mine.metric == metric) & (mine.split == of_split)])
        chosen = mine[(mine.metric == "dims_within_one_error") & (mine.split == split)]
        row["baselines"] = [_only(chosen[chosen.source == source]) for source in baselines]
        if any(row[metric] is not None for metric in DIMENSIONS):
            rows.append(row)
    return rows


def _only(rows: pd.DataFrame) -> float | None:
    """The value of the one row there is, or None."""
    return rows.value.iloc[0] if len(rows) else None


def ceiling(table: pd.DataFrame, split: str) -> dict[str, float] | None:
    """{metric: mean over layers} of what a simulation allows; None where nothing was simulated.

    r2 of the true rates, and `ceiling_r2`, expected of them on average over the noise; cosmooth_r2
    and masked_r2 that are attainable.
    """
    rows = table[table.source.isin(["truth", "attainable"]) & (table.split == split)]
    return dict(rows.groupby("metric").value.mean()) if len(rows) else None


def network_summary(descriptions: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Training, a row a model: model, objective, networks, dims, parameters, steps, seconds,
    device.

    descriptions: of all networks (models/*.json). steps and seconds are medians over networks;
    where other values differ between networks, all are given.
    """
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


def trained_otherwise(networks: Iterable[Row]) -> str:
    """A sentence naming the models of `network_summary` that r2 does not compare fairly, if any."""
    names = [row["model"] for row in networks if row["objective"] != "reconstruct"]
    if not names:
        return ""
    return (
        f"Not trained to reconstruct: {listed(names)}. r2 compares fairly only sources that are "
        f"fitted to reconstruct, as PCA is."
    )


def objective_of(training: Mapping[str, Any]) -> str:
    """The training objective of a network, from its settings.

    The recipe `sequence` has no such key, as it can only reconstruct.
    """
    return training.get("objective", "reconstruct")


def rule_times(timings: Mapping[str, Iterable[FilePath]]) -> list[Row]:
    """Timings, a row a rule: rule, jobs, seconds (of all jobs), longest (in s) and memory (in MB).

    timings: {rule: Snakemake's benchmark files}; files that no longer exist are left out. memory is
    that of the largest job, 0 where jobs were too short to be sampled.
    """
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
