"""`make dashboard`: shows a study while it runs, that of STUDY or the one that changed last."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from project import ROOT

from nma.tuning.storage import open_study

SECONDS = 120  # until the dashboard must answer


def make(folder, *variables):
    """`make dashboard` as from that folder, with the interpreter that runs the tests."""
    if not (folder / ".venv").exists():
        (folder / ".venv").symlink_to(sys.prefix)
    # The environment is there: without -o, make would look for the lock to install from.
    command = ["make", "-C", folder, "-f", ROOT / "Makefile", "-o", ".venv/installed", "dashboard"]
    environment = {key: os.environ[key] for key in os.environ if key not in ("STUDY", "PORT")}
    return subprocess.Popen(
        [*command, *variables],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


@contextmanager
def dashboard(folder, *variables):
    """The address of a dashboard that answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process, end = make(folder, f"PORT={port}", *variables), time.monotonic() + SECONDS
    try:
        while True:
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < end
            try:
                with urlopen(f"http://127.0.0.1:{port}/", timeout=10) as page:
                    assert page.status == 200
                break
            except (URLError, TimeoutError, ConnectionError):
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.communicate(timeout=30)


def asked(url):
    with urlopen(url, timeout=30) as answer:
        return json.load(answer)


def studies(url):
    """{name: id} of the studies that a dashboard lists."""
    return {
        study["study_name"]: study["study_id"]
        for study in asked(f"{url}/api/studies")["study_summaries"]
    }


def run_trial(study, value):
    trial = study.ask()
    trial.suggest_float("x", 0, 1)
    study.tell(trial, value)


@pytest.mark.parametrize("kind", ["journal", "database"])
def test_it_shows_a_study_while_it_runs(tmp_path, kind):
    folder, url = tmp_path / "a folder", f"sqlite:///{tmp_path}/studies.db"
    study = open_study("s", "journal" if kind == "journal" else url, folder)
    run_trial(study, 0.25)
    with dashboard(tmp_path, f"STUDY={folder / 's.journal' if kind == 'journal' else url}") as page:
        found = studies(page)
        assert list(found) == [study.study_name]
        trials = f"{page}/api/studies/{found[study.study_name]}?after=0"
        assert [trial["values"] for trial in asked(trials)["trials"]] == [[0.25]]
        run_trial(study, 0.75)
        end = time.monotonic() + SECONDS
        while len(asked(trials)["trials"]) < 2:  # it reads a study every few seconds
            assert time.monotonic() < end
            time.sleep(0.5)


def test_without_a_study_it_is_the_one_that_changed_last(tmp_path):
    now = time.time()
    for name, age in (("old", 60), ("new", 0), ("older", 90)):
        folder = tmp_path / "results" / name / "studies" / "gru" / "L1"
        run_trial(open_study(name, "journal", folder), 0.5)
        os.utime(folder / f"{name}.journal", (now - age, now - age))
    with dashboard(tmp_path) as url:
        assert list(studies(url)) == ["new"]


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ([], "results/*/studies: found no journal of a study, expected a journal or the URL of"),
        (["STUDY=gone.journal"], "STUDY: found no file gone.journal, expected a journal or the"),
    ],
    ids=["no study", "no file"],
)
def test_where_there_is_none_it_says_so(tmp_path, variables, sentence):
    process = make(tmp_path, *variables)
    printed = process.communicate(timeout=30)[0]
    assert process.returncode != 0
    lines = [line for line in printed.splitlines() if not line.startswith("make")]
    assert len(lines) == 1 and lines[0].startswith(sentence)
    assert [path.name for path in tmp_path.iterdir()] == [".venv"]
