"""Folders of suite2p, and trees of them, through the workflow."""

import json
import re

import pytest
from project import REDUCED, Project
from suite2p_folders import change, make_suite2p

LAYERS = {"by": "planes", "count": 2}
SESSIONS = ("sub-001/ses-001", "sub-001/ses-002", "sub-002/ses-001")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project beside a tree of three sessions of two planes, with a third of flyback."""
    project = Project(tmp_path_factory.mktemp("suite2p") / "p", REDUCED)
    for seed, session in enumerate(SESSIONS):
        folder = project.folder / "derivatives" / session / "funcimg/suite2p"
        make_suite2p(folder, (8, 6, 4), (400, 399, 400), style="1.1", flyback=(2,), seed=seed)
    return project


def test_a_tree_is_planned_as_the_list_of_its_sessions_is(project):
    config = {key: value for key, value in REDUCED.items() if key != "recordings"}
    project.configure(config | {"layers": LAYERS})
    jobs = project.pending("--config", "recordings=derivatives/")
    assert jobs["import_recording"] == jobs["render_report"] == len(SESSIONS)
    assert jobs["render_summary"] == 1
    items = [
        {"name": session.replace("/", "_"), "path": f"derivatives/{session}/funcimg/suite2p"}
        for session in SESSIONS
    ]
    project.configure(config | {"layers": LAYERS, "recordings": items})
    assert project.pending() == jobs


def test_a_folder_is_imported_again_when_a_file_that_is_read_changes(project):
    folder = project.folder / "derivatives/sub-001/ses-001/funcimg/suite2p"
    recording = {"name": "m", "path": str(folder), "cells": 0.2, "um_per_pixel": 1.5}
    project.configure(REDUCED | {"layers": LAYERS, "recordings": [recording]})
    target, figure = "results/m/layers.json", "results/m/figures/neurons.svg"
    project.snakemake(target, figure)
    found = json.loads((project.folder / target).read_text())
    assert [row["name"] for row in found["layers"]] == ["plane0", "plane1"]
    assert "x (um)" in re.findall(r">([^<>\n]+)</text>", (project.folder / figure).read_text())
    log = (project.folder / "results/m/logs/import_recording.log").read_text()
    assert "all planes are cut to 399 frames" in log and "plane2: left out as flyback" in log
    assert project.pending(target) == {}
    change(folder / "plane0/F.npy", lambda f: f + 1)
    assert project.pending(target) == {}
    change(folder / "plane1/iscell.npy", lambda table: table[::-1])
    assert project.pending(target) == {"import_recording": 1, "slice_layers": 1}
    del recording["um_per_pixel"]
    project.configure(REDUCED | {"layers": LAYERS, "recordings": [recording]})
    project.snakemake(figure)
    assert "y (pixels)" in (project.folder / figure).read_text()


def test_wrong_folders_and_keys_are_one_sentence(project):
    folder = project.folder / "derivatives/sub-002/ses-001/funcimg/suite2p"
    recording = {"name": "bad", "path": str(folder)}
    spks = folder / "plane1/spks.npy"
    for item, spoil, sentence in (
        (recording | {"signal": "dFF"}, None, "signal: found 'dFF', expected one of spks, F, dff"),
        (recording | {"plane_um": 35}, None, "suite2p: plane_um: found it without um_per_pixel"),
        (
            recording,
            spks.unlink,
            "plane1/spks.npy: file: found none, expected the one that suite2p",
        ),
    ):
        project.configure(REDUCED | {"layers": LAYERS, "recordings": [item]})
        if spoil:
            spoil()
        result = project.snakemake("results/bad/recording.h5", check=False)
        assert result.returncode != 0 and "Traceback" not in result.stdout
        assert sentence in result.stdout
        assert not (project.folder / "results/bad/recording.h5").exists()
