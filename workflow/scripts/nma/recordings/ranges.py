"""A file on a web server that is read by ranges of bytes, in the thread that reads it.

HDF5 holds a lock while it waits for bytes. Another thread that fetched them, as fsspec's own file
of HTTP has, would stop for good where Python's garbage collector runs in it and frees an HDF5
object, which waits for the same lock.
"""

import time

import requests
from fsspec.spec import AbstractBufferedFile

from nma.io.errors import InputError

BLOCK_BYTES = 2**20  # of a request
BLOCKS = 128  # that are kept in memory
TIMEOUT = 60  # s without a byte
ATTEMPTS, WAIT = 5, 2.0  # of a request; s before the second, and twice as long before each later


class Ranges(AbstractBufferedFile):
    """The file at `url`, of `size` bytes, which errors call `address`.

    problem: what became of the connection, where it broke in all attempts; else empty. Bytes are 0
    from then on, as HDF5 must not meet an exception: whoever reads the file has to call `check` at
    the end.
    """

    def __init__(self, address: str, url: str, size: int) -> None:
        self.address, self.session = address, requests.Session()
        self.problem = ""
        storage = {"cache_type": "blockcache", "cache_options": {"maxblocks": BLOCKS}}
        super().__init__(None, url, block_size=BLOCK_BYTES, size=size, **storage)

    def _fetch_range(self, start: int, end: int) -> bytes:
        """Bytes from `start` up to `end` or that of the file, tried again where a request fails."""
        end = min(end, self.size)
        if self.problem:
            return bytes(end - start)
        headers = {"Range": f"bytes={start}-{end - 1}", "Accept-Encoding": "identity"}
        for attempt in range(ATTEMPTS):
            try:
                answer = self.session.get(self.path, headers=headers, timeout=TIMEOUT)
                if answer.status_code == 206 and len(answer.content) == end - start:
                    return answer.content
                problem = f"HTTP status {answer.status_code} and {len(answer.content)} bytes"
            except requests.RequestException as error:
                problem = type(error).__name__
            print(f"{self.address}: attempt {attempt + 1} of {ATTEMPTS} at byte {start}: {problem}")
            if attempt + 1 < ATTEMPTS:
                time.sleep(WAIT * 2**attempt)
        self.problem = f"{problem} at byte {start}, {ATTEMPTS} times"
        return bytes(end - start)

    def check(self) -> None:
        """Raise InputError where bytes could not be fetched.

        The error is made here and not kept: a file and an error that refer to one another would
        outlive Python, and HDF5 crashes where it outlives the file.
        """
        if self.problem:
            raise InputError(
                self.address,
                "connection",
                found=self.problem,
                expected=f"all {self.size} bytes of the file",
                hint="rerun the same command",
            )

    def close(self) -> None:
        """Close the file and its connection."""
        super().close()
        self.session.close()
