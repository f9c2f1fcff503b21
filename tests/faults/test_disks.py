"""A disk that is full, or cannot be written: one sentence, and the same command goes on later."""

import os
import shutil
import subprocess

import pytest
from kills import TINY, leftovers, results
from project import Project

# What is made when the disk is full, after what, and the rules that fail then.
STEPS = {
    "recording.h5": "simulated.npy",
    "models/rnn/L1/0.safetensors": "corrections/L1.h5",
    "figures/neurons.png": "layers/L1.h5",
}
NO_SPACE = "file: found no space left on the disk, expected room to write it"


@pytest.fixture
def on_its_own_disk(tmp_path):
    """A project whose results lie on a file system of 16 MB in memory."""
    project = Project(tmp_path / "p", TINY)
    folder = project.folder / "results"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"a file system can only be mounted by root: {getattr(error, 'stderr', error)}")
    yield project
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder, left):
    """Write until `left` bytes are free."""
    with open(folder / "filler", "wb") as file:
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(folder).free - left)


def sentences(result):
    """What snakemake and its jobs say of errors; never a traceback."""
    assert result.returncode != 0
    assert "Traceback" not in result.stdout, result.stdout
    return [line for line in result.stdout.splitlines() if NO_SPACE in line]


def test_a_full_disk_is_named_and_the_run_completes_once_there_is_space(on_its_own_disk, tiny_run):
    project, folder = on_its_own_disk, on_its_own_disk.folder / "results"
    for target, before in STEPS.items():
        target, before = f"results/tiny/{target}", f"results/tiny/{before}"
        project.snakemake(before)
        there = results(project)
        fill(folder, left=20 * 1024)
        said = sentences(project.snakemake(target, check=False))
        assert len(said) == 1 and said[0].startswith("nma: error: results/tiny/"), said
        assert results(project) == there
        assert leftovers(project) == []
        (folder / "filler").unlink()
        project.snakemake(target)
    ours, expected = results(project), results(tiny_run)
    assert [name for name in ours if ours[name] != expected[name]] == []


def test_a_disk_without_a_byte_left_stops_a_run_before_its_first_job(on_its_own_disk):
    project = on_its_own_disk
    fill(project.folder / "results", left=0)
    result = project.snakemake("results/tiny/recording.h5", check=False)
    assert [line.startswith("results: file: found no space left") for line in sentences(result)]
    assert sorted(p.name for p in (project.folder / "results").rglob("*")) == ["filler"]


def test_results_that_cannot_be_written_are_named(on_its_own_disk):
    project, folder = on_its_own_disk, on_its_own_disk.folder / "results"
    project.snakemake("results/tiny/layers/L1.h5")
    there = results(project)
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
    project.snakemake("--dry-run", "results/tiny/tensors/L1.h5")
    result = project.snakemake("results/tiny/tensors/L1.h5", check=False)
    assert result.returncode != 0 and "Traceback" not in result.stdout
    assert "results: file: found a read-only file system, expected room" in result.stdout
    subprocess.run(["mount", "-o", "remount,rw", str(folder)], check=True)
    assert results(project) == there
    project.snakemake("results/tiny/tensors/L1.h5")
