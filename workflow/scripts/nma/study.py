"""A study: one network trained many times with other settings, by several workers at once.

Optuna proposes the settings and keeps what came out, in a journal file or a database. Every worker
holds the lock of a file for as long as it lives (flock: the kernel lets go when it dies, over NFS
too), so that the others can tell a trial that is being run from one whose worker was killed. That
one is failed and put back into the queue.
"""

import fcntl
import time
import warnings
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import numpy as np
import optuna
from optuna.exceptions import StorageInternalError, UpdateFinishedTrialError
from optuna.storages import JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend, JournalFileSymlinkLock
from optuna.trial import TrialState
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError, ProgrammingError, SQLAlchemyError

from nma.errors import InputError

FEWEST = 4  # complete trials that tell the importance of a setting
FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
LOCK_SECONDS = 10  # after which the lock of a journal whose holder was killed is broken
OWNERLESS_SECONDS = 60  # after which a trial that no worker has signed is taken for abandoned
ATTEMPTS = 5  # to make the tables of a new database
WAIT_SECONDS = 0.5  # between looks at trials that other workers run
optuna.logging.set_verbosity(optuna.logging.WARNING)
warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)


class Pruned(Exception):
    """A trial that is not worth its remaining steps."""


@contextmanager
def answering(storage):
    """Turn what a database that does not answer raises into one sentence."""
    try:
        yield
    except (StorageInternalError, SQLAlchemyError, ImportError) as error:
        reason = str(error.__cause__ or error).strip().splitlines()[0]
        raise InputError(
            "config",
            "tune: storage",
            found=f"{shown(storage)}, which fails ({reason})",
            expected="`journal`, or the URL of a database that answers",
            hint="finished trials are kept: the study goes on when it is started again",
        ) from error


def shown(storage):
    """A URL without its password."""
    if storage == "journal":
        return storage
    try:
        return make_url(storage).render_as_string(hide_password=True)
    except SQLAlchemyError:
        return "a text that is no URL"


def open_study(name, storage, folder, pruner=None):
    """The study of that name, new or as it was left. storage: `journal`, for a file in folder, or
    a URL; pruner: of `new_pruner`. Raises InputError where a database does not answer."""
    if storage == "journal":
        Path(folder).mkdir(parents=True, exist_ok=True)
        path = str(Path(folder, f"{name}.journal"))
        lock = JournalFileSymlinkLock(path, grace_period=LOCK_SECONDS)
        backend = JournalStorage(JournalFileBackend(path, lock_obj=lock))
    else:
        # Of this folder alone, which has the locks of its workers.
        name = f"{Path(folder).resolve().as_posix()}/{name}"
        with answering(storage):
            backend = _database(storage)
    with answering(storage):
        return optuna.create_study(
            study_name=name,
            storage=backend,
            direction="maximize",
            pruner=pruner or optuna.pruners.NopPruner(),
            load_if_exists=True,
        )


def _database(url):
    """Workers that start together may each try to make the tables of a new database: all but one
    fail, and find them there the next time."""
    for _ in range(ATTEMPTS - 1):
        try:
            return RDBStorage(url, engine_kwargs={"pool_pre_ping": True})
        except (IntegrityError, ProgrammingError):
            time.sleep(1)
    return RDBStorage(url, engine_kwargs={"pool_pre_ping": True})


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


def new_sampler(kind, seed, finished):
    """A sampler whose draws follow from the seed and from how many trials are finished, so that a
    study that was interrupted goes on as it would have."""
    draws = int(np.random.SeedSequence([seed, finished]).generate_state(1)[0])
    if kind == "random":
        return optuna.samplers.RandomSampler(seed=draws)
    return optuna.samplers.TPESampler(seed=draws, multivariate=True, constant_liar=True)


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
