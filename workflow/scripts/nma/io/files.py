"""Files that appear whole or not at all, and text that is refused where it is cut off."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from nma.io.errors import damaged, no_room, unwritable
from nma.types import FilePath


@contextmanager
def atomic_path(path: FilePath) -> Iterator[Path]:
    """Yield a temporary path in the folder of `path`; rename it on success, delete it on failure.

    The temporary name is unique, so that two writers never mix, and keeps the suffix of `path`.
    A file that SIGKILL leaves is removed at the next start of the workflow (jobs.runs). Raises
    InputError where the disk is full or cannot be written.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{uuid4().hex[:12]}.{path.name}")
        try:
            yield temporary
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except Exception as error:
        if reason := no_room(error):
            raise unwritable(path, reason) from error
        raise


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
