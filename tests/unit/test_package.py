"""What `pip install .` and `make docs` make of the library, and that no job knows of it."""

import ast
import os
import re
import shlex
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from inspect import getmembers, isfunction

import pytest
import yaml
from project import ROOT

from nma.jobs.code_digest import _parsed
from nma.results.dynamics import LayerLDS
from nma.results.network import LayerNetwork
from nma.run import Run

SCRIPTS = ROOT / "workflow/scripts"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]


def files_of(script):
    """The files that the digest of a script covers."""
    pending, seen = [SCRIPTS / script], set()
    while pending:
        file = pending.pop()
        if file not in seen:
            seen.add(file)
            pending += _parsed(file)[1]
    return {str(file.relative_to(SCRIPTS)) for file in seen}


@pytest.mark.parametrize("script", sorted(path.name for path in SCRIPTS.glob("*.py")))
def test_no_job_reruns_after_an_edit_of_what_reads_results(script):
    found = files_of(script)
    assert "nma/io/hdf5.py" in found or "nma/io/files.py" in found
    assert not [name for name in found if name == "nma/run.py" or "nma/results/" in name]


def imported(files):
    """The distributions, lower case, that files import."""
    names, known = set(), packages_distributions()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add(node.module.split(".")[0])
    names -= {"nma", *sys.stdlib_module_names}
    return {name.lower() for package in names for name in known[package]}


def test_extras_are_what_modules_import():
    """All but Snakemake, without which no run is planned."""
    every = imported(SCRIPTS.glob("nma/**/*.py")) - {"snakemake"}
    listed = {*PROJECT["dependencies"], *EXTRAS["models"], *EXTRAS["all"][1:]}
    assert listed == every
    assert EXTRAS["all"][0] == f"{PROJECT['name']}[models]"
    assert EXTRAS["models"] == ["safetensors", "torch"]


def test_what_is_installed_is_in_the_lock_too():
    lock = (ROOT / "requirements.lock").read_text().lower()
    assert set(PROJECT["dependencies"]) <= set(re.findall(r"^([\w-]+)==", lock, flags=re.M))


def test_there_is_one_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == PROJECT["version"]


def test_pages_of_the_library_are_made_without_a_warning(tmp_path):
    """By the command of `make docs`; every class and method that users meet is in them."""
    recipe = (ROOT / "Makefile").read_text().split("\ndocs: ")[1].split("\n\n")[0]
    words = shlex.split(recipe.split("\n", 1)[1].replace("\\\n", ""))
    environment = dict(word.split("=") for word in words[:2])
    arguments = [str(tmp_path) if word == "docs/api" else word for word in words[3:]]
    assert words[2] == "$(BIN)/python" and str(tmp_path) in arguments
    command = [sys.executable, *arguments]
    env = os.environ | environment
    subprocess.run(command, cwd=ROOT, env=env, check=True)
    pages = "".join(path.read_text() for path in tmp_path.rglob("*.html"))
    for user in (Run, LayerLDS, LayerNetwork):
        for name in public(user):
            assert f'id="{user.__name__}.{name}"' in pages


def public(user):
    """The methods and properties of a class that users call."""
    return [name for name in vars(user) if not name.startswith("_") and hasattr(user, name)]


@pytest.mark.parametrize("user", [Run, LayerLDS, LayerNetwork], ids=lambda user: user.__name__)
def test_what_users_call_is_described(user):
    docs = (ROOT / "docs/python.md").read_text()
    for name in public(user):
        assert getattr(user, name).__doc__, name
        assert re.search(rf"\b{name}\b", docs), name
    assert user.__doc__ and dict(getmembers(user, isfunction))
