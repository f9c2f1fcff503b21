"""Files at addresses, read by ranges of bytes where the server allows it, else downloaded."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import requests

from nma.io.errors import InputError
from nma.io.files import sha256_of
from nma.recordings.download import fetch

TIMEOUT = 60  # s without a byte
LINK_SECONDS = 7 * 24 * 3600  # the longest that S3 grants
S3_SETTINGS = {
    "endpoint_url": "ENDPOINT_URL",
    "region_name": "REGION",
    "aws_access_key_id": "ACCESS_KEY",
    "aws_secret_access_key": "SECRET_KEY",
    "aws_session_token": "TOKEN",
}


@contextmanager
def streamed(address: str) -> Iterator[tuple[BinaryIO, dict[str, object]]]:
    """Yield the file at an address, open for reading, and what tells its version.

    That is `source_bytes` and, if the server has one, `source_etag`; of a server that sends whole
    files alone, which is downloaded first, `source_sha256`. Raises InputError where the server has
    no such file.
    """
    url = _link(address) if address.startswith("s3://") else address
    size, etag = _size_of_ranges(address, url)
    if size is None:
        print(f"{address}: the server sends no ranges of bytes, so the file is downloaded first")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "downloaded")
            try:
                fetch(url, path)
            except InputError as error:
                raise InputError(address, **error.parts | {"hint": ""}) from error
            with path.open("rb") as file:
                yield file, {"source_sha256": sha256_of(path)}
        return
    from nma.recordings.ranges import Ranges

    with Ranges(address, url, size) as file:
        try:
            yield file, {"source_bytes": size} | ({"source_etag": etag} if etag else {})
        finally:
            file.check()  # its error goes in the place of what HDF5 made of missing bytes


def _size_of_ranges(address: str, url: str) -> tuple[int | None, str]:
    """Bytes of the file and its ETag; None where the server does not answer with ranges."""
    headers = {"Range": "bytes=0-0", "Accept-Encoding": "identity"}
    try:
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
            status, answered = answer.status_code, answer.headers
            total = answered.get("Content-Range", "").rpartition("/")[2]
    except requests.RequestException as error:
        found = f"no way to it ({type(error).__name__})"
        raise InputError(
            address, "address", found=found, expected="a file that can be read"
        ) from error
    if status == 206 and total.isdigit():
        return int(total), answered.get("ETag", "").strip('"')
    if status in (200, 206):
        return None, ""
    hint = "it may need a login, or be embargoed" if status in (401, 403) else ""
    raise InputError(
        address,
        "HTTP status",
        found=f"{status} {answer.reason}",
        expected="200 or 206 and the file",
        hint=hint,
    )


def _link(address: str) -> str:
    """An https address of an object in a bucket (s3://bucket/key), signed where there are keys.

    Where the bucket is and who asks is said by the variables of Snakemake's storage plugin.
    """
    import boto3
    from botocore import UNSIGNED
    from botocore.config import Config

    found = {key: os.environ.get(f"SNAKEMAKE_STORAGE_S3_{n}") for key, n in S3_SETTINGS.items()}
    session = boto3.session.Session()
    signed = found["aws_access_key_id"] or session.get_credentials()
    config = Config(signature_version="s3v4" if signed else UNSIGNED)
    client = session.client(
        "s3", **found | {"region_name": found["region_name"] or "us-east-1"}, config=config
    )
    bucket, _, key = address.removeprefix("s3://").partition("/")
    parameters = {"Bucket": bucket, "Key": key}
    return client.generate_presigned_url("get_object", parameters, ExpiresIn=LINK_SECONDS)
