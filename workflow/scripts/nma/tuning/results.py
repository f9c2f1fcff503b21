"""Results of a study: its best trial, importance of settings, and tables of its trials."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import optuna
import pandas as pd
from optuna.trial import FrozenTrial, TrialState

from nma.io.errors import InputError
from nma.tuning.best_settings import METRIC

FEWEST = 4  # complete trials from which importance can be estimated
STATES = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned"}


def best_trial(study: optuna.Study) -> FrozenTrial:
    """The complete trial with the highest value, the earlier one of equals. Raises InputError where
    none is complete."""
    done = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if not done:
        reasons = {trial.user_attrs.get("facts", {}).get("error") for trial in study.trials}
        raise InputError(
            "config",
            "tune: space",
            found=f"no settings that can be trained with ({'; '.join(filter(None, reasons))})",
            expected="some",
        )
    return max(done, key=lambda trial: (trial.value, -trial.number))


def best_of(study: optuna.Study, trials: Sequence[FrozenTrial]) -> dict[str, Any]:
    """The content of best.yaml; trials: the finished ones.

    `settings` {key: value} that differ from the model's own, none where these were the best; the
    score of both; the number of trials. Raises InputError where no trial is complete.
    """
    best = best_trial(study)
    default = next(trial for trial in trials if trial.user_attrs.get("default"))
    chosen = {} if best.user_attrs.get("default") else dict(sorted(best.params.items()))
    return {
        "settings": chosen,
        METRIC: best.value,
        f"default_{METRIC}": default.value,
        "trials": len(trials),
    }


def importances(study: optuna.Study, space: Mapping[str, Any]) -> dict[str, float]:
    """{key: share} of the variance over complete trials (fANOVA); empty where there are too few.

    Only trials with a value for every key of the space count, which excludes defaults outside it:
    Optuna would drop the key instead.
    """
    done = study.get_trials(states=(TrialState.COMPLETE,))
    whole = [trial for trial in done if len(trial.params) == len(space)]
    if len(whole) < FEWEST:
        return {}
    of_whole = optuna.create_study(direction="maximize")
    of_whole.add_trials(whole)
    try:
        evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
        return optuna.importance.get_param_importances(of_whole, evaluator=evaluator)
    except (ValueError, RuntimeError):
        return {}


def trial_table(trials: Iterable[FrozenTrial], space: Iterable[str], steps: int) -> pd.DataFrame:
    """trials.tsv: a row a trial; steps: the budget of a trial where it is not searched.

    Columns: trial, state (`complete`, `pruned`, or `failed` for one that could not be trained to
    the end), value (of a pruned trial its last score), default (1 for the first trial), steps,
    full_steps, parameters, seconds, worker, and `param:{key}` for each key of the space.
    """
    return pd.DataFrame([_trial_row(trial, space, steps) for trial in trials])


def curve_table(trials: Iterable[FrozenTrial]) -> pd.DataFrame:
    """curves.tsv: the score of each trial at each of its evaluations."""
    rows = [
        (trial.number, step, value)
        for trial in trials
        for step, value in sorted(trial.intermediate_values.items())
    ]
    return pd.DataFrame(rows, columns=["trial", "step", "value"])


def share_table(shares: Mapping[str, float]) -> pd.DataFrame:
    """importance.tsv: a row a key of the space, by `importances`."""
    return pd.DataFrame(list(shares.items()), columns=["parameter", "importance"])


def _trial_row(trial: FrozenTrial, space: Iterable[str], steps: int) -> dict[str, Any]:
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
