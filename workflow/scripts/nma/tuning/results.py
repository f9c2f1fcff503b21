"""What a study found."""

import optuna
from optuna.trial import TrialState

from nma.io.errors import InputError

FEWEST = 4  # complete trials that tell the importance of a setting


def best_trial(study):
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


def importances(study, space):
    """{key: share} of the variance over complete trials (fANOVA); empty where it cannot be told.

    Of the trials that have a value for every key of the space, which defaults out of it have not:
    Optuna would leave out the key instead.
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
