"""Download a raw recording and check its digest."""

import hashlib
from contextlib import suppress
from pathlib import Path

from nma.jobs.job import job
from nma.recordings.download import download
from nma.recordings.raw import ChoiceError, format_of
from nma.types import FilePath


def partial_path(path: FilePath, url: str, sha256: str) -> Path:
    """The file for the bytes so far, hidden next to `path`; each address and digest has its own."""
    digest = hashlib.sha256(f"{url}{sha256}".encode()).hexdigest()[:16]
    return Path(path).with_name(f".{digest}.partial")


def check(path: FilePath) -> None:
    """Read a file as a recording once; raises InputError where it is none.

    What is read of it by the options of the config is left to the import: a change of them is no
    reason to download it again.
    """
    with suppress(ChoiceError):
        format_of(path).read(path)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        url, sha256, path = snakemake.params.url, snakemake.params.sha256, snakemake.output[0]
        download(url, sha256, path, partial_path(path, url, sha256), read=check)
