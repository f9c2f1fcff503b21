"""Layers of real recordings through the workflow: keys of the config, names in figures, errors."""

import json
import re

import h5py
import numpy as np
from project import SMALL, Project

REGIONS = np.array(["CA3"] * 9 + ["CA1"] * 12 + ["root"] * 2 + [None] * 3, object)


def test_labels_are_named_in_figures_and_the_rest_is_left_out(tmp_path):
    layers = {"by": "labels", "count": 2, "except": ["root"], "unlabelled": "leave_out"}
    recording = {"name": "units", "path": "raw.npy", "labels": "labels.npy", "bin_seconds": 1}
    project = Project(tmp_path / "p", {**SMALL, "recordings": [recording], "layers": layers})
    activity = np.random.default_rng(0).gamma(1, size=(len(REGIONS), 200))
    np.save(project.folder / "raw.npy", activity)
    np.save(project.folder / "labels.npy", REGIONS, allow_pickle=True)
    results = project.folder / "results/units"
    drawn = [results / f"figures/{name}.svg" for name in ("raster", "preprocessing")]
    project.snakemake(*(str(path.relative_to(project.folder)) for path in drawn))
    raster, preprocessing = (re.findall(r">([^<>\n]+)</text>", p.read_text()) for p in drawn)
    assert {"CA1", "CA3"} <= set(raster) and "L1" not in raster
    assert any(re.fullmatch(r"Neuron \d+ of layer CA1", text) for text in preprocessing)
    found = json.loads((results / "layers.json").read_text())
    assert [tuple(row.values()) for row in found["layers"]] == [
        ("L1", "CA1", "CA1", 12, 9),
        ("L2", "CA3", "CA3", 9, 9),
    ]
    assert [tuple(row.values()) for row in found["left_out"]] == [("root", 2), ("no label", 3)]
    with h5py.File(results / "tensors/L2.h5") as file:
        assert file.attrs["layer_name"] == "CA3"
        assert file["neuron_ids"][:].tolist() == list(range(9))


def test_a_recording_of_one_plane_says_what_to_write_and_that_works(tmp_path):
    """Layers are by depth unless the config says otherwise."""
    recording = {"name": "plane", "path": "raw.npy", "positions": "xy.npy", "bin_seconds": 1}
    project = Project(tmp_path / "p", {**SMALL, "recordings": [recording]})
    generator = np.random.default_rng(0)
    np.save(project.folder / "raw.npy", generator.gamma(1, size=(20, 60)))
    np.save(project.folder / "xy.npy", generator.uniform(0, 500, (2, 20)))
    target = "results/plane/layers.json"
    result = project.snakemake(target, check=False)
    assert result.returncode != 0 and "Traceback" not in result.stdout
    sentence = next(line for line in result.stdout.splitlines() if line.startswith("nma: error:"))
    assert "recording.h5: depths (z): found none, expected z of each neuron" in sentence
    assert not (project.folder / "results/plane/layers").exists()
    (written,) = re.findall(r"`layers: ({.*?})`", sentence)
    assert written == "{by: whole, count: 1}"
    layers = {"by": "whole", "count": 1}
    project.configure({**SMALL, "recordings": [recording], "layers": layers})
    project.snakemake(target)
