"""The animals of the zoo: each model is one class in one file of this folder, found by its name."""

from importlib import import_module
from pathlib import Path

from nma.io.errors import InputError

FOLDER = Path(__file__).parent / "models"


def model_file(name):
    """The path nma/models/{name}.py. Raises InputError where there is no such file."""
    path = FOLDER / f"{name}.py"
    if not name.isidentifier() or not path.is_file():
        known = ", ".join(sorted(path.stem for path in FOLDER.glob("[!_]*.py")))
        raise InputError("config", "models: class", found=name, expected=f"one of {known}")
    return path


def model_class(name):
    """The class in nma/models/{name}.py. Raises InputError where there is no such file or class."""
    model_file(name)
    module = import_module(f"nma.models.{name}")
    classes = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and value.__module__ == module.__name__
    ]
    if len(classes) != 1:
        found = ", ".join(c.__name__ for c in classes) or "none"
        raise InputError(module.__file__, "model class", found=found, expected="exactly one class")
    return classes[0]
