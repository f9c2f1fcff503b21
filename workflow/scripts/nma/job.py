"""What surrounds the work of every script: its log, and errors a user can read."""

import os
import sys
import traceback
from contextlib import contextmanager
from pathlib import Path

from nma.errors import InputError

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
    An InputError is the user's to mend and needs no traceback; any other exception leaves its
    traceback in the log. Both end the script with exit status 1.
    """
    terminal = os.dup(2)
    with open(log_path, "w", buffering=1) as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        try:
            yield
        except InputError as error:
            message = f"{START}{error}"
        except Exception as error:
            traceback.print_exc()
            sentence = " ".join(str(error).split())
            message = f"{START}{type(error).__name__}: {sentence} (traceback in {log_path})"
        else:
            return
        finally:
            sys.stdout.flush()
        print(message, file=sys.stderr)
        os.write(terminal, f"{message}\n".encode())
        raise SystemExit(1)
