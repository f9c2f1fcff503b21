"""Addresses of files on the web that the config names: read where they are, or downloaded."""

from nma.io.errors import InputError
from nma.recordings.raw import FORMATS, is_streamed, streaming_formats
from nma.registry import member


def check_address(key: str, address: str, where: tuple[str, str]) -> None:
    """Raise InputError for a file that is not read at its address.

    key: of a recording, as in `path`; where: file and field of an error.
    """
    if key != "path":
        raise InputError(*where, found=address, expected="a .npy file on disk or in a bucket")
    if not is_streamed(address):
        known = " or ".join(_suffixes())
        expected = f"the address of a {known} file, which can be read where it is"
        hint = "`url:` with `sha256:` downloads a .npy"
        raise InputError(*where, found=address, expected=expected, hint=hint)


def check_download(url: str, where: tuple[str, str]) -> None:
    """Raise InputError for a file that is read at its address, and so need not be downloaded."""
    if url.lower().split("?")[0].endswith(_suffixes()):
        hint = "`path:` reads an NWB file at its address"
        raise InputError(*where, found=url, expected="the address of a .npy file", hint=hint)


def _suffixes() -> tuple[str, ...]:
    """The suffixes of files that are read at their addresses."""
    formats = (member(FORMATS, name) for name in streaming_formats())
    return tuple(suffix for format in formats for suffix in format.SUFFIXES)
