"""Locks that show which processes are at work in a project's folder."""

import fcntl
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO

FOLDER = Path(".snakemake")
held: list[TextIO] = []  # files with locks of this process, open until it ends


def join() -> None:
    """Show, for as long as this process lives, that a job is at work in the folder of a run."""
    if FOLDER.is_dir():
        with suppress(OSError):
            try_lock(open_lock("nma-jobs.lock"), fcntl.LOCK_SH | fcntl.LOCK_NB)


def open_lock(name: str) -> TextIO:
    """Open a file for locks, which stays open with the process."""
    FOLDER.mkdir(exist_ok=True)
    held.append((FOLDER / name).open("a+"))
    return held[-1]


def try_lock(file: TextIO, kind: int) -> bool | None:
    """Take a lock, and return whether it is ours now.

    kind: fcntl.LOCK_SH or LOCK_EX, with LOCK_NB not to wait where another process has it. None
    where the file system has no locks, so that nobody can tell.
    """
    try:
        fcntl.flock(file, kind)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def warn_without_locks(file: TextIO, consequence: str) -> None:
    """Say on stderr that a file cannot be locked, and what follows from it."""
    sentence = f"nma: warning: the file system of {file.name} has no locks (flock): {consequence}"
    print(sentence, file=sys.stderr, flush=True)
