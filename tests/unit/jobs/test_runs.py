"""One run at a time in a folder, and what has to be set right before one begins."""

import errno
import fcntl
import inspect
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from snakemake.scheduling.job_scheduler import JobScheduler

import nma
from nma.io.errors import InputError
from nma.io.files import atomic_path
from nma.jobs import presence, runs

SCRIPTS = str(Path(nma.__file__).parent.parent)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A project's folder, in which this process stands; its locks are gone afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(presence, "held", [])
    (tmp_path / "results/a").mkdir(parents=True)
    (tmp_path / ".snakemake").mkdir()
    yield tmp_path
    for file in presence.held:
        file.close()


def other(work):
    """Another process in the folder, that does its work, says so and waits to be ended."""
    code = f"from nma.jobs import presence, runs\n{work}\nprint('ready', flush=True)\ninput()"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": SCRIPTS},
    )
    assert process.stdout.readline() == "ready\n"
    return process


def end(process):
    process.kill()
    process.communicate()


def test_a_second_run_is_refused_until_the_first_is_dead(folder):
    first = other("runs.begin()")
    for _ in range(2):
        with pytest.raises(InputError, match=rf"run: found another .* \(process {first.pid} on"):
            runs.begin()
    end(first)
    runs.begin()


def test_jobs_that_outlive_their_run_are_waited_for(folder):
    run = other("runs.begin()")
    job = other("presence.join()")
    end(run)
    # Once it has said that it is ready: what waits says so too.
    again = other("import threading; threading.Timer(0.2, runs.begin).start()")
    time.sleep(1)
    with pytest.raises(InputError):
        runs.begin()  # the one that waits is the run
    end(job)
    again.stdin.write("\n")
    again.stdin.close()
    assert again.wait(20) == 0
    assert "jobs of a run that was killed are at work" in again.stdout.read()
    again.stdout.close()


@pytest.mark.parametrize("reason", [errno.ENOLCK, errno.EOPNOTSUPP, errno.EACCES, errno.ENOSYS])
def test_a_file_system_without_locks_works_with_one_warning(folder, monkeypatch, capsys, reason):
    def refused(file, kind):
        raise OSError(reason, os.strerror(reason))

    monkeypatch.setattr(fcntl, "flock", refused)
    presence.join()
    assert capsys.readouterr() == ("", "")
    runs.begin()
    said = capsys.readouterr().err
    assert said == (
        "nma: warning: the file system of .snakemake/nma.lock has no locks (flock): take care that "
        "no other run is at work in this folder\n"
    )


def test_a_folder_without_runs_gets_no_lock(folder):
    (folder / ".snakemake").rmdir()
    presence.join()
    assert not (folder / ".snakemake").exists()


def test_what_a_kill_left_half_written_is_removed_and_nothing_else(folder):
    kept = [folder / "results" / name for name in (".keep", "a/0.h5", "a/.0123.h5", ".gitignore")]
    for path in kept:
        path.write_text("mine")
    for target in ("results/a/0.h5", "results/a/b/0.history.csv", "results/metrics.tsv"):
        killed = other(
            "from nma.io.files import atomic_path\n"
            f"context = atomic_path({target!r})\n"
            "context.__enter__().write_text('half')"
        )
        end(killed)
    assert len(list((folder / "results").rglob(runs.TEMPORARY))) == 3
    runs.begin()
    left = [path for path in (folder / "results").rglob("*") if path.is_file()]
    assert sorted(left) == sorted(kept)
    with atomic_path("results/a/0.h5") as temporary:
        assert Path(temporary).match(runs.TEMPORARY)
        temporary.touch()


def test_times_of_the_future_become_times_of_now_in_their_order(folder):
    (folder / "workflow/report").mkdir(parents=True)
    now, files = time.time(), {}
    ages = {"results/old": -100, "results/a/one": 50, "results/a/two": 90, "results/three": 90}
    ages["workflow/report/four"] = 3600
    for name, age in ages.items():
        (folder / name).touch()
        os.utime(folder / name, (now + age, now + age))
    (folder / "results/gone").symlink_to("nowhere")
    runs.begin()
    files = {name: (folder / name).stat().st_mtime for name in ages}
    assert files["results/old"] == pytest.approx(now - 100)
    one, two, three, four = list(files.values())[1:]
    assert now - 1 < one < two == three < four <= time.time()


def test_a_results_folder_that_cannot_be_written_is_named(folder):
    (folder / "results/a").rmdir()
    (folder / "results").rmdir()
    (folder / "results").write_text("no folder")
    with pytest.raises(InputError, match="^results: file: found File exists, expected room"):
        runs.begin()


def test_snakemake_still_has_the_limit_that_a_run_switches_off():
    """rules/runs.smk sets it to None, which a new name in Snakemake would leave without effect."""
    source = inspect.getsource(JobScheduler.job_selector)
    assert "if self.job_rate_limiter is None:" in source
