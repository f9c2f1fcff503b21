"""The undisturbed run that all others are held against."""

import time

import pytest
from kills import TARGETS, TINY
from project import Project


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory):
    """A finished run of TARGETS, which took `seconds`; to be copied, not changed."""
    project = Project(tmp_path_factory.mktemp("tiny") / "p", TINY)
    begin = time.monotonic()
    project.snakemake(*TARGETS)
    project.seconds = time.monotonic() - begin
    return project
