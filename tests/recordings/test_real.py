"""The whole workflow, reduced, on real recordings. They are not part of the project: put them into
a folder and name it in NMA_RECORDINGS, or keep it as shared/recordings beside the project."""

import csv
import os
from pathlib import Path

import h5py
import numpy as np
import pytest
from project import ROOT, Project

FOLDER = Path(os.environ.get("NMA_RECORDINGS", ROOT.parent / "shared" / "recordings"))
REDUCED = {
    "layers": {"by": "kmeans", "count": 2},
    "models": [{"name": "gru"}, {"name": "residual_gru"}],
    "training": {"windows": {"steps": 60, "evaluate_every": 20}},
    "scores": {"retrainings": 0},
    "figures": {"dpi": 80},
}
needs_recordings = pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"no folder of real recordings at {FOLDER} (NMA_RECORDINGS)"
)


def project_with(tmp_path, recording, **changes):
    return Project(tmp_path / "p", {**REDUCED, "recordings": [recording], **changes})


@needs_recordings
@pytest.mark.parametrize(
    ("file", "grouping", "neurons", "outliers", "bins", "bin_seconds"),
    [
        ("zebrafish_tectum.npy", "kmeans", 114, 0, 4245, 0.4545),
        ("retina_p9.npy", "xy_blocks", 1142, 1, 1799, 1.0),  # three spikes in train, 30 later
    ],
)
def test_whole_workflow(tmp_path, file, grouping, neurons, outliers, bins, bin_seconds):
    recording = {"name": "real", "path": str(FOLDER / file)}
    project = project_with(tmp_path, recording, layers={"by": grouping, "count": 2})
    project.snakemake()
    results = project.folder / "results/real"
    with h5py.File(results / "recording.h5") as file:
        dropped = file.attrs["dropped_constant_neurons"] + file.attrs["dropped_outlier_neurons"]
        assert file.attrs["outlier_neurons"] == outliers
        assert file["activity"].shape == (neurons - dropped, bins)
        assert file.attrs["bin_seconds"] == pytest.approx(bin_seconds, rel=1e-3)
    with open(results / "metrics.tsv", newline="") as table:
        scores = {
            (row["layer"], row["source"], row["metric"]): float(row["value"])
            for row in csv.DictReader(table, delimiter="\t")
            if row["metric"].endswith("r2") and row["split"] == "test"
        }
    with_latents = ("pca", "lds", "lds_auto", "ppca", "gru", "residual_gru")
    metrics = dict.fromkeys(with_latents, ("r2", "cosmooth_r2", "masked_r2"))
    metrics |= dict.fromkeys(("ridge", "interpolation"), ("cosmooth_r2", "masked_r2"))
    metrics["kernel_ridge"] = ("cosmooth_r2",)
    assert scores.keys() == {(f"L{n}", s, m) for n in (1, 2) for s in metrics for m in metrics[s]}
    assert all(0.05 < scores[layer, "pca", "r2"] < 1 for layer in ("L1", "L2"))
    for layer in ("L1", "L2"):
        for source in ("lds", "lds_auto", "ppca", "ridge", "kernel_ridge"):
            assert scores[layer, source, "cosmooth_r2"] > 0.05
    assert all(np.isfinite(list(scores.values())))
    assert (results / "report.html").stat().st_size > 200_000


@needs_recordings
def test_suite2p_spikes_are_read_as_a_plain_array(tmp_path):
    spikes = FOLDER / "suite2p_example/suite2p/plane0/spks.npy"
    recording = {"name": "spikes", "path": str(spikes), "bin_seconds": 1.0}
    project = project_with(tmp_path, recording, layers={"by": "whole", "count": 1})
    project.snakemake("results/spikes/metrics.tsv")
    with h5py.File(project.folder / "results/spikes/recording.h5") as file:
        np.testing.assert_array_equal(file["activity"][:], np.load(spikes)[file["neuron_ids"][:]])
        assert "positions" not in file
