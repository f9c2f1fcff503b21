"""A study: one network trained many times with different settings, by several workers at once.

Optuna proposes the settings and keeps the results in a journal file or a database. Every worker
holds the lock of a file for as long as it lives (flock: the kernel releases it when the worker
dies, over NFS too). The other workers can therefore tell a trial that is running from one whose
worker was killed, which is failed and put back into the queue.
"""

import fcntl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import TrialState

from nma.io.errors import InputError
from nma.jobs.presence import try_lock, warn_without_locks
from nma.tuning.proposals import fits, new_sampler, suggest
from nma.types import FilePath

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
OWNERLESS_SECONDS = 60  # after which a trial that no worker has signed counts as abandoned
WAIT_SECONDS = 0.5  # between looks at trials that other workers run

Space = Mapping[str, Mapping[str, Any]]  # {key: how its values are proposed}


class Pruned(Exception):
    """A trial that is not worth its remaining steps."""


class Progress:
    """The scores of a running trial on their way to the study: call it with each (step, value).

    facts: kept with the trial; an objective may add to them. A call raises Pruned once the trial
    should stop, but never for the defaults, which all other trials are compared with.
    """

    def __init__(self, trial: optuna.Trial, *, default: bool) -> None:
        self.trial, self.default = trial, default
        self.facts: dict[str, Any] = {"steps": 0}

    def __call__(self, step: int, value: float) -> None:
        self.trial.report(value, step)
        self.facts["steps"] = step
        if not self.default and self.trial.should_prune():
            raise Pruned


# Of the settings {key: value} of a trial and its Progress, to the value of the trial.
Objective = Callable[[dict[str, Any], Progress], float]


class Worker:
    """One of the processes that share a study, a context; number: its own, unique in the study."""

    def __init__(self, folder: FilePath, number: int) -> None:
        self.folder, self.number = Path(folder), number
        self.folder.mkdir(parents=True, exist_ok=True)
        self.file = self._lock(number).open("a")
        # Wait for a worker of this number that outlived a killed workflow: it runs the same study.
        if try_lock(self.file, fcntl.LOCK_EX) is None:
            warn_without_locks(self.file, "a worker that is killed is waited for until it restarts")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def _lock(self, number: int) -> Path:
        return self.folder / f"worker{number}.lock"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep the other workers from whatever they do alone, too, until the end of the context."""
        with (self.folder / "workers.lock").open("a") as file:
            try_lock(file, fcntl.LOCK_EX)
            yield

    def lives(self, number: int) -> bool:
        """Whether the worker of that number, not this one, is alive, as far as locks can tell."""
        with self._lock(number).open("a") as file:
            return try_lock(file, fcntl.LOCK_EX | fcntl.LOCK_NB) is not True


def work(
    study: optuna.Study,
    objective: Objective,
    worker: Worker,
    *,
    trials: int,
    defaults: dict[str, Any],
    space: Space,
    sampler: str,
    seed: int,
) -> None:
    """Run trials until `trials` of them are finished, by this worker or by others.

    defaults: {key: value} for all keys of the space, the settings of the first trial, even where
    they lie outside the space. sampler: `tpe` or `random`. With one worker the same seed gives the
    same trials, whether it was killed in between or not.

    An InputError of the objective prunes the trial, since settings that cannot be trained with are
    a result too; any other exception ends the worker.
    """
    with worker.alone():  # or two workers that start together would both queue the defaults
        if not study.trials:
            fixed = {key: value for key, value in defaults.items() if fits(space[key], value)}
            study.enqueue_trial(fixed, user_attrs={"default": True})
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


def _run(
    study: optuna.Study,
    trial: optuna.Trial,
    objective: Objective,
    defaults: dict[str, Any],
    space: Space,
) -> None:
    """Run a trial and tell the study how it ended."""
    default = trial.user_attrs.get("default", False)
    settings = dict(defaults)
    for key, spec in space.items():
        if not default or fits(spec, defaults[key]):
            settings[key] = suggest(trial, key, spec)
    start, progress = time.perf_counter(), Progress(trial, default=default)
    value, state = None, TrialState.PRUNED
    try:
        value = objective(settings, progress)
        state = TrialState.COMPLETE
    except Pruned:
        pass
    except InputError as error:
        progress.facts["error"] = str(error)
    trial.set_user_attr("facts", progress.facts | {"seconds": time.perf_counter() - start})
    study.tell(trial, value, state)


def _surplus(study: optuna.Study, trial: optuna.Trial, trials: int) -> bool:
    """Whether a trial would be one too many, counting the finished ones and those that run and were
    asked for earlier: two workers may both have seen one trial left."""
    others = study.get_trials(deepcopy=False)
    finished = sum(other.state in FINISHED for other in others)
    before = sum(o.state == TrialState.RUNNING and o.number < trial.number for o in others)
    return finished + before >= trials


def _bury(study: optuna.Study, worker: Worker, space: Space) -> None:
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


def _requeue(study: optuna.Study, number: int, space: Space) -> None:
    """Fail a trial and queue its settings again; if some are missing, all are drawn again."""
    trial = study.get_trials(deepcopy=False)[number]
    try:
        study.tell(number, state=TrialState.FAIL)
    except (UpdateFinishedTrialError, ValueError):
        return  # another worker was faster
    fixed = trial.system_attrs.get("fixed_params")
    params = fixed or (trial.params if len(trial.params) == len(space) else {})
    kept = {key: value for key, value in trial.user_attrs.items() if key == "default"}
    study.enqueue_trial(params, user_attrs=kept)
