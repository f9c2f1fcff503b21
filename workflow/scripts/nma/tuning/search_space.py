"""Settings of a network by dotted key, as in a search space: `dims`, `options.units`,
`training.learning_rate`."""

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from nma.io.errors import InputError


def get(settings: Mapping[str, Any], key: str, default: object = None) -> Any:
    """The value of a key of {"dims", "options", "training"}; `default` if an option is not set."""
    section, _, name = key.partition(".")
    return settings[section].get(name, default) if name else settings[section]


def replaced(settings: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of {"dims", "options", "training"} with the values {key: value} in their places."""
    found = copy.deepcopy(settings)
    for key, value in values.items():
        section, _, name = key.partition(".")
        if name:
            found[section][name] = value
        else:
            found[section] = value
    return found


def check_key(key: str, training: Iterable[str]) -> None:
    """Raise InputError for a key that no network has; training: the keys that exist there."""
    section, _, name = key.partition(".")
    known = {"dims": not name, "options": bool(name), "training": name in training}
    if known.get(section):
        return
    raise InputError(
        "config",
        f"tune: space: {key}",
        found="an unknown key",
        expected="dims, options.(an option of the class) or training.(one of "
        f"{', '.join(sorted(training))})",
    )
