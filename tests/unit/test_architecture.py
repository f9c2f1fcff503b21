"""What docs/architecture.md promises of the library, as far as no linter checks it."""

import ast
from importlib import import_module
from inspect import Parameter, signature

import pytest
from project import ROOT

from nma.registry import member, names

LIBRARY = ROOT / "workflow/scripts/nma"
PACKAGES = sorted(path.parent for path in LIBRARY.rglob("__init__.py"))


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_an_init_is_one_docstring(package):
    """Anything it imported would be code of every job that uses a module of the package."""
    tree = ast.parse((package / "__init__.py").read_text())
    assert ast.get_docstring(tree) and len(tree.body) == 1


def test_every_folder_of_modules_is_a_package():
    assert {path.parent for path in LIBRARY.rglob("*.py")} == set(PACKAGES)


@pytest.mark.parametrize(
    "path", sorted(LIBRARY.rglob("*.py")), ids=lambda path: str(path.relative_to(LIBRARY))
)
def test_a_module_is_read_in_one_sitting(path):
    assert len(path.read_text().splitlines()) <= 300


def test_every_package_is_in_the_table_of_the_architecture():
    text = (ROOT / "docs/architecture.md").read_text()
    names = {str(path.relative_to(LIBRARY)) for path in PACKAGES} - {"."}
    assert all(f"`{name}/`" in text for name in names)


SCRIPTS = sorted(path.stem for path in LIBRARY.parent.glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_finds_what_it_imports(script):
    """Its work is behind `__main__`, so that importing it is all that happens here."""
    import_module(script)


@pytest.mark.parametrize("name", sorted(names("figures")))
def test_a_figure_is_drawn_by_a_function_of_named_arguments(name):
    module = member("figures", name)
    if hasattr(module, "draw"):
        kinds = {parameter.kind for parameter in signature(module.draw).parameters.values()}
        assert kinds - {Parameter.VAR_KEYWORD} == {Parameter.KEYWORD_ONLY}
