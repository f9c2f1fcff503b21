"""Files that appear whole or not at all, and text that says where it is cut off."""

import json
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from nma.io.errors import damaged, no_room, unwritable


@contextmanager
def atomic_path(path):
    """Yield a temporary path beside `path`; rename it into place on success, delete it on failure.

    The temporary name is unique, so that two writers never mix, and keeps the suffix of `path`.
    One that SIGKILL leaves is removed when the workflow starts again (jobs.runs). Raises InputError
    where the disk is full or cannot be written.
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
def reading(path, *errors):
    """Turn what a parser says of a damaged file into one sentence that names it.

    errors: exceptions of the parser beside ValueError, KeyError, TypeError and EOFError.
    """
    try:
        yield
    except (ValueError, KeyError, TypeError, EOFError, *errors) as error:
        raise damaged(path, " ".join(f"{type(error).__name__}: {error}".split())[:200]) from error


def read_json(path):
    """What a JSON file holds. Raises InputError where it cannot be parsed."""
    with reading(path):
        return json.loads(Path(path).read_text(encoding="utf-8"))


def read_table_text(path, separator="\t"):
    """The text of a table, to be parsed. Raises InputError where its rows are not of one length,
    or where it is cut off, unless right behind a row."""
    with reading(path):
        text = Path(path).read_text(encoding="utf-8")
    counts = {line.count(separator) for line in text.splitlines()}
    if len(counts) != 1 or not text.endswith("\n"):
        raise damaged(path, f"{len(text)} letters of a table, with rows cut off")
    return text
