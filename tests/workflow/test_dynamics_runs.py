"""Simulated recordings of known dynamics through the workflow, up to the LDS and the truth."""

import h5py
import numpy as np
import pytest
from project import REDUCED, Project

from nma.scores.frame import read_table

SIMULATE = {"neurons": 60, "bins": 700, "planes": 1, "face_components": 5, "seed": 1}
SIMULATE |= {"noise_shape": 20}


def recording(dynamics, **settings):
    simulate = SIMULATE | {"dynamics": dynamics} | settings
    return {"name": dynamics, "bin_seconds": 1.2, "simulate": simulate}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    items = [recording("lorenz"), recording("rotations", latents=32)]
    settings = {"layers": {"by": "whole", "count": 1}, "tensors": {"bin_width": 1}}
    config = REDUCED | settings | {"recordings": items, "models": []}
    return Project(tmp_path_factory.mktemp("dynamics") / "p", config)


def test_an_lds_is_fitted_to_lorenz(project):
    results = project.folder / "results/lorenz"
    project.snakemake("results/lorenz/state_space/L1.h5", "results/lorenz/scores/truth.tsv")
    with h5py.File(results / "truth.h5") as truth, h5py.File(results / "state_space/L1.h5") as lds:
        assert truth.attrs["dynamics"] == "lorenz" and np.isnan(truth["time_constants"][:3]).all()
        assert lds["cosmooth_r2_validation"][:].max() > 0.3
    metrics = set(read_table(results / "scores/truth.tsv").metric)
    assert metrics == {"latents_truth", "private_share_truth", "r2", "ceiling_r2"}


def test_what_is_attainable_is_asked_for_where_there_is_an_answer(project):
    said = project.snakemake("--dry-run").stdout
    assert "results/rotations/scores/attainable.tsv" in said
    assert "results/lorenz/scores/attainable.tsv" not in said


def test_wrong_settings_are_one_sentence(project):
    project.configure(REDUCED | {"recordings": [recording("lorenz", latents=4)]})
    said = project.snakemake("results/lorenz/truth.h5", check=False).stdout
    assert "simulation settings: latents: found 4, expected 3 where dynamics is lorenz." in said
