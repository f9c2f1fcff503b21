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
            try_lock(open_lock("nma-jobs.lock"), fcntl.LOCK_SH)


def open_lock(name: str) -> TextIO:
    """Open a file for locks, which stays open with the process."""
    FOLDER.mkdir(exist_ok=True)
    held.append((FOLDER / name).open("a+"))
    return held[-1]


def try_lock(file: TextIO, kind: int) -> bool:
    """Take a lock if it is free, and return whether it is ours now.

    kind: fcntl.LOCK_SH or LOCK_EX. A file system without locks cannot tell, so there it is always
    ours, and a line on stderr says so.
    """
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        print(f"nma: {file.name} cannot be locked ({error.strerror})", file=sys.stderr, flush=True)
    return True
