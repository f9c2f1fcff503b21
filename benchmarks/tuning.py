"""Scores of the best settings found by TPE with median pruning, and by other searches.

Usage: python benchmarks/tuning.py

All search the default space of residual_gru on the first layer of the demo's recording, with one
thread, one worker and a journal. The first search runs 25 trials. Each other search gets the
seconds that the first has taken, and counts the trials that are finished by then. A seed is that of
sampler and network, the same for all searches. Values are cosmooth_r2 of validation, by which the
best settings are chosen. The searches of a seed run in turn, two seeds at once.
"""

import multiprocessing
from contextlib import suppress
from time import perf_counter, process_time

import numpy as np
from common import CONFIG, layer, report
from optuna.trial import TrialState

from nma.experiment.models import model_settings
from nma.experiment.studies import study_settings
from nma.latents.corrections import fit_corrections
from nma.latents.state_space import encode_lds
from nma.statistics.intervals import mean_interval
from nma.training.dataset import TrainingData
from nma.training.network import Network
from nma.tuning.objective import TrainedScore, default_settings
from nma.tuning.proposals import new_pruner
from nma.tuning.results import best_trial
from nma.tuning.storage import open_study, quiet_optuna
from nma.tuning.workers import FINISHED, Worker, work

NAME = "residual_gru"
START = ("state_space.h5", "corrections.h5")  # of the LDS that the networks start from
SEEDS = range(5)
# (sampler, pruner); the others get the seconds of the first.
SEARCHES = (("tpe", "median"), ("random", "none"), ("tpe", "none"), ("random", "median"))
TRIALS = 25  # of the first search
UNLIMITED = 10**6  # trials


class OutOfTime(Exception):
    """The seconds of a search are over."""


def search(data, folder, kind, seed, *, trials=UNLIMITED, seconds=np.inf):
    """Run a study as tune_worker.py does until trials or seconds run out; return its numbers."""
    model = {"name": NAME, "scope": "layer", "options": {}}
    config = CONFIG | {"models": [model]}
    settings, space = model_settings(config, model), study_settings(config, NAME)["space"]
    settings = {key: settings[key] for key in ("dims", "options", "training")}
    network = Network(model=NAME, class_name=NAME, layer="L1", seed=seed, settings=settings)
    score = TrainedScore(data, network, "", folder)
    sampler, pruner = kind
    inside, reporting, cpu, start = [], [], process_time(), perf_counter()

    def in_time():
        if perf_counter() - start > seconds:
            raise OutOfTime

    def objective(values, progress):
        began = perf_counter()

        def timed(step, value):
            in_time()
            before = perf_counter()
            try:
                progress(step, value)
            finally:
                reporting.append(perf_counter() - before)

        timed.facts = progress.facts
        try:
            value = score(values, timed)
            in_time()
            return value
        finally:
            inside.append(perf_counter() - began)

    with Worker(folder, 1) as worker:
        every = settings["training"]["evaluate_every"]
        study = open_study(f"{sampler}_{pruner}", "journal", folder, new_pruner(pruner, every))
        known = {"defaults": default_settings(network, space), "space": space}
        known |= {"sampler": sampler, "seed": seed}
        with suppress(OutOfTime):
            work(study, objective, worker, trials=trials, **known)
    taken, cpu = perf_counter() - start, process_time() - cpu
    finished = [trial for trial in study.trials if trial.state in FINISHED]
    cost = {True: [], False: []}
    for trial in finished:
        cost[trial.state == TrialState.PRUNED].append(trial.user_attrs["facts"]["seconds"])
    best = best_trial(study)
    return {
        "best": best.value,
        "defaults": study.trials[0].value,
        "best_trial": best.number,
        "trials": len(finished),
        "pruned": len(cost[True]) / len(finished),
        "pruned_cost": float(np.mean(cost[True]) / np.mean(cost[False])) if cost[True] else None,
        "complete_seconds": float(np.mean(cost[False])),
        "overhead_seconds": (taken - sum(inside)) / len(inside),
        "reporting_seconds": sum(reporting) / len(inside),
        "seconds": taken,
        "cpu_seconds": cpu,
    }


def summary(found):
    """A row for each seed, and one for each search: the first against defaults and the others."""
    first, reference, *others = SEARCHES
    rows = []
    for seed in SEEDS:
        ours, theirs = found[first, seed]["best"], found[reference, seed]["best"]
        row = {"name": f"best cosmooth_r2, {_shown(first)} and {_shown(reference)}, seed {seed}"}
        row |= {"ours": ours, "reference": theirs, "ratio": ours / theirs}
        row |= {_shown(kind): found[kind, seed]["best"] for kind in others}
        rows.append(row)
    ours = np.array([found[first, seed]["best"] for seed in SEEDS])
    for kind in SEARCHES:
        mine = [found[kind, seed] for seed in SEEDS]
        theirs = np.array([run["defaults" if kind == first else "best"] for run in mine])
        against = "its defaults" if kind == first else _shown(kind)
        row = {"name": f"mean over seeds, {_shown(first)} and {against}"}
        row |= {"ours": float(ours.mean()), "reference": float(theirs.mean())}
        row["ratio"] = row["ours"] / row["reference"]
        difference = mean_interval(ours - theirs)
        row |= dict(zip(("difference", "ci_low", "ci_high"), difference, strict=True))
        for key in list(mine[0])[2:]:
            values = [run[key] for run in mine if run[key] is not None]
            row[key] = float(np.mean(values)) if values else None
        rows.append(row)
    return rows


def _shown(kind):
    sampler, pruner = kind
    return f"{sampler} + {pruner}"


def searches(job):
    """Run all searches of a seed in turn: {search: numbers}; job: (path of the tensor, seed)."""
    tensor, seed = job
    quiet_optuna()
    folder, found, budget = tensor.parent, {}, {"trials": TRIALS}
    data = TrainingData([tensor], "cpu", 1, [folder / name for name in START])
    # So that loading and compilation do not count for the first search.
    search(data, folder / f"warm{seed}", SEARCHES[0], seed, trials=1)
    for kind in SEARCHES:
        found[kind] = search(data, folder / str(seed), kind, seed, **budget)
        budget = {"seconds": found[SEARCHES[0]]["seconds"]}
        shown = {k: round(v, 4) if isinstance(v, float) else v for k, v in found[kind].items()}
        print(f"seed {seed}, {_shown(kind)}: {shown}", flush=True)
    return found


def main():
    """Run all searches for all seeds and report them."""
    tensor = layer("demo").tensor.path
    hidden, fits, corrections = (tensor.parent / name for name in ("hidden.h5", *START))
    encode_lds(tensor, hidden, fits, tensor.parent / "latents.h5")
    fit_corrections(tensor, hidden, fits, corrections)
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        found = pool.map(searches, [(tensor, seed) for seed in SEEDS], chunksize=1)
    rows = {(kind, n): runs[kind] for n, runs in zip(SEEDS, found, strict=True) for kind in runs}
    report("tuning", summary(rows))


if __name__ == "__main__":
    main()
