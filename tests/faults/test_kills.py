"""Killed at random instants, the one command goes on and ends with the same files.

NMA_KILLS: how many kills; NMA_KILL_SEED: the seed of their instants.
"""

import os
import signal
import subprocess
import time
from contextlib import suppress

import psutil
from kills import TARGETS, TINY, at_work, draws, kill, leftovers, results, start, wait_for
from project import Project

KILLS = int(os.environ.get("NMA_KILLS", 6))


def test_killed_at_random_instants_it_ends_with_the_same_files(tiny_run, tmp_path):
    instants, kills, rounds = draws(), 0, 0
    longest = 0.6 * tiny_run.seconds  # so that every run may come to its end, and most do not
    while kills < KILLS:
        rounds += 1
        project = Project(tmp_path / f"round{rounds}", TINY)
        while True:
            process = start(project)
            try:
                out, _ = process.communicate(
                    timeout=instants.uniform(0, longest) if kills < KILLS else None
                )
            except subprocess.TimeoutExpired:
                kill(process, project)
                kills += 1
                continue
            assert process.returncode == 0, out[-6000:]
            break
        assert_same(project, tiny_run)
    print(f"{kills} kills in {rounds} runs")


def test_jobs_that_outlive_snakemake_are_waited_for(tiny_run, tmp_path):
    """SIGKILL of snakemake alone leaves its jobs alive, which write what a rerun would make."""
    project = Project(tmp_path / "p", TINY)
    process = start(project)
    training = project.folder / "results/tiny/states"
    wait_for(lambda: list(training.rglob("[!.]*.pt")), process)
    os.kill(process.pid, signal.SIGSTOP)
    orphans = []
    for job in at_work(project):
        with suppress(psutil.NoSuchProcess):  # one may end meanwhile
            if job.pid != process.pid:
                job.suspend()
                orphans.append(job)
    assert orphans
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    again = start(project)
    lines = iter(again.stdout.readline, "")
    assert any("jobs of a run that was killed are at work" in line for line in lines)
    time.sleep(1)
    assert again.poll() is None
    for orphan in orphans:
        orphan.resume()
    out, _ = again.communicate()
    assert again.returncode == 0, out[-6000:]
    assert_same(project, tiny_run)


def test_a_second_run_is_refused_and_the_first_goes_on(tiny_run, tmp_path):
    project = Project(tmp_path / "p", TINY)
    first = start(project)
    wait_for((project.folder / "results/tiny/recording.h5").exists, first)
    second = project.snakemake(*TARGETS, check=False)
    assert second.returncode != 0
    sentence = "run: found another one that is alive (process"
    assert sentence in second.stdout and f"process {first.pid} on" in second.stdout
    assert "Traceback" not in second.stdout and "--unlock" not in second.stdout
    assert first.poll() is None
    project.snakemake("--dry-run", *TARGETS)
    out, _ = first.communicate()
    assert first.returncode == 0 and "nma: error" not in out, out[-6000:]
    assert_same(project, tiny_run)


def assert_same(project, undisturbed):
    ours, expected = results(project), results(undisturbed)
    assert ours.keys() == expected.keys()
    assert [name for name in ours if ours[name] != expected[name]] == []
    assert leftovers(project) == []
    assert project.pending(*TARGETS) == {}
