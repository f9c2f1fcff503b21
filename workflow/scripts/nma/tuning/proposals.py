"""What a study proposes next, and which trials it stops."""

import numpy as np
import optuna


def new_pruner(kind, evaluate_every):
    """`median`: stops a trial that is below the median of the others at the same step; `halving`:
    of those that got as far the better third goes on, at each threefold budget; `none`."""
    if kind == "median":
        return optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=1)
    if kind == "halving":
        return optuna.pruners.SuccessiveHalvingPruner(
            min_resource=evaluate_every, reduction_factor=3
        )
    return optuna.pruners.NopPruner()


def new_sampler(kind, seed, finished):
    """A sampler whose draws follow from the seed and from how many trials are finished, so that a
    study that was interrupted goes on as it would have."""
    draws = int(np.random.SeedSequence([seed, finished]).generate_state(1)[0])
    if kind == "random":
        return optuna.samplers.RandomSampler(seed=draws)
    return optuna.samplers.TPESampler(seed=draws, multivariate=True, constant_liar=True)


def suggest(trial, key, spec):
    """The value of a key in a trial; spec: its entry in the space."""
    if spec["type"] == "categorical":
        return trial.suggest_categorical(key, spec["choices"])
    ends, log = (spec["low"], spec["high"]), spec.get("log", False)
    if spec["type"] == "int":
        return trial.suggest_int(key, *ends, step=spec.get("step", 1), log=log)
    return trial.suggest_float(key, *ends, step=spec.get("step"), log=log)


def fits(spec, value):
    """Whether a value is one that the space can propose."""
    if spec["type"] == "categorical":
        return value in spec["choices"]
    if isinstance(value, str | bool | None) or not spec["low"] <= value <= spec["high"]:
        return False
    return spec["type"] == "float" or value == int(value)
