"""Hyper-parameter studies as jobs: shared, continued, started again, and used by training."""

import copy
import csv
import json
import os
import random
import signal
import subprocess
import time

import pytest
import yaml
from project import ROOT, SMALL, Project

LIGHT = {
    **copy.deepcopy(SMALL),
    "models": [{"name": "rnn", "class": "residual_rnn"}],
    "scores": {"retrainings": 0},
    "tune": {"enabled": False, "trials": 5, "retrainings": 2},
}
STUDY = "small/tune/rnn/L1"
JOBS = {"tune_worker": 2, "tune_model": 1, "confirm_tuning": 1, "plot_tuning": 1}


def changed(**tune):
    return {**LIGHT, "tune": LIGHT["tune"] | tune}


def table(project, name, study=STUDY):
    with open(project.folder / "results" / study / name, newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def best(project, study=STUDY):
    return yaml.safe_load((project.folder / "results" / study / "best.yaml").read_text())


def proposals(project):
    """What each trial was, without what depends on the clock or on which worker ran it."""
    keys = [key for key in table(project, "trials.tsv")[0] if key.startswith("param:")]
    return [[row["value"], *(row[key] for key in keys)] for row in table(project, "trials.tsv")]


@pytest.fixture(scope="module")
def studied(tmp_path_factory):
    """The small recording with one study, `tune` being off."""
    project = Project(tmp_path_factory.mktemp("tuning") / "p", LIGHT)
    project.snakemake("tune")
    return project


def test_two_workers_share_the_trials_of_a_study(studied):
    rows = table(studied, "trials.tsv")
    assert [row["state"] in ("complete", "pruned") for row in rows] == [True] * 5
    assert [row["default"] for row in rows] == ["1", "0", "0", "0", "0"]
    found = best(studied)
    assert found["trials"] == 5
    assert found["validation_cosmooth_r2"] >= found["default_validation_cosmooth_r2"]
    values = [float(row["value"]) for row in rows if row["state"] == "complete"]
    assert found["validation_cosmooth_r2"] == max(values)
    curves = table(studied, "curves.tsv")
    assert {int(row["step"]) for row in curves} <= {0, 10, 20, 30}
    assert (studied.folder / "results/small/figures/tuning_rnn.png").stat().st_size > 5000
    assert studied.pending("tune") == {}
    # The demo is not tuned, and knows nothing of studies.
    assert not {"tune_worker", "plot_tuning"} & set(studied.pending())


def test_training_takes_the_best_settings_where_tuning_is_on(studied):
    found = best(studied)["settings"]
    studied.configure(changed(enabled=True))
    pending = studied.pending()
    assert pending["train_model"] == 3 and "tune_worker" not in pending
    studied.snakemake("results/small/models/rnn/L2/0.json")
    report = json.loads((studied.folder / "results/small/models/rnn/L2/0.json").read_text())
    assert report["tuned"]
    for key, value in found.items():
        section, name = key.split(".")
        assert report[section][name] == value
    studied.configure(LIGHT)
    assert studied.pending()["train_model"] == 3
    config = LIGHT | {"tune": True}
    studied.configure(config)  # `tune: on` alone means the same, with the default 40 trials
    assert studied.pending("results/small/models/rnn/L2/0.json")["tune_worker"] == 2
    studied.configure(LIGHT)


def test_more_trials_continue_a_study_and_another_space_begins_one(studied):
    """The same seed and a single worker: the trials that there are stay as they are."""
    before, journals = proposals(studied), "small/studies/rnn/L1/*.journal"
    (first,) = studied.files(journals)
    studied.configure(changed(trials=7))
    assert studied.pending("tune") == JOBS
    studied.snakemake("tune")
    assert proposals(studied)[:5] == before and len(proposals(studied)) == 7
    assert list(studied.files(journals)) == [first]
    kept = studied.files(journals)[first]
    space = {"training.window": None, "options.units": {"type": "int", "low": 4, "high": 8}}
    studied.configure(changed(trials=4, space=space))
    assert studied.pending("tune") == JOBS
    studied.snakemake("tune")
    assert studied.files(journals)[first] == kept and len(studied.files(journals)) == 2
    assert "param:training.window" not in table(studied, "trials.tsv")[0]
    assert len(proposals(studied)) == 4
    studied.configure(changed(trials=7))
    studied.snakemake("tune")
    assert proposals(studied)[:5] == before and len(studied.files(journals)) == 2


def test_one_worker_killed_or_not_finds_the_same_bytes(tmp_path):
    target, config = "results/small/tune/rnn/L1/best.yaml", changed(workers=1, trials=6)
    found, seed = [], random.randrange(10**6)
    print("seed", seed)
    for name in ("whole", "killed"):
        project = Project(tmp_path / name, config)
        project.snakemake("results/small/tensors/L1.h5")
        if name == "killed":
            kill_at_work(project, target, random.Random(seed).uniform(0, 1.5))
            project.snakemake("--unlock", target)
        project.snakemake(target)
        found.append((project.folder / target).read_bytes())
        assert len([row for row in table(project, "trials.tsv") if row["state"] != "failed"]) == 6
    assert found[0] == found[1]


def kill_at_work(project, target, seconds):
    """SIGKILL of the workflow and its job, `seconds` after there is a journal."""
    command = [".venv/bin/python", "-m", "snakemake", "--configfile", "test.yaml", "--cores", "1"]
    process = subprocess.Popen(
        [*command, target], cwd=project.folder, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    while not project.files("small/studies/rnn/L1/*.journal"):
        assert process.poll() is None
        time.sleep(0.02)
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_the_studys_space_varies_the_number_of_components(tmp_path):
    """Which its own sweep never did: parameter counts of trained networks differ by trial."""
    paper = yaml.safe_load((ROOT / "presets" / "paper.yaml").read_text())
    space = paper["tune"]["space"]
    space["dims"] |= {"low": 2, "high": 12}  # of 46 neurons
    config = {
        **copy.deepcopy(SMALL),
        "models": [{"name": "gru"}],
        "training": {"recipe": "sequence", "sequence": {"steps": 4, "evaluate_every": 2}},
        "tune": paper["tune"] | {"trials": 5, "steps": 4, "retrainings": 2},
    }
    project = Project(tmp_path / "p", config)
    project.snakemake("tune")
    rows = table(project, "trials.tsv", "small/tune/gru/L1")
    drawn = [row for row in rows if row["default"] == "0"]
    searched = {"dims", "options.layers", "options.dropout"}
    searched |= {"training.learning_rate", "training.weight_decay"}
    assert {key[6:] for key in rows[0] if key.startswith("param:")} == searched
    for key in ("param:dims", "parameters", "param:options.dropout"):
        assert len({row[key] for row in drawn}) > 2, key
    assert all(row["state"] == "complete" and row["steps"] == "4" for row in rows)


WRONG = {
    "a key that no network has": (
        {"space": {"dimms": {"type": "int", "low": 1, "high": 2}}},
        "config: tune: space: dimms: found an unknown key, expected dims, options.(an option of",
    ),
    "no end": (
        {"space": {"dims": {"type": "int", "low": 5}}},
        "config: tune: space: dims: found no high, expected low and high.",
    ),
    "ends the wrong way": (
        {"space": {"dims": {"type": "int", "low": 5, "high": 2}}},
        "config: tune: space: dims: found low 5 and high 2, expected low below high.",
    ),
    "no such model": ({"models": ["gru"]}, "config: tune: models: found gru, expected of rnn."),
    "no such database": (
        {"storage": "postgresql+psycopg://u:secret@127.0.0.1:9/x"},
        "config: tune: storage: found postgresql+psycopg://u:***@127.0.0.1:9/x, which fails (",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_study_is_one_sentence(studied, case):
    tune, said = WRONG[case]
    studied.configure(changed(trials=9, **tune))
    result = studied.snakemake("tune", check=False)
    assert result.returncode != 0
    assert said in result.stdout and "secret" not in result.stdout
    studied.configure(changed(trials=7))
    if case == "no such database":  # Snakemake has removed what its workers had written
        studied.snakemake("tune")
        assert len(proposals(studied)) == 7
    assert studied.pending("tune") == {}
