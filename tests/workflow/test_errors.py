"""What a user sees when something is wrong: one sentence, a status, and nothing half-written."""

import copy

import numpy as np
import pytest
from project import SMALL, Project

BAD_CONFIGS = {
    "typo in a key": ({"layers": {"cuont": 3}}, "layers: found unknown key cuont"),
    "wrong choice": ({"layers": {"by": "colour"}}, "layers: by: found 'colour'"),
    "wrong type": ({"dims": "many"}, "dims: found 'many'"),
    "two origins": (
        {"recordings": [{"name": "a", "path": "x.npy", "simulate": {}}]},
        "recordings: a: found simulate and path",
    ),
    "duplicate names": (
        {"recordings": [{"name": "a", "path": "x.npy"}, {"name": "a", "path": "y.npy"}]},
        "recordings: name: found a twice",
    ),
    "reserved name": ({"models": [{"name": "pca"}]}, "models: name: found pca"),
    "unknown training key": (
        {"models": [{"name": "gru", "training": {"rho": 1}}]},
        "models: gru: training: found rho",
    ),
    "shares": ({"tensors": {"split": {"train": 0.9}}}, "tensors: split: found shares that add up"),
    "unknown class": ({"models": [{"name": "gur"}]}, "models: class: found gur"),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return Project(tmp_path_factory.mktemp("errors") / "p", SMALL)


@pytest.mark.parametrize("name", BAD_CONFIGS)
def test_bad_config_is_one_clear_sentence(project, name):
    change, sentence = BAD_CONFIGS[name]
    project.configure({**copy.deepcopy(SMALL), **change})
    result = project.snakemake("--dry-run", check=False)
    assert result.returncode != 0
    assert sentence in result.stdout
    assert "Traceback" not in result.stdout


def test_bad_recording_fails_alone_with_its_sentence(project):
    (project.folder / "bad.npy").write_text("version https://git-lfs.github.com/spec/v1\noid sha2")
    bad = {"name": "bad", "path": "bad.npy", "bin_seconds": 1}
    project.configure({**SMALL, "recordings": [bad, *SMALL["recordings"]]})
    targets = ("results/bad/recording.h5", "results/small/recording.h5")
    result = project.snakemake(*targets, check=False)
    assert result.returncode != 0
    sentence = next(line for line in result.stdout.splitlines() if line.startswith("nma: error:"))
    assert "bad.npy: header: found a pointer of Git LFS" in sentence and "git lfs pull" in sentence
    assert (project.folder / "results/small/recording.h5").is_file()
    left = [path.name for path in (project.folder / "results/bad").rglob("*") if path.is_file()]
    assert left == ["import_recording.log"]
    assert sentence in (project.folder / "results/bad/logs/import_recording.log").read_text()


def test_settings_are_taken_as_people_write_them(project, monkeypatch):
    """A number for a name, ~ with a space and an umlaut, 1e-3, and nested keys of --config."""
    monkeypatch.setenv("HOME", str(project.folder))
    (project.folder / "my mice").mkdir()
    np.save(project.folder / "my mice/Mäuse 7.npy", np.ones((4, 40)))
    (project.folder / "test.yaml").write_text(
        "recordings: [{name: 007, path: ~/my mice/Mäuse 7.npy, bin_seconds: 5e-1}]\n"
        "models: [{name: gru, training: {learning_rate: 1e-3}}]\n"
        "layers: {by: whole, count: 1}\n"
    )
    settings = ("--config", "seeds=[0,1]", "scores={retrainings: 0}", "umap={epochs: 2}")
    result = project.snakemake("--dry-run", "--quiet", "progress", *settings)
    assert "results/007/latents/gru/L1/1.h5" in result.stdout
    assert "my mice/Mäuse 7.npy" in result.stdout


def test_missing_recording_is_named(project):
    missing = {"name": "gone", "path": "nowhere.npy", "bin_seconds": 1}
    project.configure({**SMALL, "recordings": [missing]})
    result = project.snakemake(check=False)
    assert result.returncode != 0
    assert "recordings: gone: path: found no file nowhere.npy" in result.stdout


def test_too_many_layers_are_refused_with_the_depths_found(project):
    project.configure({**SMALL, "layers": {"count": 4}})
    result = project.snakemake("results/small/layers/L1.h5", check=False)
    assert result.returncode != 0
    assert "depths (z): found 3: " in result.stdout and "expected 4 layers" in result.stdout
    assert not list((project.folder / "results/small/layers").glob("*"))


def test_a_bad_table_of_recordings_is_named_with_its_line(project):
    (project.folder / "mice.tsv").write_text("name\tpath\n# of today\na\tgone.npy\n")
    project.configure({**SMALL, "recordings": "mice.tsv"})
    result = project.snakemake("--dry-run", check=False)
    assert result.returncode != 0
    assert "mice.tsv: line 3: path: found no file gone.npy, expected the path" in result.stdout
    assert "Traceback" not in result.stdout
