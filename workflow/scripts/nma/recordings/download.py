"""Download of a raw file: resumed after any interruption, and checked before it is used."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import requests
from tqdm import tqdm

from nma.io.errors import InputError
from nma.io.files import sha256_of
from nma.recordings.signatures import content_of
from nma.types import FilePath

CHUNK_BYTES = 2**16
UNCHECKED = "unchecked"


class _TryAgain(Exception):
    """Why one attempt failed, where another may succeed."""


def download(
    url: str,
    sha256: str,
    path: FilePath,
    partial: FilePath,
    *,
    read: Callable[[Path], object] | None = None,
    attempts: int = 6,
    wait: float = 2.0,
    timeout: float = 60,
) -> None:
    """Download `url` to `path`, which appears once all its bytes are there and checked.

    sha256: the 64 hex digits the file must have, or "unchecked", which prints those it has. read: a
    function of the file that raises InputError where it is no recording, so that the page of a
    sign-in or an archive is not kept.
    partial: the file for the bytes so far. They outlive a killed job, and the next one resumes
    there. attempts: the number of requests in all, the second after `wait` seconds and each later
    one after twice as long, if the connection breaks or the answer is 429 or 5xx. timeout: seconds
    without a byte.
    Raises InputError for another answer (such as 404), for wrong bytes and for what `read` refuses
    (both are deleted), and after the last attempt (the bytes so far are kept).
    """
    sha256 = str(sha256).lower()
    if sha256 != UNCHECKED and not re.fullmatch("[0-9a-f]{64}", sha256):
        raise InputError(
            "config",
            f"sha256 of {url}",
            found=repr(sha256),
            expected=f"64 hexadecimal digits, or `{UNCHECKED}`",
        )
    path, partial = Path(path), Path(partial)
    fetch(url, partial, attempts=attempts, wait=wait, timeout=timeout)
    _check(url, sha256, partial)
    if read:
        _check_content(url, read, partial)
    partial.replace(path)


def fetch(
    url: str, partial: Path, *, attempts: int = 6, wait: float = 2.0, timeout: float = 60
) -> None:
    """Append the bytes that `partial` still lacks of a file, with the attempts of `download`.

    Raises InputError as `download` does, but for the content.
    """
    partial.parent.mkdir(parents=True, exist_ok=True)
    for attempt in range(attempts):
        try:
            _fetch(url, partial, timeout)
            break
        except _TryAgain as problem:
            print(f"attempt {attempt + 1} of {attempts}: {problem}")
            last = problem
        if attempt + 1 < attempts:
            time.sleep(wait * 2**attempt)
    else:
        raise InputError(
            url,
            "download",
            found=f"{last} after {attempts} attempts",
            expected="the whole file",
            hint="rerun: the bytes so far are kept, and the download resumes there",
        )


def _fetch(url: str, partial: Path, timeout: float) -> None:
    """Append the missing bytes to `partial`; raise _TryAgain if the connection breaks."""
    have = partial.stat().st_size if partial.exists() else 0
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    try:
        with requests.get(url, headers=headers, stream=True, timeout=timeout) as answer:
            start = _start(url, answer, partial, have)
            if start is not None:
                _append(answer, partial, start)
    except (requests.ConnectionError, requests.Timeout) as error:
        raise _TryAgain(f"{type(error).__name__}: {error}") from error
    except requests.exceptions.ChunkedEncodingError as error:
        raise _TryAgain(f"the connection broke off ({error})") from error
    except requests.RequestException as error:
        raise InputError(
            url, "address", found=f"{error}", expected="an http or https address"
        ) from error


def _start(url: str, answer: requests.Response, partial: Path, have: int) -> int | None:
    """The byte of the file at which the answer begins; None if `partial` is whole already."""
    status = answer.status_code
    content_range = answer.headers.get("Content-Range", "")
    if status == 200:
        return 0
    if status == 206 and content_range.startswith(f"bytes {have}-"):
        return have
    if status == 416 and content_range == f"bytes */{have}":
        return None
    if have and status in (206, 416):
        partial.unlink()
        raise _TryAgain(f"the {have} bytes so far do not fit the file, so it starts from 0")
    if status == 429 or status >= 500:
        raise _TryAgain(f"HTTP status {status} {answer.reason}")
    raise InputError(
        url, "HTTP status", found=f"{status} {answer.reason}", expected="200 OK and the file"
    )


def _append(answer: requests.Response, partial: Path, start: int) -> None:
    """Write the body of the answer into `partial` from byte `start` on."""
    length = answer.headers.get("Content-Length")
    total = None if length is None else start + int(length)
    bar = tqdm(
        desc=partial.name, initial=start, total=total, unit="B", unit_scale=True, mininterval=5
    )
    with bar, partial.open("ab" if start else "wb") as file:
        for chunk in answer.iter_content(CHUNK_BYTES):
            file.write(chunk)
            bar.update(len(chunk))


def _check(url: str, sha256: str, partial: Path) -> None:
    """Compare the digest; delete the bytes if they are wrong."""
    found = sha256_of(partial)
    if sha256 == UNCHECKED:
        print(f"{url} was not checked; to check it from now on, put this in the config:")
        print(f"sha256: {found}")
    elif found != sha256:
        size, content = partial.stat().st_size, content_of(partial)
        partial.unlink()
        what, hint = (f", {content.what}", content.hint) if content else ("", "")
        raise InputError(
            url,
            "sha256",
            found=f"{found} ({size} bytes{what}, now deleted)",
            expected=sha256,
            hint=hint,
        )


def _check_content(url: str, read: Callable[[Path], object], partial: Path) -> None:
    """Read the file once; delete it if it cannot be read."""
    try:
        read(partial)
    except InputError as error:
        partial.unlink()
        raise error.of(url) from error
