"""One run at a time in a project's folder, and the clearing up before it begins.

Which run is alive shows in a lock of the kernel (flock), which goes with its process however that
ends, over NFS too. Snakemake's own lock is a file that outlives SIGKILL and then asks the user for
`--unlock`, so the profiles turn it off (`nolock`).
"""

import fcntl
import os
import socket
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from nma.io.errors import InputError, no_room, unwritable
from nma.jobs.presence import open_lock, try_lock, warn_without_locks
from nma.types import FilePath

TEMPORARY = f".{'[0-9a-f]' * 12}.*"  # the names of io.files.atomic_path
STEP_NS = 10**6  # between new times of files: Snakemake reads times as floats
ALONE = fcntl.LOCK_EX | fcntl.LOCK_NB


def begin(results: FilePath = "results", sources: FilePath = "workflow/report") -> None:
    """Make this process the one run of the folder, and clear up after killed ones.

    Waits for jobs that outlive a killed run, since they write files that this one would make again.
    Then no one else writes: temporary files in `results` are removed, and files of `results` and
    `sources` whose time lies in the future are dated now, in their order. Snakemake fails a job
    whose input is newer than its new output, which happens after a clock was set back. Where
    the file system has no locks, neither other runs nor their jobs are seen, and a warning says so.
    Raises InputError where another run is alive, or results cannot be written.
    """
    _write_a_bit(results)
    run, jobs = open_lock("nma.lock"), open_lock("nma-jobs.lock")
    mine = try_lock(run, ALONE)
    if mine is None:
        warn_without_locks(run, "take care that no other run is at work in this folder")
    if mine is False:
        run.seek(0)
        raise InputError(
            Path.cwd(),
            "run",
            found=f"another one that is alive ({run.read().strip() or 'just begun'})",
            expected="one snakemake at a time in this folder",
            hint="wait for it to end, or stop it; `--dry-run` works meanwhile",
        )
    run.truncate(0)
    run.write(f"process {os.getpid()} on {socket.gethostname()}\n")
    run.flush()
    if try_lock(jobs, ALONE) is False:
        print("nma: jobs of a run that was killed are at work; waiting for their end", flush=True)
        while try_lock(jobs, ALONE) is False:
            time.sleep(0.5)
    jobs.close()  # so that the jobs of this run can share it
    _sweep(results)
    _date_now([results, sources])


def _write_a_bit(results: FilePath) -> None:
    """Raise InputError where nothing can be written; leave nothing."""
    try:
        Path(results).mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=results) as file:
            file.write(bytes(4096))
    except OSError as error:
        raise unwritable(results, no_room(error) or error.strerror) from error


def _sweep(results: FilePath) -> None:
    """Remove the half-written files of killed jobs."""
    for path in Path(results).rglob(TEMPORARY):
        path.unlink(missing_ok=True)


def _date_now(folders: Iterable[FilePath]) -> None:
    """Give files from the future times of now, in their order."""
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
