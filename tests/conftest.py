"""Fixtures shared by the workflow tests."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from project import SMALL, TINY, Project  # noqa: E402


@pytest.fixture(scope="session")
def small_run(tmp_path_factory):
    """The small workflow, run to its end on two cores in a folder whose name has a space."""
    project = Project(tmp_path_factory.mktemp("small") / "a project", SMALL)
    project.snakemake()
    return project


@pytest.fixture(scope="session")
def local_tiny_run(tmp_path_factory):
    """The tiny workflow, run on this machine."""
    project = Project(tmp_path_factory.mktemp("tiny") / "p", TINY)
    project.snakemake()
    return project
