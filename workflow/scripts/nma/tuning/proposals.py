"""Proposals of a study: the settings of its next trial, and which trials it stops."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import optuna


def new_pruner(kind: str, evaluate_every: int) -> optuna.pruners.BasePruner:
    """A pruner, which stops bad trials.

    kind: `median` stops a trial that is below the median of the others at the same step; `halving`
    lets the better third of the trials that got as far continue, at each threefold budget; `none`
    stops no trial. evaluate_every: steps between evaluations, the smallest budget.
    """
    if kind == "median":
        return optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=1)
    if kind == "halving":
        return optuna.pruners.SuccessiveHalvingPruner(
            min_resource=evaluate_every, reduction_factor=3
        )
    return optuna.pruners.NopPruner()


def new_sampler(kind: str, seed: int, finished: int) -> optuna.samplers.BaseSampler:
    """A sampler, `tpe` or `random`, for the next trial.

    Its draws depend on the seed and on how many trials are finished, so that an interrupted study
    continues as it would have without the interruption.
    """
    draws = int(np.random.SeedSequence([seed, finished]).generate_state(1)[0])
    if kind == "random":
        return optuna.samplers.RandomSampler(seed=draws)
    return optuna.samplers.TPESampler(seed=draws, multivariate=True, constant_liar=True)


def suggest(trial: optuna.Trial, key: str, spec: Mapping[str, Any]) -> Any:
    """The value of a key in a trial; spec: its entry in the search space."""
    if spec["type"] == "categorical":
        return trial.suggest_categorical(key, spec["choices"])
    ends, log = (spec["low"], spec["high"]), spec.get("log", False)
    if spec["type"] == "int":
        return trial.suggest_int(key, *ends, step=spec.get("step", 1), log=log)
    return trial.suggest_float(key, *ends, step=spec.get("step"), log=log)


def fits(spec: Mapping[str, Any], value: object) -> bool:
    """Whether an entry of the search space can propose this value."""
    if spec["type"] == "categorical":
        return value in spec["choices"]
    if isinstance(value, str | bool | None) or not spec["low"] <= value <= spec["high"]:
        return False
    return spec["type"] == "float" or value == int(value)
