"""What a file is by its first bytes."""

import re
from pathlib import Path
from typing import BinaryIO, NamedTuple

from nma.io.errors import InputError
from nma.recordings.unpickling import CUT_OFF, one_line
from nma.types import FilePath

HEAD_BYTES = 1024
SAVE = "load it in Python and save the array with numpy.save"
UNPACK = "unpack it and give the file in it"
RENAME = "give it a name that ends in {}"


class Content(NamedTuple):
    """what: the kind of content, for a sentence; hint: how to get the array from it; suffixes:
    those of its files, where NMA reads them."""

    what: str
    hint: str
    suffixes: tuple[str, ...] = ()


# Beginnings of files, the more special ones first.
SIGNATURES = {
    rb"version https://git-lfs\.github\.com/": Content(
        "a pointer of Git LFS in place of the file", "fetch the file with `git lfs pull`"
    ),
    rb"(\.\./)*(\.git)?/annex/objects/": Content(
        "a pointer of git-annex in place of the file", "fetch the file with `git annex get`"
    ),
    rb"(?i)(\xef\xbb\xbf)?\s*<(!doctype html|html|head|body|script|title|meta|!--)": Content(
        "an HTML page, such as one that asks for a sign-in",
        "open the address in a browser; the file itself may have another one or need a login",
    ),
    rb"(\xef\xbb\xbf)?\s*<\?xml|\s*<Error>": Content(
        "an XML text, such as an error message of a server", "read it: it may say what is wrong"
    ),
    rb"\x93NUMPY": Content("a NumPy array (.npy)", RENAME.format(".npy"), (".npy",)),
    rb"MATLAB [57]\.": Content("a MATLAB file (.mat)", RENAME.format(".mat"), (".mat",)),
    rb"\x89HDF\r\n\x1a\n": Content(
        "an HDF5 file (.h5 or .nwb)", RENAME.format(".h5 or .nwb"), (".h5", ".hdf5", ".nwb")
    ),
    rb"NMA: HDF5 follows": Content(
        "a result of NMA", "give the raw recording that it was made from"
    ),
    rb"PK\x03\x04.{26}[^\0]*?\.npy": Content(
        "an archive of NumPy arrays (.npz)", RENAME.format(".npz"), (".npz",)
    ),
    rb"PK\x03\x04.{26}(\[Content_Types\]|_rels/|xl/|docProps/)": Content(
        "an Office file (.xlsx)", SAVE
    ),
    rb"PK\x03\x04.{26}[^\0]*?/(data\.pkl|version|byteorder)": Content(
        "a PyTorch file (.pt)", "load it with torch.load and save the array with numpy.save"
    ),
    rb"PK(\x03\x04|\x05\x06)": Content("a zip archive (.zip)", UNPACK),
    rb"\x1f\x8b": Content("a gzip archive (.gz)", UNPACK),
    rb"BZh\d": Content("a bzip2 archive (.bz2)", UNPACK),
    rb"\xfd7zXZ\0": Content("an xz archive (.xz)", UNPACK),
    rb"\x28\xb5\x2f\xfd": Content("a Zstandard archive (.zst)", UNPACK),
    rb"7z\xbc\xaf\x27\x1c": Content("a 7-Zip archive (.7z)", UNPACK),
    rb"Rar!\x1a\x07": Content("a RAR archive (.rar)", UNPACK),
    rb".{257}ustar": Content("a tar archive (.tar)", UNPACK),
    rb"\x80[\x02-\x05]": Content(
        "a Python pickle (.pkl)", "open it where you trust it, and save the array with numpy.save"
    ),
    rb"(II\*\0|MM\0\*|II\+\0|MM\0\+)": Content(
        "a TIFF image", "a recording is the activity of neurons, after their extraction"
    ),
    rb"\x89PNG|\xff\xd8\xff|GIF8|RIFF": Content("an image or a film", "give the array itself"),
    rb"%PDF": Content("a PDF", "give the array itself"),
    rb"PAR1": Content("a Parquet file", SAVE),
    rb"ARROW1|FEA1": Content("an Arrow or Feather file", SAVE),
    rb"CDF[\x01\x02\x05]": Content("a NetCDF file", SAVE),
    rb"SQLite format 3": Content("an SQLite database", SAVE),
    rb"\0{64}": Content(
        "zero bytes in place of a header", "the copy or download of the file was not completed"
    ),
}


def content_of(path: FilePath) -> Content | None:
    """The kind of content that a file has by its first bytes; None where that is not known."""
    with Path(path).open("rb") as file:
        return content_in(file)


def content_in(file: BinaryIO) -> Content | None:
    """The same of an open file, from its beginning."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    for signature, content in SIGNATURES.items():
        if re.match(signature, head, re.DOTALL):
            return content
    return _text(head) if head else Content("an empty file", "copy or download it again")


def foreign(path: FilePath, content: Content, expected: str, field: str = "content") -> InputError:
    """The error for a file that is of another kind than it should be."""
    return InputError(path, field, found=content.what, expected=expected, hint=content.hint)


def misread(
    path: FilePath,
    error: Exception,
    suffixes: tuple[str, ...],
    expected: str,
    field: str = "content",
) -> InputError:
    """The error for a file that could not be read as one with these suffixes, because of `error`.

    It names what the file is instead, where that can be told.
    """
    content = content_of(path)
    if content is None or set(content.suffixes) & set(suffixes):
        return InputError(path, field, found=one_line(error), expected=expected, hint=CUT_OFF)
    return foreign(path, content, expected, field)


def check_content(path: FilePath, suffixes: tuple[str, ...], expected: str) -> None:
    """Raise InputError where the first bytes of a file are those of another kind of file."""
    try:
        content = content_of(path)
    except OSError as error:
        found = f"no way to read it ({error.strerror})"
        raise InputError(path, "file", found=found, expected=expected) from error
    if content and not set(content.suffixes) & set(suffixes):
        raise foreign(path, content, expected)


def _text(head: bytes) -> Content | None:
    """A text with its first line; None where the bytes are none."""
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.reason != "unexpected end of data":  # a letter that the end of `head` cuts in two
            return None
        text = head[: error.start].decode("utf-8-sig")
    first = text.strip().split("\n")[0].strip()
    if not text.replace("\t", " ").replace("\r", "").replace("\n", "").isprintable():
        return None
    if first.startswith(("{", "[")):
        return Content("a text in JSON, such as a message of a server", SAVE)
    table = re.search(r"[,;\t]", first) or re.fullmatch(r"[-+.\deE ]+", first)
    what = "a table in text (.csv or .tsv)" if table else "a text"
    return Content(
        f"{what} that begins with {first[:40]!r}",
        "load it with numpy.loadtxt and save the array with numpy.save" if table else SAVE,
    )
