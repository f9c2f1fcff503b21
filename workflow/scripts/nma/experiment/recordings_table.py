"""`recordings:` as a tab-separated table: a row a recording, a column a (dotted) key of it."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, ValidationError

from nma.experiment.meaning import as_meant
from nma.experiment.schema_words import expected, keys_of
from nma.io.errors import InputError
from nma.recordings.signatures import content_of
from nma.types import FilePath


def read_recordings(
    path: FilePath, schema: dict[str, Any]
) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Items of `recordings:` and {name: line} from a table; schema: that of an item.

    Blank lines and those that start with # are skipped. An empty cell leaves its key out; others
    are YAML, but for keys that are texts by the schema, which are taken as they stand. Raises
    InputError with the line for all but unique names and values that the schema allows.
    """
    types = dict(_columns(schema))
    rows = list(_rows(path))
    if not rows:
        raise InputError(path, "line 1", found="no header", expected="columns, as in name, path")
    line, header = rows[0]
    _check_header(path, line, header, types)
    items, lines = [], {}
    for line, cells in rows[1:]:
        if len(cells) != len(header):
            raise InputError(
                path,
                f"line {line}",
                found=f"{len(cells)} cells",
                expected=f"{len(header)}, one for each column of the header",
            )
        item = {}
        for column, cell in zip(header, cells, strict=True):
            if cell:
                _put(item, column, _value(path, line, column, cell, types[column]))
        item = as_meant(item, schema)
        if "name" not in item:
            raise InputError(
                path, f"line {line}: name", found="none", expected="the name of the recording"
            )
        for error in Draft202012Validator(schema).iter_errors(item):
            raise _schema_error(path, line, error)
        name = item["name"]
        if name in lines:
            raise InputError(
                path,
                f"line {line}: name",
                found=f"{name}, which line {lines[name]} has too",
                expected="unique names",
            )
        items.append(item)
        lines[name] = line
    if not items:
        raise InputError(
            path, f"line {line}", found="a header without rows", expected="a row for each recording"
        )
    return items, lines


def _columns(
    schema: dict[str, Any], path: tuple[str, ...] = ()
) -> Iterator[tuple[str, dict[str, Any]]]:
    """(dotted key, schema) of every value of an item."""
    for key, sub in keys_of(schema).items():
        if keys_of(sub):
            yield from _columns(sub, (*path, key))
        else:
            yield ".".join((*path, key)), sub


def _rows(path: FilePath) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) of every line that says something."""
    content = Path(path).read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        kind = content_of(path)
        found = kind.what if kind else f"the byte {content[error.start]:#04x}"
        raise InputError(path, f"line {line}", found=found, expected="UTF-8 text") from None
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.removesuffix("\r")
        if line.strip() and not line.startswith("#"):
            # Spreadsheets put cells with a comma or a quote in quotes.
            yield number, [cell.strip() for cell in next(csv.reader([line], delimiter="\t"))]


def _check_header(path: FilePath, line: int, header: list[str], types: dict[str, Any]) -> None:
    for number, column in enumerate(header):
        if column not in types:
            raise InputError(
                path,
                f"line {line}",
                found=f"an unknown column {column}" if column else "a column without a name",
                expected=f"only {', '.join(types)}, with tabs between",
            )
        if column in header[:number]:
            raise InputError(
                path, f"line {line}", found=f"the column {column} twice", expected="it once"
            )
    if "name" not in header:
        raise InputError(
            path, f"line {line}", found=f"{', '.join(header)}", expected="a column name among them"
        )


def _value(path: FilePath, line: int, column: str, cell: str, schema: dict[str, Any]) -> Any:
    if schema.get("type") == "string":
        return cell
    try:
        return yaml.safe_load(cell)
    except (yaml.YAMLError, ValueError):
        raise InputError(
            path, f"line {line}: {column}", found=cell[:200], expected="a value in YAML"
        ) from None


def _put(item: dict[str, Any], column: str, value: Any) -> None:
    *sections, key = column.split(".")
    for section in sections:
        item = item.setdefault(section, {})
    item[key] = value


def _schema_error(path: FilePath, line: int, error: ValidationError) -> InputError:
    column = ".".join(str(part) for part in error.absolute_path)
    found = repr(error.instance)[:200]
    return InputError(path, f"line {line}: {column}", found=found, expected=expected(error))
