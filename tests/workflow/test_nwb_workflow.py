"""NWB by the workflow: a file on a web server comes in, and results go out."""

import h5py
import numpy as np
import nwb_files as files
from nwbinspector import Importance, inspect_nwbfile
from project import SMALL, Project
from pynwb import NWBHDF5IO
from web_server import web_server

from nma.latents.reading import read_latents

TARGET = "results/mouse/recording.h5"


def test_a_file_on_a_web_server_is_imported_where_it_lies(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    files.plain(tmp_path / "mouse.nwb", plane={"columns": [("iscell", files.activity()[:12, :2])]})
    with web_server(tmp_path) as server:
        path = f"{server.address}/api/mouse.nwb"
        item = {"name": "mouse", "path": path, "series": "Fluorescence", "cells": "all"}
        project = Project(tmp_path / "a project", {**SMALL, "recordings": [item]})
        project.snakemake(TARGET)
        assert "Nothing to be done" in project.snakemake(TARGET).stdout
        item["path"] = f"{server.address}/blobs/gone.nwb"
        project.configure({**SMALL, "recordings": [item]})
        result = project.snakemake(TARGET, check=False)
    assert result.returncode != 0
    sentence = f"nma: error: {item['path']}: HTTP status: found 404 Not Found, expected 200 or 206"
    assert sentence in result.stdout and not (project.folder / TARGET).exists()


def test_the_results_of_a_recording_are_written_as_nwb(local_reduced_run, tmp_path):
    project = local_reduced_run.copied(tmp_path / "p")
    assert project.pending("nwb") == {"write_nwb": 1, "nwb": 1}
    project.snakemake("nwb")
    results = project.folder / "results/reduced"
    with NWBHDF5IO(results / "nma.nwb", "r") as io:
        module = io.read().processing["nma"]
        for source, layer, seed in (("pca", "L1", 0), ("lds", "L2", 0), ("residual_gru", "L2", 0)):
            suffix = f"_{seed}" if source == "residual_gru" else ""
            np.testing.assert_array_equal(
                module[f"latents_{source}_{layer}{suffix}"].data[:],
                read_latents(results / f"latents/{source}/{layer}/{seed}.h5", "latents"),
            )
        with h5py.File(results / "state_space/L1.h5") as fit:
            np.testing.assert_array_equal(module["loadings_lds_L1"]["loadings"].data, fit["C"])
        rows = (results / "metrics.tsv").read_text().count("\n") - 1
        assert len(module["metrics"]) == rows
    least = Importance.BEST_PRACTICE_VIOLATION
    found = inspect_nwbfile(nwbfile_path=str(results / "nma.nwb"), importance_threshold=least)
    assert [message.check_function_name for message in found] == ["check_subject_exists"]
