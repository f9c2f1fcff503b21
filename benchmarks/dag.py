"""Time and memory of the DAG by number of recordings, in a dry run and once all are finished.

Usage: python benchmarks/dag.py [numbers of recordings]

Nine layers, three models, three seeds. The finished recordings are empty files that Snakemake is
told to accept as they are (`--touch`). This writes the same records of code, params and inputs as
a run does.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("Snakefile", "config.yaml", "workflow", "profiles", "envs")
FINISHED = 10  # at most: a no-op check needs all their files
# Snakemake, which also prints when the DAG is built.
TIMED = """
import sys, time
import snakemake.cli
from snakemake.workflow import Workflow

build = Workflow._build_dag

def timed(self):
    build(self)
    print("DAG built:", time.time(), flush=True)

Workflow._build_dag = timed
sys.argv[0] = "snakemake"
snakemake.cli.main()
"""


def configure(folder, recordings, retrainings):
    """Write the config of the dry run."""
    simulated = {"neurons": 1100, "bins": 4200, "planes": 9, "latents": 60}
    items = [
        {"name": f"mouse_{n:02d}", "bin_seconds": 1.2, "simulate": simulated | {"seed": n}}
        for n in range(recordings)
    ]
    config = {"recordings": items, "seeds": [0, 1, 2], "scores": {"retrainings": retrainings}}
    (folder / "dag.yaml").write_text(yaml.safe_dump(config))


def snakemake(folder, *arguments):
    """Run Snakemake; return output, seconds to the DAG and to the end, CPU seconds, largest MB."""
    command = [sys.executable, "-c", TIMED, "--configfile", "dag.yaml", "--cores", "2"]
    start = time.time()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            [*command, *arguments], cwd=folder, stdout=output, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.time() - start
        output.seek(0)
        text = output.read()
    if status:
        raise SystemExit(text[-3000:])
    built = float(re.search(r"^DAG built: (.*)", text, flags=re.M)[1]) - start
    return text, built, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def finish(folder):
    """Make every output an empty file, and have Snakemake record them as made."""
    summary, *_ = snakemake(folder, "--summary")
    rows = [line.split("\t") for line in summary.splitlines() if line.startswith("results/")]
    for path, *_ in rows:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()
    snakemake(folder, "--touch", "--quiet", "all")


def main(numbers):
    """Print a row for each number of recordings."""
    print(
        "| recordings | jobs | DAG built, s | in all, s | of CPU, s | MB "
        "| finished: DAG built, s | in all, s | of CPU, s | MB |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for recordings in numbers:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for part in PARTS:
                copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
                copy(ROOT / part, folder / part)
            configure(folder, recordings, retrainings=0)
            text, *cost = snakemake(folder, "--dry-run")
            jobs = text.split("\ntotal")[1].split()[0]
            row = [str(recordings), jobs, *(f"{value:.1f}" for value in cost)]
            if recordings <= FINISHED:
                finish(folder)
                text, *cost = snakemake(folder, "--dry-run")
                assert "Nothing to be done" in text, text[-3000:]
                row += [f"{value:.1f}" for value in cost]
            print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main([int(number) for number in sys.argv[1:]] or [1, 5, 10, 25, 50])
