"""Text files that are refused where they are damaged or cut off."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nma.io.errors import damaged
from nma.types import FilePath


@contextmanager
def reading(path: FilePath, *errors: type[Exception]) -> Iterator[None]:
    """Turn a parser's exception into an InputError that names the damaged file.

    errors: exceptions of the parser, other than ValueError, KeyError, TypeError and EOFError.
    """
    try:
        yield
    except (ValueError, KeyError, TypeError, EOFError, *errors) as error:
        raise damaged(path, " ".join(f"{type(error).__name__}: {error}".split())[:200]) from error


def read_json(path: FilePath) -> Any:
    """The content of a JSON file. Raises InputError where it cannot be parsed."""
    with reading(path):
        return json.loads(Path(path).read_text(encoding="utf-8"))


def read_table_text(path: FilePath, separator: str = "\t") -> str:
    """The text of a table, to be parsed.

    Raises InputError where its rows are not of one length, or where it is cut off within a row.
    """
    with reading(path):
        text = Path(path).read_text(encoding="utf-8")
    counts = {line.count(separator) for line in text.splitlines()}
    if len(counts) != 1 or not text.endswith("\n"):
        raise damaged(path, f"{len(text)} letters of a table, with rows cut off")
    return text
