"""Conda environments and the image hold what the scripts import, in the versions of the lock."""

import ast
import re
import sys
from functools import cache
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "workflow" / "scripts"
RULES = sorted((ROOT / "workflow" / "rules").glob("*.smk"))
ENVIRONMENTS = sorted(path.name for path in (ROOT / "envs").glob("*.yaml"))
MODELS = sorted(path.name for path in (SCRIPTS / "nma" / "models").glob("*.py"))
FIGURES = sorted(path.name for path in (SCRIPTS / "nma" / "figures").glob("*.py"))
FORMATS = sorted(path.name for path in (SCRIPTS / "nma/recordings/formats").glob("[!_]*.py"))
CONDA_NAMES = {
    "sklearn": "scikit-learn",
    "umap": "umap-learn",
    "torch": "pytorch",
    "PIL": "pillow",
    "yaml": "pyyaml",
}
# Scripts that read raw recordings, by the module of their format.
WITH_FORMATS = ("import_recording.py", "download_recording.py")
# Scripts that import a model by its name at run time.
WITH_MODELS = (
    "train_model.py",
    "tune_worker.py",
    "confirm_tuning.py",
    "encode_latents.py",
    "forecast_networks.py",
    "score_transfer.py",
)


def lock():
    pins = dict(line.split("==") for line in (ROOT / "requirements.lock").read_text().split())
    return {name.lower(): version for name, version in pins.items()}


def environment(name):
    """{package: version} of a conda environment."""
    pins = yaml.safe_load((ROOT / "envs" / name).read_text())["dependencies"]
    return dict(pin.split("=") for pin in pins)


def explained(name):
    """The packages of a conda environment whose line says why they are there."""
    text = (ROOT / "envs" / name).read_text()
    return set(re.findall(r"^  - ([\w-]+)=\S+ +# \w", text, flags=re.MULTILINE))


def rules():
    """{script: conda file} of all rules."""
    found = {}
    for path in RULES:
        for rule in re.split(r"^ *rule\b", path.read_text(), flags=re.MULTILINE)[1:]:
            (conda,) = re.findall(r'conda:\s+"\.\./\.\./envs/([\w.]+)"', rule)
            (script,) = re.findall(r'script:\s+"\.\./scripts/([\w.]+)"', rule)
            assert found.setdefault(script, conda) == conda
    return found


def module_file(name, scripts):
    """The file of a module of the library; None where `name` is no module."""
    path = scripts.joinpath(*name.split("."))
    files = (path / "__init__.py", path.with_suffix(".py"))
    return next((file for file in files if file.is_file()), None)


@cache
def body_of(path):
    return ast.parse(path.read_text()).body


def imported(file, scripts=SCRIPTS):
    """The packages that a script imports, itself or through what it uses of the library.

    An import inside a function counts where that function is used, and not where its module is
    imported for something else; of a module that is imported as a whole every function counts.
    """
    pending, seen, packages = [(file, "*")], set(), set()
    while pending:
        place = pending.pop()
        if place in seen:
            continue
        seen.add(place)
        path, wanted = place
        body = body_of(path)
        functions = {node.name: node for node in body if isinstance(node, ast.FunctionDef)}
        # At its first line a module runs everything that is in no function.
        used = [node for node in body if not isinstance(node, ast.FunctionDef)]
        used += functions.values() if wanted == "*" else []
        used += [functions[wanted]] if wanted in functions else []
        for node in (inner for outer in used for inner in ast.walk(outer)):
            modules = []
            if isinstance(node, ast.Import):
                modules = [(alias.name, "*") for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules = [(node.module, alias.name) for alias in node.names]
            elif isinstance(node, ast.Name) and node.id in functions:
                pending.append((path, node.id))
            for module, name in modules:
                if module.split(".")[0] != "nma":
                    packages.add(module.split(".")[0])
                    continue
                parts = module.split(".")
                names = [".".join(parts[:n]) for n in range(1, len(parts))]
                places = [(module_file(package, scripts), None) for package in names]
                places += [(module_file(module, scripts), name)]
                places += [(module_file(f"{module}.{name}", scripts), "*")]
                pending += [(file, inside) for file, inside in places if file]
    return {CONDA_NAMES.get(name, name) for name in packages - set(sys.stdlib_module_names)}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("from nma.deep import light", {"numpy"}),
        ("from nma.deep import heavy", {"numpy", "pytorch", "pyyaml"}),
        ("from nma.deep import Thing", {"numpy"}),
        ("from nma import deep", {"numpy", "pytorch", "pyyaml", "pandas"}),
        ("import nma.deep", {"numpy", "pytorch", "pyyaml", "pandas"}),
        ("def main():\n    from nma.deep import light\n    import h5py", {"numpy", "h5py"}),
        ("import json", set()),
    ],
)
def test_the_walk_follows_what_is_used(tmp_path, line, expected):
    (tmp_path / "nma").mkdir()
    (tmp_path / "nma" / "__init__.py").touch()
    (tmp_path / "nma" / "deep.py").write_text(
        "import numpy.linalg\n\n\ndef light():\n    return 1\n\n\n"
        "def heavy():\n    import torch.nn\n    return other()\n\n\n"
        "def other():\n    from yaml import load\n\n\ndef unused():\n    import pandas\n\n\n"
        "class Thing:\n    pass\n"
    )
    (tmp_path / "script.py").write_text(line + "\n")
    assert imported(tmp_path / "script.py", tmp_path) == expected


def test_the_walk_finds_what_is_known_of_real_scripts():
    assert imported(SCRIPTS / "make_tensor.py") == {"h5py", "numpy"}
    assert "scikit-learn" in imported(SCRIPTS / "fit_pca.py")
    assert "scikit-learn" not in imported(SCRIPTS / "nma" / "figures" / "pca_curves.py")
    assert {"pytorch", "safetensors", "scipy"} < imported(SCRIPTS / "encode_latents.py")


def test_every_script_has_a_rule_and_every_environment_a_script():
    assert set(rules()) == {path.name for path in SCRIPTS.glob("*.py")}
    assert set(rules().values()) == set(ENVIRONMENTS)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_conda_pins_are_those_of_the_lock(name):
    pins = environment(name)
    assert pins.pop("python") == "3.11"
    expected = {p: lock()[{"pytorch": "torch"}.get(p, p)] for p in pins}
    assert pins == expected


@pytest.mark.parametrize("script", sorted(rules()))
def test_what_a_script_imports_is_in_the_environment_of_its_rule(script):
    """Snakemake hides a gap where it can: its own packages are a script's last resort."""
    assert imported(SCRIPTS / script) <= set(environment(rules()[script]))


@pytest.mark.parametrize("name", MODELS)
def test_what_a_model_imports_is_in_the_environment_of_its_users(name):
    packages = imported(SCRIPTS / "nma" / "models" / name)
    assert all(packages <= set(environment(rules()[script])) for script in WITH_MODELS)


@pytest.mark.parametrize("name", FIGURES)
def test_what_a_figure_imports_is_in_the_environment_of_plot(name):
    packages = imported(SCRIPTS / "nma" / "figures" / name)
    assert packages <= set(environment(rules()["plot.py"]))


@pytest.mark.parametrize("name", FORMATS)
def test_what_a_format_imports_is_in_the_environment_of_its_users(name):
    packages = imported(SCRIPTS / "nma" / "recordings" / "formats" / name)
    assert all(packages <= set(environment(rules()[script])) for script in WITH_FORMATS)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_an_environment_holds_nothing_else_that_it_does_not_explain(name):
    """A comment says what is needed by another way than an import, and stands nowhere else."""
    users = [script for script, conda in rules().items() if conda == name]
    needed = set().union(*(imported(SCRIPTS / script) for script in users))
    if set(users) & set(WITH_MODELS):
        needed |= set().union(*(imported(SCRIPTS / "nma/models" / file) for file in MODELS))
    if set(users) & set(WITH_FORMATS):
        formats = SCRIPTS / "nma/recordings/formats"
        needed |= set().union(*(imported(formats / file) for file in FORMATS))
    if "plot.py" in users:
        needed |= set().union(*(imported(SCRIPTS / "nma/figures" / file) for file in FIGURES))
    if "import_recording.py" in users:
        formats = SCRIPTS / "nma/recordings/formats"
        needed |= set().union(*(imported(formats / file) for file in FORMATS))
    assert set(environment(name)) - needed - {"python"} == explained(name)


def test_torch_is_imported_by_its_own_rules_alone():
    assert {script for script in rules() if "pytorch" in imported(SCRIPTS / script)} == set(
        WITH_MODELS
    )


# the image


def instructions():
    """[(instruction, arguments)] of the recipe, lines that go on joined."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Containerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [tuple(line.split(maxsplit=1)) for line in lines]


def lines_of(instruction):
    return [arguments for name, arguments in instructions() if name == instruction]


def test_the_image_has_the_python_of_the_environments():
    (base,) = lines_of("FROM")
    versions = {environment(name)["python"] for name in ENVIRONMENTS}
    assert {re.search(r"/python:([\d.]+)-slim-\w+$", base)[1]} == versions


def test_the_image_and_make_install_the_same():
    makefile = (ROOT / "Makefile").read_text()
    recipe = makefile.split("\n.venv/installed:")[1].split("\n\n")[0]
    installs = r"pip install [^\n]*-r (\S+)"
    compiles = r'PYTHONPATH=\S+ \S*python -c ("[^"]+")'
    run = "\n".join(lines_of("RUN"))
    assert re.findall(installs, recipe) == ["requirements.lock"]
    assert re.findall(installs, run) == ["/opt/nma/requirements.lock"]
    assert run.count("pip install") == 1
    assert len(re.findall(compiles, recipe)) == 1
    assert re.findall(compiles, recipe) == re.findall(compiles, run)


def test_the_image_copies_what_is_there_and_is_let_in():
    ignored = (ROOT / ".dockerignore").read_text().split()
    copied = [arguments.split()[0] for arguments in lines_of("COPY")]
    assert copied == ["requirements.lock", "workflow/scripts"]
    assert all((ROOT / path).exists() and f"!{path}" in ignored for path in copied)


def test_the_image_runs_snakemake_and_not_as_root():
    names = [name for name, _ in instructions()]
    assert lines_of("USER") == ["nma"]
    assert "useradd --create-home nma" in "\n".join(lines_of("RUN"))
    assert names.index("USER") > max(i for i, name in enumerate(names) if name == "RUN")
    assert lines_of("ENTRYPOINT") == ['["python", "-m", "snakemake"]']
