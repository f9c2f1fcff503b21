"""Fetching a raw file: resumed after any break, and checked before it counts."""

import hashlib
import re
import time
from pathlib import Path

import requests
from tqdm import tqdm

from nma.io.errors import InputError

CHUNK_BYTES = 2**16
UNCHECKED = "unchecked"


class _TryAgain(Exception):
    """What went wrong with one attempt, where another one may do better."""


def download(url, sha256, path, partial, *, attempts=6, wait=2.0, timeout=60):
    """Fetch `url` to `path`, which appears once its bytes are all there and right.

    sha256: the 64 hex digits the file must have, or "unchecked", which prints those it has.
    partial: where the bytes gather; they outlive a killed job, and the next one goes on from
    there. attempts: how often to ask in all, `wait` seconds apart and twice as long each time,
    after a broken connection or an answer 429 or 5xx; timeout: seconds without a byte.
    Raises InputError for another answer (such as 404), for wrong bytes (which are deleted), and
    when no attempt is left (what has come is kept).
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
            hint="run again: what has come is kept, and the download goes on from there",
        )
    _check(url, sha256, partial)
    partial.replace(path)


def _fetch(url, partial, timeout):
    """Add to `partial` what it lacks; raise _TryAgain if that breaks off."""
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


def _start(url, answer, partial, have):
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
        raise _TryAgain(f"the {have} bytes at hand do not fit the file, so it starts anew")
    if status == 429 or status >= 500:
        raise _TryAgain(f"HTTP status {status} {answer.reason}")
    raise InputError(
        url, "HTTP status", found=f"{status} {answer.reason}", expected="200 OK and the file"
    )


def _append(answer, partial, start):
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


def _check(url, sha256, partial):
    """Compare the digest; delete the bytes if they are wrong."""
    with partial.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if sha256 == UNCHECKED:
        print(f"{url} was not checked; to check it from now on, put this in the config:")
        print(f"sha256: {found}")
    elif found != sha256:
        size = partial.stat().st_size
        partial.unlink()
        raise InputError(
            url, "sha256", found=f"{found} ({size} bytes, now deleted)", expected=sha256
        )
