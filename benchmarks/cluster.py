"""Cost of running on a cluster: the demo on this machine, and on a SLURM of one node.

Usage: python benchmarks/cluster.py, as root, with Debian's SLURM as .ci/run installs it. The node
has eight processors, which stand for the real ones, so that jobs of both runs share the same ones.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests/cluster")]

import slurm  # noqa: E402
from project import Project  # noqa: E402


def run(folder, *arguments):
    """Run the demo from nothing; return its output and seconds."""
    command = [sys.executable, "-m", "snakemake", *arguments]
    start = perf_counter()
    done = subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        raise SystemExit(done.stdout[-6000:])
    return done.stdout, perf_counter() - start


def main():
    """Print a Markdown table: jobs, submissions and minutes of both runs."""
    if why := slurm.missing():
        raise SystemExit(f"{why}.")
    with tempfile.TemporaryDirectory() as name:
        local, cluster = (Project(Path(name) / run, {}).folder for run in ("local", "cluster"))
        printed, seconds = run(local, "--cores", str(os.cpu_count()))
        jobs = re.search(r"^total\s+(\d+)$", printed, flags=re.M)[1]
        print("| run | jobs | submissions | minutes |\n|---|---|---|---|")
        print(f"| local | {jobs} | | {seconds / 60:.1f} |", flush=True)
        with slurm.running(cpus=8, memory_mb=16000):
            printed, seconds = run(cluster, *slurm.OVERLAY)
        submitted = printed.count("submitted with SLURM jobid")
        print(f"| SLURM | {jobs} | {submitted} | {seconds / 60:.1f} |")


if __name__ == "__main__":
    main()
