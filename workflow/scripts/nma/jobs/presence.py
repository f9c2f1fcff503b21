"""Locks that say who is at work in a project's folder."""

import fcntl
import sys
from contextlib import suppress
from pathlib import Path

FOLDER = Path(".snakemake")
_held = []  # locks of this process: open files, until it ends


def join():
    """Say for as long as this process lives that a job is at work in the folder of a run."""
    if FOLDER.is_dir():
        with suppress(OSError):
            _locks(_open("nma-jobs.lock"), fcntl.LOCK_SH)


def _open(name):
    """A file for locks, which the process keeps open."""
    FOLDER.mkdir(exist_ok=True)
    _held.append((FOLDER / name).open("a+"))
    return _held[-1]


def _locks(file, kind):
    """Whether the lock is had now. A file system without locks cannot tell, and stops nobody."""
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        print(f"nma: {file.name} cannot be locked ({error.strerror})", file=sys.stderr, flush=True)
    return True
