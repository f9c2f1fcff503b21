"""Event files: TensorBoard sees the history of a training, each step once, and by option alone."""

import csv
import subprocess
import sys

import numpy as np
import pytest
from project import ROOT
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from training_settings import WINDOWS

import train_model
from nma.training import loop as training
from nma.training.network import Network
from nma.training.run import Outputs
from nma.training.tensorboard import EventFiles

TRAINING = WINDOWS | {"device": "cpu", "threads": 1, "objective": "masked"}  # 4 evaluations
SETTINGS = {"dims": 3, "options": {}, "training": TRAINING}


@pytest.fixture(scope="module")
def tensor(tmp_path_factory, write_tensor):
    path = tmp_path_factory.mktemp("events") / "L1.h5"
    activity = np.random.default_rng(0).standard_normal((120, 20)).astype("f4").cumsum(0)
    split = np.repeat([0, -1, 1, 2], [80, 5, 20, 15]).astype("i1")
    return write_tensor(path, activity / activity.std(), split)


def arguments(tensor, folder):
    """Of a training job whose outputs lie in `folder`."""
    files = ("0.safetensors", "0.history.csv", "0.json")
    return {
        "tensors": [str(tensor)],
        "outputs": Outputs(*(f"{folder}/{name}" for name in files)),
        "network": Network("gru", "gru", "L1", 0, SETTINGS),
        "states": f"{folder}/states",
        "code": "1",
    }


def history_of(folder):
    """{column: {step: value}} of the history."""
    with open(folder / "0.history.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = [name for name in rows[0] if name != "step"]
    return {name: {int(row["step"]): float(row[name]) for row in rows} for name in columns}


def scalars_of(folder):
    """{tag: {step: value}} as TensorBoard reads them; each step is there once."""
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0}).Reload()
    found = {}
    for tag in events.Tags()["scalars"]:
        points = events.Scalars(tag)
        assert len({point.step for point in points}) == len(points)
        found[tag] = {point.step: point.value for point in points}
    return found


def assert_same(scalars, history):
    assert scalars.keys() == history.keys()
    for name, points in history.items():
        assert scalars[name] == pytest.approx(points, rel=1e-6), name  # they are float32


def test_scalars_are_those_of_the_history_and_change_no_result(tensor, tmp_path):
    plain, watched, events = tmp_path / "plain", tmp_path / "watched", tmp_path / "events"
    train_model.main(**arguments(tensor, plain))
    for _ in range(2):  # a rerun leaves nothing of the run before
        train_model.main(**arguments(tensor, watched), event_files=str(events))
        assert_same(scalars_of(events), history_of(watched))
        assert len(list(events.iterdir())) == 1
    assert {"train_r2", "validation_r2", "learning_rate"} < scalars_of(events).keys()
    assert list(scalars_of(events)["train_r2"]) == [0, 8, 16, 20]
    weights = [(folder / "0.safetensors").read_bytes() for folder in (plain, watched)]
    assert weights[0] == weights[1]


class Killed(BaseException):
    pass


@pytest.mark.parametrize("written", [1, 3, 4])
def test_a_job_that_goes_on_after_a_kill_has_each_step_once(tensor, tmp_path, monkeypatch, written):
    """Killed after so many evaluations; after the last there is none for it to come back to."""
    events, write, calls = tmp_path / "events", training.write_state, []

    def last(*state):
        write(*state)
        calls.append(state)
        if len(calls) == written:
            raise Killed

    monkeypatch.setattr(training, "write_state", last)
    with pytest.raises(Killed):
        train_model.main(**arguments(tensor, tmp_path), event_files=str(events))
    assert len(scalars_of(events)["train_r2"]) == written
    train_model.main(**arguments(tensor, tmp_path), event_files=str(events))
    assert len(calls) == 4  # it did go on
    assert_same(scalars_of(events), history_of(tmp_path))
    assert len(scalars_of(events)["train_r2"]) == 4


def row(step, value, attempt=1):
    return {"attempt": attempt, "step": step, "seconds": step / 10, "train_r2": value}


def test_an_evaluation_is_on_disk_when_it_is_written(tmp_path):
    history = []
    with EventFiles(tmp_path / "run") as events:
        for step, value in ((0, 0.25), (10, 0.5), (20, 0.75)):
            history.append(row(step, value))
            events(history)
            assert scalars_of(tmp_path / "run")["train_r2"] == {
                r["step"]: r["train_r2"] for r in history
            }


def test_of_a_training_that_began_again_the_last_attempt_is_shown(tmp_path):
    first = [row(0, 0.25), row(10, 0.5), row(20, 0.125)]
    with EventFiles(tmp_path) as events:
        events(first)
        events([*first, row(0, 0.25, attempt=2), row(10, 0.75, attempt=2)])
    scalars = scalars_of(tmp_path)
    assert scalars["train_r2"] == {0: 0.25, 10: 0.75} and scalars["attempt"] == {0: 2, 10: 2}


def test_time_is_that_of_training(tmp_path):
    with EventFiles(tmp_path) as events:
        events([row(0, 0.25), row(100, 0.5), row(300, 0.75)])
    points = EventAccumulator(str(tmp_path)).Reload().Scalars("train_r2")
    times = [point.wall_time - points[0].wall_time for point in points]
    assert times == pytest.approx([0, 10, 30], abs=1e-3)


def test_without_the_option_tensorboard_is_not_imported(tensor, tmp_path):
    job = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'workflow/scripts')!r})\n"
        "from train_model import main\n"
        "from nma.training.network import Network\n"
        "from nma.training.run import Outputs\n"
        f"main(**{arguments(tensor, tmp_path)!r}, event_files='')\n"
        "print([name for name in sys.modules if name.startswith(('tensorboard', 'tensorflow'))])"
    )
    printed = subprocess.check_output([sys.executable, "-c", job], text=True)
    assert printed.splitlines()[-1] == "[]"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "0.history.csv",
        "0.json",
        "0.safetensors",
    ]
