"""Raw recordings in S3 buckets, by way of Snakemake's storage plugin."""

from importlib.util import find_spec
from typing import Any

from snakemake.exceptions import WorkflowError

from nma.io.errors import InputError
from nma.recordings.raw import is_streamed

PLUGIN = "snakemake-storage-plugin-s3"
ACCESS = (
    "SNAKEMAKE_STORAGE_S3_ENDPOINT_URL, SNAKEMAKE_STORAGE_S3_ACCESS_KEY and "
    "SNAKEMAKE_STORAGE_S3_SECRET_KEY say where buckets are and who asks"
)


def bucket_object(storage: Any, field: str, address: str, *, check: bool = True) -> Any:
    """The input of a rule that stands for the object `address` (s3://bucket/key).

    storage: Snakemake's registry of storages; field: of the config, which names the object. With
    `check` the object is looked for now. Raises InputError where it is not there or cannot be
    reached, and where the plugin is not installed.
    """
    if not find_spec(PLUGIN.replace("-", "_")):
        found = f"{address} without {PLUGIN}"
        raise InputError("config", field, found=found, expected="that package installed")
    from botocore.exceptions import BotoCoreError, ClientError

    expected = "an object that can be read"
    try:
        # Of a file that is read where it is, Snakemake follows the time of change alone.
        item = storage.s3(address, retrieve=False if is_streamed(address) else None)
        stored = item.flags["storage_object"]
        if not check or stored.exists():
            return item
    # ValueError: an endpoint that is no URL.
    except (BotoCoreError, ClientError, WorkflowError, ValueError) as error:
        reason = " ".join(str(error).split()).rstrip(".")
        found = f"no way to {address} ({reason})"
        raise InputError("config", field, found=found, expected=expected, hint=ACCESS) from None
    bucket = "" if stored.bucket_exists() else f", as there is no bucket {stored.bucket}"
    raise InputError("config", field, found=f"no object {address}{bucket}", expected=expected)
