"""A run that is smaller than any other, its start and its sudden end, and what came out of it."""

import csv
import io
import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import psutil

NAME = "tiny"
TINY = {
    "recordings": [
        {
            "name": NAME,
            "bin_seconds": 1.2,
            "simulate": {
                "neurons": 60,
                "bins": 600,
                "planes": 2,
                "latents": 32,
                "face_components": 4,
                "seed": 3,
            },
        }
    ],
    "layers": {"count": 2},
    "models": [{"name": "rnn", "class": "residual_rnn", "dims": 3}],
    "training": {"windows": {"steps": 20, "evaluate_every": 5}},
    "figures": {"dpi": 60},
}
# One of each kind of file.
TARGETS = [
    f"results/{NAME}/{target}"
    for target in (
        "latents/rnn/L1/0.h5",
        "latents/ppca/L1/0.h5",
        "latents/lds/L1/0.h5",
        "scores/latents/rnn.tsv",
        "svca/all.h5",
        "probes/raw.h5",
        "figures/neurons.png",
        "figures/learning_curves.png",
    )
]


def draws(name="NMA_KILL_SEED"):
    """A generator whose seed is printed, and can be set in the environment."""
    seed = int(os.environ.get(name, random.randrange(10**6)))
    print(f"{name}={seed}")
    return random.Random(seed)


def start(project, *targets):
    """Start the one command, as the leader of a process group of its own."""
    command = [".venv/bin/python", "-m", "snakemake", "--configfile", "test.yaml", "--cores", "2"]
    return subprocess.Popen(
        [*command, *(targets or TARGETS)],
        cwd=project.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def kill(process, project):
    """SIGKILL for snakemake and all its jobs; return once none of them is left."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    while left := at_work(project):
        for straggler in left:
            straggler.kill()
        psutil.wait_procs(left, timeout=10)


def at_work(project):
    """The processes that work in the folder of a project."""
    found = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()) == project.folder.resolve():
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def wait_for(condition, process=None, seconds=900):
    """Until the condition holds; fails where it does not in time, or the process ends before."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        assert process is None or process.poll() is None, process.stdout.read()[-3000:]
        time.sleep(0.02)


def results(project):
    """{path: bytes} of all results, without logs and seconds. A file has its content or none."""
    folder, found = project.folder / "results" / NAME, {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_file() and name.split("/")[0] not in ("logs", "benchmarks"):
            found[name] = without_seconds(path)
    return found


def without_seconds(path):
    if path.name.endswith(".history.csv"):
        rows = csv.DictReader(io.StringIO(path.read_text()))
        return [{key: row[key] for key in row if key != "seconds"} for row in rows]
    if path.parent.parent.parent.name == "models" and path.suffix == ".json":
        described = json.loads(path.read_text())
        return {key: described[key] for key in described if not key.endswith("seconds")}
    return path.read_bytes()


def leftovers(project):
    """What a finished run must not leave: temporary files, and states to go on from."""
    folder = project.folder / "results"
    states = [path for path in folder.glob("*/states/**/*") if path.is_file()]
    return [*folder.rglob(".*"), *states]
