"""Download a raw recording and check its digest."""

import hashlib
from functools import partial
from pathlib import Path
from typing import Any

from nma.jobs.job import job
from nma.recordings.download import download
from nma.recordings.raw import format_of
from nma.types import FilePath


def partial_path(path: FilePath, url: str, sha256: str) -> Path:
    """The file for the bytes so far, hidden next to `path`; each address and digest has its own."""
    digest = hashlib.sha256(f"{url}{sha256}".encode()).hexdigest()[:16]
    return Path(path).with_name(f".{digest}.partial")


def check(path: FilePath, **options: Any) -> None:
    """Read a file as a recording once; raises InputError where it is none."""
    format_of(path).read(path, **options)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        url, sha256, path = snakemake.params.url, snakemake.params.sha256, snakemake.output[0]
        read = partial(check, **snakemake.params.options)
        download(url, sha256, path, partial_path(path, url, sha256), read=read)
