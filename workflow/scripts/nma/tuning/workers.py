"""A study: one network trained many times with other settings, by several workers at once.

Optuna proposes the settings and keeps what came out, in a journal file or a database. Every worker
holds the lock of a file for as long as it lives (flock: the kernel lets go when it dies, over NFS
too), so that the others can tell a trial that is being run from one whose worker was killed. That
one is failed and put back into the queue.
"""

import fcntl
import time
import warnings
from datetime import datetime
from pathlib import Path

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import TrialState

from nma.io.errors import InputError
from nma.tuning.proposals import fits, new_sampler, suggest

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
OWNERLESS_SECONDS = 60  # after which a trial that no worker has signed is taken for abandoned
WAIT_SECONDS = 0.5  # between looks at trials that other workers run
optuna.logging.set_verbosity(optuna.logging.WARNING)
warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)


class Pruned(Exception):
    """A trial that is not worth its remaining steps."""


class Worker:
    """One of the processes that share a study, a context; number: which one, unique in it."""

    def __init__(self, folder, number):
        self.folder, self.number = Path(folder), number
        self.folder.mkdir(parents=True, exist_ok=True)
        self.file = self._lock(number).open("a")
        # One that outlived a killed workflow is waited for: it works on the same study.
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def _lock(self, number):
        return self.folder / f"worker{number}.lock"

    def lives(self, number):
        """Whether the worker of that number, not this one, is at work."""
        with self._lock(number).open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False


def work(study, objective, worker, *, trials, defaults, space, sampler, seed):
    """Run trials until `trials` are finished, by this worker or by others.

    objective: a function of the settings {key: value} of a trial, and of a function to call with
    each (step, value), which raises Pruned, and has a dict `facts` to keep more in; it returns the
    value. defaults: {key: value} of all
    keys of the space, the settings of the first trial whether they lie in the space or not.
    sampler: `tpe` or `random`. With one worker the same seed gives the same trials, killed in
    between or not. What the objective raises as InputError prunes the trial; anything else ends the
    worker.
    """
    if not study.trials:
        fixed = {key: value for key, value in defaults.items() if fits(space[key], value)}
        study.enqueue_trial(fixed, user_attrs={"default": True}, skip_if_exists=True)
    while True:
        _bury(study, worker, space)
        states = [trial.state for trial in study.get_trials(deepcopy=False)]
        left = trials - sum(state in FINISHED for state in states)
        if left <= 0:
            return
        if states.count(TrialState.RUNNING) >= left:
            time.sleep(WAIT_SECONDS)
            continue
        study.sampler = new_sampler(sampler, seed, trials - left)
        trial = study.ask()
        trial.set_user_attr("worker", worker.number)
        if _surplus(study, trial, trials):
            _requeue(study, trial.number, space)
        else:
            _run(study, trial, objective, defaults, space)


def _run(study, trial, objective, defaults, space):
    default = trial.user_attrs.get("default", False)
    settings = dict(defaults)
    for key, spec in space.items():
        if not default or fits(spec, defaults[key]):
            settings[key] = suggest(trial, key, spec)
    start, facts = time.perf_counter(), {"steps": 0}

    def report(step, value):
        trial.report(value, step)
        facts["steps"] = step
        # The defaults are what all others are held against.
        if not default and trial.should_prune():
            raise Pruned

    report.facts = facts
    value, state = None, TrialState.PRUNED
    try:
        value = objective(settings, report)
        state = TrialState.COMPLETE
    except Pruned:
        pass
    except InputError as error:
        # Settings that cannot be trained with, such as a rate that is too high, are an answer too.
        facts["error"] = str(error)
    trial.set_user_attr("facts", facts | {"seconds": time.perf_counter() - start})
    study.tell(trial, value, state)


def _surplus(study, trial, trials):
    """Whether so many others are finished, or run and were asked for before, that a trial would be
    one too many: two workers may have seen the same one left."""
    others = study.get_trials(deepcopy=False)
    finished = sum(other.state in FINISHED for other in others)
    before = sum(o.state == TrialState.RUNNING and o.number < trial.number for o in others)
    return finished + before >= trials


def _bury(study, worker, space):
    """Fail the running trials whose workers are dead, and queue them again."""
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        owner = trial.user_attrs.get("worker")
        if owner is None:
            age = (datetime.now() - trial.datetime_start).total_seconds()
            dead = age > OWNERLESS_SECONDS
        else:
            dead = owner == worker.number or not worker.lives(owner)
        if dead:
            _requeue(study, trial.number, space)


def _requeue(study, number, space):
    """Fail a trial and queue its settings; half of them are none, and drawn anew."""
    trial = study.get_trials(deepcopy=False)[number]
    try:
        study.tell(number, state=TrialState.FAIL)
    except (UpdateFinishedTrialError, ValueError):
        return  # another worker was faster
    fixed = trial.system_attrs.get("fixed_params")
    params = fixed or (trial.params if len(trial.params) == len(space) else {})
    kept = {key: value for key, value in trial.user_attrs.items() if key == "default"}
    study.enqueue_trial(params, user_attrs=kept)
