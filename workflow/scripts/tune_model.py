"""What a study found, for training and for its figure: best.yaml and tables of its trials."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from optuna.trial import TrialState

from nma.io.files import atomic_path, read_json
from nma.jobs.job import job
from nma.tuning.best_settings import write_best
from nma.tuning.results import best_trial, importances
from nma.tuning.storage import answering, open_study
from nma.tuning.workers import FINISHED

STATES = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned"}


def main(workers, out, *, folder, tune, steps, storage):
    """workers: what the workers wrote; out: folder of best.yaml, trials.tsv, curves.tsv,
    importance.tsv and space.json; steps: the budget of a trial where it is not searched.

    best.yaml has the `settings` {key: value} that differ from the model's own, none where these
    were the best, and validation cosmooth_r2 of both.
    """
    (name,) = {read_json(path)["study"] for path in workers}
    with answering(storage):
        study = open_study(name, storage, folder)
        best = best_trial(study)
        # What was killed has been run again.
        trials = study.get_trials(deepcopy=False, states=FINISHED)
        shares = importances(study, tune["space"])
    default = next(trial for trial in trials if trial.user_attrs.get("default"))
    chosen = {} if best.user_attrs.get("default") else dict(sorted(best.params.items()))
    found = {
        "settings": chosen,
        "validation_cosmooth_r2": best.value,
        "default_validation_cosmooth_r2": default.value,
        "trials": len(trials),
    }
    out = Path(out)
    write_best(out / "best.yaml", found)
    _write(out / "space.json", json.dumps(tune["space"], indent=2) + "\n")
    _table(
        out / "trials.tsv",
        [trial_row(t, tune["space"], steps) for t in trials if STATES.get(t.state)],
    )
    curves = [
        {"trial": trial.number, "step": step, "value": value}
        for trial in trials
        for step, value in sorted(trial.intermediate_values.items())
    ]
    _table(out / "curves.tsv", curves, ["trial", "step", "value"])
    rows = [{"parameter": key, "importance": share} for key, share in shares.items()]
    _table(out / "importance.tsv", rows, ["parameter", "importance"])


def trial_row(trial, space, steps):
    """A row of trials.tsv; `failed` are those that could not be trained to the end."""
    facts = trial.user_attrs.get("facts", {})
    value = trial.value
    if value is None and trial.intermediate_values:
        value = trial.intermediate_values[max(trial.intermediate_values)]
    broken = "error" in facts
    row = {
        "trial": trial.number,
        "state": "failed" if broken else STATES[trial.state],
        "value": np.nan if broken else value,
        "default": int(trial.user_attrs.get("default", False)),
        "steps": facts.get("steps", 0),
        "full_steps": trial.params.get("training.steps", steps),
        "parameters": facts.get("parameters", ""),
        "seconds": facts.get("seconds", 0.0),
        "worker": trial.user_attrs.get("worker", ""),
    }
    return row | {f"param:{key}": trial.params.get(key, "") for key in space}


def _table(path, rows, columns=None):
    _write(path, pd.DataFrame(rows, columns=columns).to_csv(sep="\t", index=False))


def _write(path, text):
    with atomic_path(path) as temporary:
        temporary.write_text(text)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            workers=snakemake.input.workers,
            out=Path(snakemake.output.best).parent,
            folder=snakemake.params.folder,
            tune=dict(snakemake.params.tune),
            steps=snakemake.params.steps,
            storage=snakemake.config["tune"]["storage"],
        )
