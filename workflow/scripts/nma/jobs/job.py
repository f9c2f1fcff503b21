"""The frame around every script: its log, and errors that a user can read."""

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from nma.io.errors import InputError, no_room, unwritable
from nma.jobs.presence import join
from nma.types import FilePath

START = "nma: error: "  # of the sentence with which a job ends


@contextmanager
def job(log_path: FilePath) -> Iterator[None]:
    """Send all output of the script to its log; if it fails, print one sentence on the terminal.

    File descriptors are redirected, not sys.stdout alone, so that libraries and warnings follow.
    The user can fix an InputError or a full disk without a traceback; any other exception leaves
    its traceback in the log. All end the script with exit status 1.
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
    over = "\r\x1b[K" if os.isatty(terminal) else ""  # a bar that may stand on the line
    os.write(terminal, f"{over}{message}\n".encode())
    with suppress(OSError):  # the disk of the log may be the full one
        print(message, file=sys.stderr)
        sys.stdout.flush()
    raise SystemExit(1)
