"""One run at a time in a project's folder, and what has to be set right before one begins.

The truth about who is alive is a lock of the kernel (flock: gone with its process however that
ends, over NFS too). Snakemake's own lock is a file that outlives SIGKILL and then asks the user for
`--unlock`, so the profiles turn it off (`nolock`).
"""

import fcntl
import os
import socket
import tempfile
import time
from pathlib import Path

from nma.io.errors import InputError, no_room, unwritable
from nma.jobs.presence import _locks, _open

TEMPORARY = f".{'[0-9a-f]' * 12}.*"  # the names of io.files.atomic_path
STEP_NS = 10**6  # between times that are set anew: Snakemake reads them as floats


def begin(results="results", sources="workflow/report"):
    """Make this process the one run of the folder, and set right what dead ones have left.

    Waits for jobs of a run that was killed alone, as they write the files that would be made anew.
    Then no one else writes: temporary files in results are removed, and files of results and
    sources from the future get times of now, in their order. Snakemake fails a job whose input is
    newer than its new output, as after the clock was set back. Raises InputError where another run
    is alive, or results cannot be written.
    """
    _write_a_bit(results)
    run, jobs = _open("nma.lock"), _open("nma-jobs.lock")
    if not _locks(run, fcntl.LOCK_EX):
        run.seek(0)
        raise InputError(
            Path.cwd(),
            "run",
            found=f"another one that is alive ({run.read().strip() or 'just begun'})",
            expected="one snakemake at a time in this folder",
            hint="wait for its end or stop it; `--dry-run` works beside it",
        )
    run.truncate(0)
    run.write(f"process {os.getpid()} on {socket.gethostname()}\n")
    run.flush()
    if not _locks(jobs, fcntl.LOCK_EX):
        print("nma: jobs of a run that was killed are at work; waiting for their end", flush=True)
        while not _locks(jobs, fcntl.LOCK_EX):
            time.sleep(0.5)
    jobs.close()  # which lets the jobs of this run have it
    _sweep(results)
    _mend_times([results, sources])


def _write_a_bit(results):
    """Raise InputError where nothing can be written; leaves nothing."""
    try:
        Path(results).mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=results) as file:
            file.write(bytes(4096))
    except OSError as error:
        raise unwritable(results, no_room(error) or error.strerror) from error


def _sweep(results):
    """Remove what killed jobs have left half-written."""
    for path in Path(results).rglob(TEMPORARY):
        path.unlink(missing_ok=True)


def _mend_times(folders):
    now, late = time.time_ns(), {}
    for folder in folders:
        for path in Path(folder).rglob("*"):
            if path.is_file() and path.stat().st_mtime_ns > now:
                late.setdefault(path.stat().st_mtime_ns, []).append(path)
    for back, when in enumerate(sorted(late, reverse=True)):
        for path in late[when]:
            os.utime(path, ns=(now - back * STEP_NS,) * 2)
    if late:
        count = sum(map(len, late.values()))
        print(f"nma: {count} files are from the future (a clock was set back): dated now")
