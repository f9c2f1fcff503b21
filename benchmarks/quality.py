"""Scores of every source on the simulated recording and on each real one, at equal dims and time.

Usage: python benchmarks/quality.py [recording ...]

Sources are compared at equal dims (75, or N // 3 below 225 neurons), and each at its own best of
baselines.fitting.CANDIDATES by validation. Residual networks have the default budget and try the
candidates from 40 on; their seconds leave out the fit of the LDS that they start from. The study's
networks are trained for each objective, with as many steps as fit into the time of the slowest
residual one. Three seeds; one thread a network.
"""

import argparse
import json
import multiprocessing
from statistics import mean

import numpy as np
import torch
from common import FOLDER, TRAINING, corrected, fitted, layer, recordings, report, trained
from scipy.special import stdtrit

from nma.baselines.fitting import CANDIDATES
from nma.baselines.interpolation import fit_interpolation
from nma.baselines.ppca import fit_ppca
from nma.latents.lds_choice import MASKED_DIMS
from nma.registry import member

SEEDS = (0, 1, 2)
METRICS = ("r2", "cosmooth_r2", "masked_r2")
KINDS = ("r2", "cosmooth", "masked")
REGRESSIONS = {"ridge": ("cosmooth", "masked"), "kernel_ridge": ("cosmooth",)}
WEIGHTED = "lds, weighted over dims"
WITHOUT_NETWORKS = ("pca", "ppca", "lds", WEIGHTED, *REGRESSIONS, "interpolation")
OPPONENTS = {"r2": ("pca",), "cosmooth_r2": WITHOUT_NETWORKS, "masked_r2": WITHOUT_NETWORKS}
RESIDUAL = ("residual_rnn", "residual_gru", "residual_lstm")
STUDY = ("rnn", "gru", "lstm", "feedback_lstm")


def equal_dims(data):
    """The dims at which all sources of a layer are compared."""
    return min(75, data.tensor.activity.shape[1] // 3)


def linear_rows(data):
    """Scores of the linear sources, a row for each number of dims."""
    centred = data.tensor.train - data.tensor.train_mean
    dims = equal_dims(data)
    tried = sorted({dims, *(k for k in CANDIDATES if k < min(centred.shape))})
    rows = []
    for k in tried:
        loadings = data.components[:k]
        predictors = {
            "pca": lambda x, visible, w=loadings: x @ w.T @ w,
            "ppca": fit_ppca(data.components, data.variances, k).predict,
        }
        rows += [_scored(data, source, "", k, 0, p) for source, p in predictors.items()]
    rows.append(_scored(data, "interpolation", "", 0, 0, fit_interpolation(centred, 0).predict))
    for source, kinds in REGRESSIONS.items():
        regression = member("baselines", source).fit(fitted(data))[0]
        rows.append(_scored(data, source, "", 0, 0, regression.predict, kinds=kinds))
    found, with_corrections = corrected(data.name)
    fits = {k: fit for k, fit in found.fits.items() if k <= MASKED_DIMS}
    rows += [_scored(data, "lds", "", k, 0, fit.predict) for k, fit in fits.items()]
    predict, kinds = found.weighted("cosmooth").predict, ["cosmooth"]
    row = _scored(data, WEIGHTED, "", 0, 0, predict, kinds=kinds)
    rows.append(row | _all_scores(data, found.weighted("masked").predict, ["masked"]))
    predict, kinds = with_corrections.predict, ["cosmooth", "masked"]
    rows.append(_scored(data, "lds, corrected", "", 0, 0, predict, kinds=kinds))
    return rows


def _scored(data, source, objective, dims, seed, predict, *, kinds=KINDS, **more):
    row = {"recording": data.name, "source": source, "objective": objective}
    row |= {"dims": dims, "seed": seed, **more}
    return row | _all_scores(data, predict, kinds)


def _all_scores(data, predict, kinds):
    """Scores of test, and of validation under names that say so."""
    found = data.scores(predict, kinds=kinds)
    of_validation = data.scores(predict, "validation", kinds)
    return found | {f"validation_{k}": v for k, v in of_validation.items()}


def network_row(job):
    """Train one network and score it; job: (recording, class, objective, dims, seed, steps)."""
    recording, name, objective, dims, seed, steps = job
    torch.set_num_threads(1)
    data = layer(recording)
    predict, history, seconds = trained(
        data, name, dims, seed=seed, objective=objective, steps=steps
    )
    run = {"seconds": seconds, "steps": history[-1]["step"]}
    row = _scored(data, name, objective, dims, seed, predict, **run)
    print({k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()}, flush=True)
    return row


def network_rows(data, pool):
    """Scores of all networks of a layer, residual ones first; pool: of processes."""
    dims = equal_dims(data)
    tried = [k for k in CANDIDATES if 40 <= k < data.tensor.activity.shape[1]]
    jobs = [
        (data.name, name, "masked", k, seed, TRAINING["steps"])
        for k in sorted({dims, *tried}, reverse=True)
        for name in RESIDUAL
        for seed in SEEDS
    ]
    jobs += [
        (data.name, name, "reconstruct", dims, seed, TRAINING["steps"])
        for name in RESIDUAL
        for seed in SEEDS
    ]
    rows = pool.map(network_row, jobs, chunksize=1)
    seconds = max(r["seconds"] for r in rows if r["dims"] == dims and r["objective"] == "masked")
    every = TRAINING["evaluate_every"]
    # Seconds of a step, from a short run of each network, evaluations included.
    trials = [
        (data.name, n, o, dims, 0, 2 * every) for n in STUDY for o in ("reconstruct", "masked")
    ]
    a_step = [r["seconds"] / r["steps"] for r in pool.map(network_row, trials, chunksize=1)]
    budgets = [max(every, round(seconds / s / every) * every) for s in a_step]
    jobs = [
        (data.name, n, o, k, seed, steps)
        for (_, n, o, k, _, _), steps in zip(trials, budgets, strict=True)
        for seed in SEEDS
    ]
    return rows + pool.map(network_row, jobs, chunksize=1)


def summary(rows, metric):
    """A row a source and objective: mean over seeds at equal dims and at its own best dims.

    The reference for r2 is PCA at equal dims. For hidden activity it is the best source of all that
    are no networks, with each side at its own best dims.
    """
    found = []
    recording = rows[0]["recording"]
    dims = equal_dims(layer(recording))
    rows = [row for row in rows if metric in row]
    for source, objective in dict.fromkeys((r["source"], r["objective"]) for r in rows):
        own = [r for r in rows if (r["source"], r["objective"]) == (source, objective)]
        by_dims = {k: [r for r in own if r["dims"] == k] for k in {r["dims"] for r in own}}
        best = max(by_dims, key=lambda k: mean(r[f"validation_{metric}"] for r in by_dims[k]))
        equal = by_dims.get(dims, by_dims[best])
        values = [r[metric] for r in by_dims[best]]
        row = {
            "name": f"{metric}, {recording}, {source}" + (f" ({objective})" if objective else ""),
            "source": source,
            "ours": mean(r[metric] for r in equal),
            "best_dims": best,
            "at_best_dims": mean(values),
            "half_width": _half_width(values),
            "seconds": mean(r["seconds"] for r in equal) if "seconds" in own[0] else None,
        }
        found.append(row)
    key = "ours" if metric == "r2" else "at_best_dims"
    reference = max(r[key] for r in found if r["source"] in OPPONENTS[metric])
    for row in found:
        row |= {"reference": reference, "difference": row[key] - reference}
        row["ratio"] = row[key] / reference
    return found


def _half_width(values):
    """Half the width of the 95 % Student interval of the mean over seeds."""
    n = len(values)
    return float(stdtrit(n - 1, 0.975) * np.std(values, ddof=1) / np.sqrt(n)) if n > 1 else None


def main(names):
    """Score all sources on these recordings; report them with those of earlier runs."""
    table = FOLDER / "quality.json"
    kept = json.loads(table.read_text()) if table.exists() else []
    for name in names:
        data = layer(name)
        with multiprocessing.get_context("spawn").Pool(2) as pool:
            rows = linear_rows(data) + network_rows(data, pool)
        kept = [row for row in kept if row["recording"] != name] + rows
        table.write_text(json.dumps(kept, indent=1) + "\n")
    by_recording = {n: [r for r in kept if r["recording"] == n] for n in recordings()}
    report(
        "quality",
        [row for r in by_recording.values() if r for m in METRICS for row in summary(r, m)],
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recordings", nargs="*", default=None)
    main(parser.parse_args().recordings or recordings())
