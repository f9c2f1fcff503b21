"""A training job that is killed goes on where it was, and ends with the same files."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from project import ROOT
from training_settings import WINDOWS

from nma.latents.corrections import fit_corrections
from nma.latents.state_space import encode_lds
from nma.preprocessing.masks import write_masks

TRAINING = WINDOWS | {
    "device": "cpu", "threads": 1, "steps": 300, "evaluate_every": 10, "patience": 100,
    "window": 20, "batch_size": 8, "learning_rate": 3e-3, "objective": "masked",
}  # fmt: skip
JOB = """
import sys; sys.path.insert(0, sys.argv[1])
from train_model import main
from nma.training.network import Network
from nma.training.run import Outputs
import json
job = json.loads(sys.argv[2])
outputs, network = Outputs(**job.pop("outputs")), Network(**job.pop("network"))
main(outputs=outputs, network=network, **job)
"""


@pytest.fixture(scope="module")
def tensor(tmp_path_factory, write_tensor):
    path = tmp_path_factory.mktemp("resume") / "L1.h5"
    activity = np.random.default_rng(0).standard_normal((300, 40)).astype("f4").cumsum(0)
    split = np.repeat([0, -1, 1, 2], [200, 5, 40, 55]).astype("i1")
    return write_tensor(path, activity / activity.std(), split)


@pytest.fixture(scope="module")
def start(tensor):
    """Files of the LDS of that tensor."""
    folder = tensor.parent
    hidden, fits, corrections = (folder / f"{n}.h5" for n in ("hidden", "fits", "corrections"))
    write_masks(tensor, hidden, seed=1)
    encode_lds(tensor, hidden, fits, folder / "latents.h5")
    fit_corrections(tensor, hidden, fits, corrections)
    return [str(fits), str(corrections)]


def job(tensor, start, folder, *, seed=0, code="1", **changes):
    """Start a training job in a process of its own; its outputs lie in `folder`."""
    files = {"weights": "0.safetensors", "history": "0.history.csv", "description": "0.json"}
    arguments = {
        "tensors": [str(tensor)],
        "start": start,
        "outputs": {kind: f"{folder}/{name}" for kind, name in files.items()},
        "network": {
            "model": "residual_gru",
            "class_name": "residual_gru",
            "layer": "L1",
            "seed": seed,
            "settings": {"dims": 5, "options": {}, "training": TRAINING} | changes,
        },
        "states": f"{folder}/states/{seed}",
        "code": code,
    }
    scripts = str(ROOT / "workflow/scripts")
    command = [sys.executable, "-c", JOB, scripts, json.dumps(arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def steps(folder):
    """The history without its seconds."""
    lines = (folder / "0.history.csv").read_text().splitlines()
    at = lines[0].split(",").index("seconds")
    return [[v for i, v in enumerate(line.split(",")) if i != at] for line in lines]


def wait_for_a_new_state(process, folder):
    """Until the process has saved a state (or has ended): it is training then, not importing."""
    found = {path: path.stat().st_mtime_ns for path in folder.glob("states/0/[!.]*.pt")}
    while process.poll() is None:
        now = {path: path.stat().st_mtime_ns for path in folder.glob("states/0/[!.]*.pt")}
        if now and now != found:
            return
        time.sleep(0.01)


def test_killed_at_random_times_it_ends_with_the_same_files(tensor, start, tmp_path):
    expected, folder = tmp_path / "whole", tmp_path / "killed"
    assert job(tensor, start, expected).wait() == 0
    seconds = json.loads((expected / "0.json").read_text())["training_seconds"]
    seed = int(os.environ.get("NMA_KILL_SEED", random.randrange(10**6)))
    print(f"NMA_KILL_SEED={seed}")
    generator, resumed = random.Random(seed), 0
    for kill in (True, True, True, False):
        process = job(tensor, start, folder)
        if kill:
            wait_for_a_new_state(process, folder)
            time.sleep(generator.uniform(0, 0.3) * seconds)
            process.send_signal(signal.SIGKILL)
        resumed += "going on from step" in process.communicate()[0]
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL
    assert process.returncode == 0 and resumed
    assert (folder / "0.safetensors").read_bytes() == (expected / "0.safetensors").read_bytes()
    assert steps(folder) == steps(expected)
    assert not list((folder / "states").iterdir())  # nor what a kill left half-written


def test_a_state_is_gone_on_from_only_by_the_job_that_it_is_of(tensor, start, tmp_path):
    """Another seed, code or setting has another state; the job that ends removes all of its own."""
    process = job(tensor, start, tmp_path)
    wait_for_a_new_state(process, tmp_path)
    process.kill()
    process.communicate()
    (state,) = tmp_path.glob("states/*/[!.]*.pt")
    short = TRAINING | {"steps": 20}
    other_seed = job(tensor, start, tmp_path, seed=1, training=short)
    assert "going on" not in other_seed.communicate()[0]
    assert list(tmp_path.glob("states/*/[!.]*.pt")) == [state]
    for changes in ({"code": "2", "training": short}, {"dims": 4, "training": short}):
        assert "going on" not in job(tensor, start, tmp_path, **changes).communicate()[0]
        assert not list(tmp_path.glob("states/*/[!.]*.pt"))


def test_states_do_not_depend_on_where_files_lie(tensor, start, tmp_path):
    copy = tmp_path / "copy.h5"
    copy.write_bytes(tensor.read_bytes())
    process = job(tensor, start, tmp_path)
    wait_for_a_new_state(process, tmp_path)
    process.kill()
    process.communicate()
    process = job(copy, start, tmp_path)
    assert "going on from step" in process.communicate()[0]
