"""The workflow from other folders: `--directory`, and as a module of another workflow."""

import subprocess

import numpy as np
import pytest
import yaml
from project import REDUCED, Project

RECORDING = {"name": "mine", "path": "a.npy", "bin_seconds": 0.5}
CONFIG = REDUCED | {"recordings": [RECORDING], "layers": {"by": "whole", "count": 1}}
MODULE = """
module nma:
    snakefile:
        {snakefile!r}
    config:
        {config}

use rule * from nma{name}
"""
OWN = """
rule all:
    input:
        "answer.txt",
{module}
rule answer:
    input:
        "results/mine/metrics.tsv",
    output:
        "answer.txt",
    shell:
        "cp {{input}} {{output}}"
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The workflow, committed to a repository, in a folder whose name has a space."""
    project = Project(tmp_path_factory.mktemp("elsewhere") / "the workflow", CONFIG)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", project.folder]
    for command in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "all"]):
        subprocess.run([*git, *command], check=True)
    return project


@pytest.fixture
def folder(tmp_path):
    """Another folder, with a recording and a config that names it."""
    np.save(tmp_path / "a.npy", np.random.default_rng(0).gamma(1, size=(20, 600)))
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(CONFIG))
    return tmp_path


def snakemake(project, folder, *arguments):
    """What snakemake says in a folder; it has to succeed."""
    command = [project.folder / ".venv/bin/python", "-m", "snakemake", "--cores", "1", *arguments]
    result = subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert result.returncode == 0, result.stdout[-3000:]
    return result.stdout


def test_another_working_folder_needs_no_config_of_its_own(project, folder):
    settings = ("--directory", folder, "--configfile", folder / "mine.yaml")
    said = snakemake(project, project.folder, *settings, "-n")
    assert "results/mine/report.html" in said and "workflow/report/page.css" in said


PLACES = {  # of the module: what is asked of it
    "{}/workflow/Snakefile": ("-n",),
    "git+file:{}/workflow/Snakefile@main": ("results/mine/layers/L1.h5",),
}


@pytest.mark.parametrize("place", PLACES)
def test_another_workflow_uses_all_of_it_as_a_module(project, folder, place):
    """Also from a repository, as snakedeploy writes it, from which Snakemake reads single files."""
    snakefile = place.format(project.folder)
    module = MODULE.format(snakefile=snakefile, config="config", name="")
    (folder / "Snakefile").write_text(f'configfile: "mine.yaml"\n{module}')
    said = snakemake(project, folder, *PLACES[place])
    asked = "report.html" if "-n" in PLACES[place] else "layers/L1.h5"
    assert f"results/mine/{asked}" in said
    assert (folder / "results/mine/layers/L1.h5").is_file() == ("-n" not in PLACES[place])


def test_a_workflow_with_a_target_of_its_own_uses_it_under_another_name(project, folder):
    (folder / "both.yaml").write_text(yaml.safe_dump({"nma": CONFIG, "other": 1}))
    module = MODULE.format(
        snakefile=f"{project.folder}/workflow/Snakefile", config='config["nma"]', name=" as nma_*"
    )
    snakefile = OWN.format(module=module)
    (folder / "Snakefile").write_text(f'configfile: "both.yaml"\n{snakefile}')
    said = snakemake(project, folder, "-n")
    assert "nma_collect_metrics" in said and "answer.txt" in said and "nma_all" not in said
