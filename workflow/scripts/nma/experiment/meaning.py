"""The config as it was meant, where YAML or the command line have made something else of it.

YAML 1.1 takes `1e-3` for a text and a name like 20231105 for a number; `--config` makes texts of
all values inside brackets; and nobody but a shell replaces `~` and `$HOME` in paths.
"""

import datetime
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from nma.experiment.schema_words import keys_of
from nma.types import FilePath

NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
PATHS = ("path", "positions", "labels", "stimulus")  # of a recording


def names_as_written(config: dict[str, Any], files: Iterable[FilePath]) -> None:
    """Give recordings the names that stand in the config file, where YAML has read them as numbers.

    007 and 1.10 would otherwise be 7 and 1.1, and `no` would be false. files: config files, of
    which one has the recordings as a list.
    """
    recordings = config.get("recordings")
    for file in files:
        try:
            written = yaml.load(Path(file).read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
        except yaml.YAMLError:  # JSON with tabs, whose names are texts anyway
            continue
        items = written.get("recordings") if isinstance(written, dict) else None
        if isinstance(items, list) and isinstance(recordings, list):
            names, read = ([_name(item) for item in part] for part in (items, recordings))
            if [_read(name) for name in names] == [_read(name) for name in read]:
                for item, name in zip(recordings, names, strict=True):
                    if name is not None:
                        item["name"] = name


def _name(item: Any) -> Any:
    return item.get("name") if isinstance(item, dict) else None


def _read(name: Any) -> Any:
    """What YAML makes of a name that is a text."""
    try:
        return yaml.safe_load(name) if isinstance(name, str) else name
    except yaml.YAMLError:
        return name


def as_meant(value: Any, schema: dict[str, Any]) -> Any:
    """A copy of a part of the config with texts, numbers and booleans where its schema has them.

    What is of no type that the schema admits is left for the schema's check. Where there is no
    schema, as for the options of a model, texts that are written as numbers become numbers.
    """
    if isinstance(value, dict):
        known, other = keys_of(schema), schema.get("additionalProperties")
        other = other if isinstance(other, dict) else {}
        return {key: as_meant(item, known.get(key, other)) for key, item in value.items()}
    if isinstance(value, list):
        items = next((s["items"] for s in _choices(schema) if "items" in s), {})
        return [as_meant(item, items) for item in value]
    types = _types(schema)
    if isinstance(value, str):
        return value if "string" in types or _is_choice(value, schema) else _parsed(value, types)
    if (
        types == {"string"}
        and isinstance(value, int | datetime.date)
        and value not in (True, False)
    ):
        return str(value)
    return value


def expand_paths(recordings: list[dict[str, Any]]) -> None:
    """Replace `~` and variables of the environment in the paths of recordings."""
    for recording in recordings:
        for key in PATHS:
            if isinstance(recording.get(key), str):
                recording[key] = expanded(recording[key])


def expanded(path: str) -> str:
    """A path with `~` and variables of the environment replaced, as far as they are set."""
    return os.path.expandvars(os.path.expanduser(path))


def _choices(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """A schema and those that it chooses from."""
    return [schema, *schema.get("anyOf", [])]


def _types(schema: dict[str, Any]) -> set[str]:
    """The types that a schema names, by itself or in what it chooses from."""
    named = [s.get("type", []) for s in _choices(schema)]
    return {t for types in named for t in ([types] if isinstance(types, str) else types)}


def _is_choice(value: str, schema: dict[str, Any]) -> bool:
    return any(value in s.get("enum", []) or value == s.get("const") for s in _choices(schema))


def _parsed(text: str, types: set[str]) -> Any:
    """The number, boolean or null that a text stands for where one of these types is wanted."""
    if NUMBER.fullmatch(text):
        number = float(text)
        whole = number.is_integer() and ("number" not in types if types else text.isdigit())
        return int(number) if whole else number
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        return text
    if isinstance(value, bool) and ("boolean" in types or text.lower() in ("true", "false")):
        return value
    # `tune: off` is short for a section.
    if isinstance(value, bool) and "object" in types:
        return value
    return None if value is None and "null" in types else text
