"""What surrounds the work of every script: its log, and errors a user can read."""

import os
import sys
import traceback
from contextlib import contextmanager, suppress
from pathlib import Path

from nma.io.errors import InputError, no_room, unwritable
from nma.jobs.presence import join

START = "nma: error: "


def error_in(log_path):
    """The sentence with which a job has ended, by its log; nothing where it has not failed so."""
    try:
        lines = Path(log_path).read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    return lines[-1].removeprefix(START) if lines and lines[-1].startswith(START) else ""


@contextmanager
def job(log_path):
    """Send what the script prints to its log; end with one sentence on the terminal if it fails.

    File descriptors are redirected, not sys.stdout alone, so that libraries and warnings follow.
    An InputError is the user's to mend and needs no traceback, and nor does a full disk; any other
    exception leaves its traceback in the log. All end the script with exit status 1.
    """
    join()
    terminal = os.dup(2)
    try:
        with open(log_path, "w", buffering=1) as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
            yield
            sys.stdout.flush()
            return
    except InputError as error:
        message = f"{START}{error}"
    except Exception as error:
        if reason := no_room(error):
            message = f"{START}{unwritable(getattr(error, 'filename', 0) or log_path, reason)}"
        else:
            with suppress(OSError):
                traceback.print_exc()
            sentence = " ".join(str(error).split())
            message = f"{START}{type(error).__name__}: {sentence} (traceback in {log_path})"
    os.write(terminal, f"{message}\n".encode())
    with suppress(OSError):  # the disk of the log may be the full one
        print(message, file=sys.stderr)
        sys.stdout.flush()
    raise SystemExit(1)
