"""Files that appear whole or not at all, and their digests."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from nma.io.errors import no_room, unwritable
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


def sha256_of(path: FilePath) -> str:
    """The SHA-256 digest of a file, in hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
