"""Studies: exactly as many trials as asked for, whatever happens to the workers."""

import errno
import fcntl
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState
from postgres import BINARIES, Postgres

from nma.io.errors import InputError
from nma.tuning.proposals import fits, new_pruner
from nma.tuning.results import best_trial, importances
from nma.tuning.storage import open_study
from nma.tuning.workers import FINISHED, Pruned, Worker, work

SPACE = {
    "x": {"type": "float", "low": 1e-3, "high": 1.0, "log": True},
    "k": {"type": "int", "low": 2, "high": 10, "step": 2},
    "cell": {"type": "categorical", "choices": ["gru", "lstm"]},
}
DEFAULTS = {"x": 0.1, "k": 4, "cell": "gru"}
SETTINGS = {"space": SPACE, "defaults": DEFAULTS, "sampler": "tpe", "seed": 3}


def value_of(settings):
    """Best at x = 0.3, k = 8."""
    return 1 - abs(settings["x"] - 0.3) - abs(settings["k"] - 8) / 20


def objective(settings, report):
    for step in (0, 10, 20):
        report(step, value_of(settings) * (step + 1) / 21)
    return value_of(settings)


def run(folder, trials, number=1, objective=objective, pruner=None, **changes):
    study = open_study("s", "journal", folder, pruner)
    with Worker(folder, number) as worker:
        work(study, objective, worker, trials=trials, **SETTINGS | changes)
    return study


def finished(study):
    return [trial for trial in study.trials if trial.state in FINISHED]


def proposals(study):
    return [(trial.params, trial.value) for trial in finished(study)]


def test_the_first_trial_has_the_defaults_and_later_ones_are_better(tmp_path):
    study = run(tmp_path, 25)
    assert len(study.trials) == 25
    assert study.trials[0].params == DEFAULTS and study.trials[0].user_attrs["default"]
    assert sum("default" in trial.user_attrs for trial in study.trials) == 1
    assert best_trial(study).value > value_of(DEFAULTS)
    for trial in study.trials:
        assert all(fits(SPACE[key], value) for key, value in trial.params.items())


def test_defaults_out_of_the_space_are_tried_all_the_same(tmp_path):
    seen = []

    def note(settings, report):
        seen.append(settings)
        return objective(settings, report)

    defaults = DEFAULTS | {"x": 5.0, "cell": "rnn"}
    study = run(tmp_path, 3, objective=note, defaults=defaults)
    assert seen[0] == defaults and study.trials[0].params == {"k": 4}


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_the_same_seed_gives_the_same_trials_and_another_others(tmp_path, sampler):
    found = [
        proposals(run(tmp_path / str(n), 15, sampler=sampler, seed=seed))
        for n, seed in enumerate((3, 3, 4))
    ]
    assert found[0] == found[1] != found[2]


def test_more_trials_go_on_where_the_study_was(tmp_path):
    few = proposals(run(tmp_path / "a", 6))
    more = proposals(run(tmp_path / "a", 14))
    assert more[:6] == few and more == proposals(run(tmp_path / "b", 14))
    assert len(run(tmp_path / "a", 10).trials) == 14


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_a_trial_that_was_interrupted_is_run_again_and_changes_nothing(tmp_path, sampler):
    calls = []

    def dies(settings, report):
        calls.append(settings)
        if len(calls) in (1, 5, 9):
            raise KeyboardInterrupt
        return objective(settings, report)

    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "a", 14, objective=dies, sampler=sampler)
    study = run(tmp_path / "a", 14, objective=dies, sampler=sampler)
    states = [trial.state for trial in study.trials]
    assert states.count(TrialState.FAIL) == 3 and len(finished(study)) == 14
    assert proposals(study) == proposals(run(tmp_path / "b", 14, sampler=sampler))


def test_bad_trials_are_pruned_and_the_defaults_never(tmp_path):
    study = run(tmp_path, 30, pruner=new_pruner("median", 10), defaults=DEFAULTS | {"x": 0.9})
    states = [trial.state for trial in study.trials]
    assert states[0] == TrialState.COMPLETE and states.count(TrialState.PRUNED) > 3
    worst = [t for t in study.trials if t.state == TrialState.PRUNED]
    assert all(trial.user_attrs["facts"]["steps"] < 20 for trial in worst)
    assert all(t.user_attrs["facts"]["steps"] == 20 for t in study.trials if t not in worst)


def test_of_halving_a_third_gets_to_the_end(tmp_path):
    """Budgets of 10, 30 and 90 steps: a trial is stopped at the first rung it does not pass."""

    def long(settings, report):
        for step in range(0, 100, 10):
            report(step, value_of(settings))
        return value_of(settings)

    study = run(tmp_path, 40, objective=long, pruner=new_pruner("halving", 10), sampler="random")
    steps = [trial.user_attrs["facts"]["steps"] for trial in study.trials]
    assert {10, 90} <= set(steps) <= {10, 30, 90}
    assert steps.count(90) < 15 and sum(steps) / len(steps) < 60


def test_settings_that_cannot_be_trained_with_are_finished_trials(tmp_path):
    def picky(settings, report):
        if settings["cell"] == "lstm":
            raise InputError("config", "training", found="nan", expected="a number")
        return objective(settings, report)

    study = run(tmp_path, 12, objective=picky, sampler="random")
    assert len(study.trials) == 12
    bad = [trial for trial in study.trials if trial.state == TrialState.PRUNED]
    assert bad and all(trial.params["cell"] == "lstm" for trial in bad)
    assert "found nan" in bad[0].user_attrs["facts"]["error"]
    space = SPACE | {"cell": {"type": "categorical", "choices": ["lstm"]}}
    settings = {"defaults": DEFAULTS | {"cell": "lstm"}, "space": space}
    study = run(tmp_path / "none", 2, objective=picky, **settings)
    with pytest.raises(InputError, match=r"no settings that can be trained with \(config: train"):
        best_trial(study)


def test_the_earlier_of_equals_is_best(tmp_path):
    study = run(tmp_path, 5, objective=lambda settings, report: 1.0)
    assert best_trial(study).number == 0


def test_importance_is_that_of_what_matters(tmp_path):
    def only_x(settings, report):
        return -abs(settings["x"] - 0.3)

    for name, default in (("inside", 0.1), ("outside", 5.0)):
        settings = {"sampler": "random", "defaults": DEFAULTS | {"x": default}}
        found = importances(run(tmp_path / name, 30, objective=only_x, **settings), SPACE)
        assert found["x"] > 0.8 and sum(found.values()) == pytest.approx(1)
    assert importances(run(tmp_path / "few", 3), SPACE) == {}


WORKER = """
import json, sys, time
sys.path[:0] = {folders!r}
from nma.tuning.workers import Worker, work
from nma.tuning.storage import answering, open_study
from nma.tuning.proposals import new_pruner
import test_workers as t

def slow(settings, report):
    for step in (0, 10, 20):
        time.sleep(0.02)
        report(step, t.value_of(settings) * (step + 1) / 21)
    return t.value_of(settings)

folder, number, trials, storage = sys.argv[1:]
with answering(storage):
    study = open_study("s", storage, folder, new_pruner("median", 10))
    work(study, slow, Worker(folder, int(number)), trials=int(trials), **t.SETTINGS)
"""


def start(folder, number, trials, storage="journal"):
    here = Path(__file__).parent
    folders = [here, here.parents[1], here.parents[2] / "workflow" / "scripts"]
    code = WORKER.format(folders=[str(path) for path in folders])
    command = [sys.executable, "-c", code, str(folder), str(number), str(trials), storage]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def end(processes):
    for process in processes:
        error = process.communicate(timeout=120)[1]
        assert process.returncode == 0, error


def wait_for(process, trials, folder, storage="journal"):
    """Until so many trials are finished, while the worker lives."""
    while len(finished(open_study("s", storage, folder))) < trials:
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.1)


def test_workers_share_exactly_the_trials(tmp_path):
    end([start(tmp_path, number, 25) for number in (1, 2, 3)])
    study = open_study("s", "journal", tmp_path)
    assert len(finished(study)) == 25
    assert len({trial.user_attrs["worker"] for trial in finished(study)}) > 1
    assert sum("default" in trial.user_attrs for trial in finished(study)) == 1


def test_workers_that_start_together_queue_the_defaults_once(tmp_path, monkeypatch):
    def slowly(spec, value):
        time.sleep(0.1)  # in which the other worker would find no trial either
        return True

    monkeypatch.setattr("nma.tuning.workers.fits", slowly)
    # Optuna's own look for such a trial does not help: it is over before the trial is there.
    queue = optuna.Study.enqueue_trial
    monkeypatch.setattr(
        optuna.Study,
        "enqueue_trial",
        lambda study, params, user_attrs=None, **_: queue(study, params, user_attrs),
    )

    def one(number):
        study = open_study("s", "journal", tmp_path)
        work(study, None, Worker(tmp_path, number), trials=0, **SETTINGS)

    threads = [threading.Thread(target=one, args=(number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(open_study("s", "journal", tmp_path).trials) == 1


def test_killed_workers_lose_no_trial(tmp_path):
    """SIGKILL at random times, with another worker alive or none, and a new one in its place."""
    seed = random.randrange(10**6)
    print("seed", seed)
    draw, trials = random.Random(seed), 40
    workers = {number: start(tmp_path, number, trials) for number in (1, 2)}
    kept = 0
    for _ in range(6):
        time.sleep(draw.uniform(0.3, 1.5))
        number = draw.choice((1, 2))
        workers[number].kill()
        workers[number].communicate()
        # Where a lock of the journal was held it is broken after a while.
        study = open_study("s", "journal", tmp_path)
        done = len(finished(study))
        assert done >= kept
        kept = done
        workers[number] = start(tmp_path, number, trials)
    end(workers.values())
    study = open_study("s", "journal", tmp_path)
    assert len(finished(study)) == trials
    assert not [trial for trial in study.trials if trial.state == TrialState.RUNNING]
    failed = [trial for trial in study.trials if trial.state == TrialState.FAIL]
    queued = [trial.params for trial in finished(study)]
    assert all(trial.params in queued for trial in failed if len(trial.params) == len(SPACE))


def test_a_trial_of_a_dead_worker_is_taken_over_by_another(tmp_path):
    process = start(tmp_path, 1, 1000)
    wait_for(process, 1, tmp_path)
    os.kill(process.pid, signal.SIGSTOP)
    study = open_study("s", "journal", tmp_path)
    with Worker(tmp_path, 2) as worker:
        assert worker.lives(1)
        process.kill()
        process.communicate()
        assert not worker.lives(1)
        done = len(finished(study))
        work(study, objective, worker, trials=done + 2, **SETTINGS)
    assert len(finished(study)) == done + 2


def test_a_file_system_without_locks_works_with_a_warning(tmp_path, monkeypatch, capsys):
    """Other workers count as alive there, so that no trial is run twice."""

    def refused(file, kind):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refused)
    with Worker(tmp_path, 1) as worker:
        assert "worker1.lock has no locks (flock): a worker that is" in capsys.readouterr().err
        assert worker.lives(2)
        with worker.alone():
            pass


def test_a_database_that_does_not_answer_is_one_sentence(tmp_path):
    url = "postgresql+psycopg://nma:secret@127.0.0.1:9/nma"
    with pytest.raises(InputError) as error:
        open_study("s", url, tmp_path)
    text = str(error.value)
    assert text.startswith("config: tune: storage: found postgresql+psycopg://nma:***@127.0.0.1:9")
    assert "secret" not in text and "rerun the same command to continue the study" in text
    with pytest.raises(InputError, match="text that is not a URL"):
        open_study("s", "nonsense", tmp_path)


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    if not BINARIES:
        pytest.skip("no PostgreSQL in /usr/lib/postgresql (Debian's package postgresql)")
    if os.geteuid() == 0:
        # The user postgres has to get to its folder, and pytest keeps its own to root.
        folder = Path(tempfile.mkdtemp(prefix="nma-postgres-"))
    else:
        folder = tmp_path_factory.mktemp("postgres")
    server = Postgres(folder)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


def test_a_database_serves_many_workers_and_killed_ones_lose_no_trial(postgres, tmp_path):
    trials, storage = 25, postgres.url
    workers = [start(tmp_path, number, trials, storage) for number in (1, 2)]
    time.sleep(2.5)
    workers[0].kill()
    workers[0].communicate()
    workers[0] = start(tmp_path, 1, trials, storage)
    end(workers)
    study = open_study("s", storage, tmp_path)
    assert len(finished(study)) == trials
    assert not [trial for trial in study.trials if trial.state == TrialState.RUNNING]


def test_a_study_goes_on_when_its_database_is_back(postgres, tmp_path):
    worker = start(tmp_path, 1, 30, postgres.url)
    wait_for(worker, 3, tmp_path, postgres.url)
    postgres.stop()
    error = worker.communicate(timeout=60)[1]
    assert worker.returncode != 0
    sentence = error.splitlines()[-1]
    assert "config: tune: storage: found postgresql+psycopg://nma@127.0.0.1" in sentence
    assert sentence.endswith("rerun the same command to continue the study.")
    postgres.start()
    done = len(finished(open_study("s", postgres.url, tmp_path)))
    assert done >= 3
    end([start(tmp_path, 1, 30, postgres.url)])
    assert len(finished(open_study("s", postgres.url, tmp_path))) == 30


def test_the_journal_is_a_file_that_optuna_reads(tmp_path):
    run(tmp_path, 2)
    lines = (tmp_path / "s.journal").read_text().splitlines()
    assert all(json.loads(line) for line in lines)
    backend = optuna.storages.journal.JournalFileBackend(str(tmp_path / "s.journal"))
    loaded = optuna.load_study(study_name="s", storage=optuna.storages.JournalStorage(backend))
    assert len(loaded.trials) == 2


def test_a_pruned_trial_says_so():
    with pytest.raises(Pruned):
        raise Pruned


def test_optuna_is_quiet_once_it_is_told_and_not_by_an_import():
    code = (
        "import optuna; from nma.tuning import proposals, results, storage, workers\n"
        "print(optuna.logging.get_verbosity() == optuna.logging.INFO)\n"
        "storage.quiet_optuna(); print(optuna.logging.get_verbosity() == optuna.logging.WARNING)"
    )
    scripts = Path(__file__).parents[3] / "workflow" / "scripts"
    command = [sys.executable, "-c", code]
    printed = subprocess.check_output(command, env=os.environ | {"PYTHONPATH": str(scripts)})
    assert printed.split() == [b"True", b"True"]
