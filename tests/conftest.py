"""Fixtures shared by the workflow tests."""

import os
import sys
from pathlib import Path

import pytest

# One thread, as jobs have: threads of BLAS that wait for each other slow small matrices down.
os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent))

from project import REDUCED, SMALL, Project  # noqa: E402


@pytest.fixture(autouse=True)
def one_thread():
    """Of torch. Numba, once it has made a map, sets all OpenMP of the process to two or more, and
    small products then spend their time waiting for each other."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


@pytest.fixture(scope="session")
def small_run(tmp_path_factory):
    """The small workflow, run to its end on two cores in a folder whose name has a space."""
    project = Project(tmp_path_factory.mktemp("small") / "a project", SMALL)
    project.snakemake()
    return project


@pytest.fixture(scope="session")
def local_reduced_run(tmp_path_factory):
    """The reduced demo, run on this machine."""
    project = Project(tmp_path_factory.mktemp("reduced") / "p", REDUCED)
    project.snakemake()
    return project
