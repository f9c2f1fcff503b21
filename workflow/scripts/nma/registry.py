"""Modules that are found by their name at run time: models, baselines, figures, formats.

No code imports them, so their files are named to the digest of code: see jobs.code_digest.
"""

from importlib import import_module
from pathlib import Path
from types import ModuleType

from nma.io.errors import InputError

NMA = Path(__file__).parent


def names(package: str) -> list[str]:
    """The names of all modules of a package, as in `models` or `recordings.formats`."""
    return sorted(path.stem for path in NMA.joinpath(*package.split(".")).glob("[!_]*.py"))


def member(package: str, name: str) -> ModuleType:
    """The module nma.{package}.{name}."""
    return import_module(f"nma.{package}.{name}")


def check_model(name: str) -> None:
    """Raise InputError where there is no file nma/models/{name}.py."""
    known = names("models")
    if name not in known:
        expected = f"one of {', '.join(known)}"
        raise InputError("config", "models: class", found=name, expected=expected)


def model_class(name: str) -> type:
    """The class in nma/models/{name}.py. Raises InputError where there is no such file or class."""
    check_model(name)
    module = member("models", name)
    classes = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and value.__module__ == module.__name__
    ]
    if len(classes) != 1:
        found = ", ".join(c.__name__ for c in classes) or "none"
        raise InputError(module.__file__, "model class", found=found, expected="exactly one class")
    return classes[0]
