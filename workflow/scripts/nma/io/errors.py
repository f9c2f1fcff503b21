"""The one exception for errors that a user can fix, and its words for disks and damaged files."""

import errno
from collections.abc import Sequence

from nma.types import FilePath

NO_ROOM = {
    errno.ENOSPC: "no space left on the disk",
    errno.EDQUOT: "no space left in the quota of its disk",
    errno.EROFS: "a read-only file system",
}


class InputError(Exception):
    """An error in a file or a setting, in one sentence.

    file: the file (or config section) at fault; field: the part of it; found, expected: its content
    now and as it should be; hint: how to fix it, where that is known.
    """

    def __init__(
        self, file: FilePath, field: str, *, found: object, expected: object, hint: str = ""
    ) -> None:
        sentence = f"{file}: {field}: found {found}, expected {expected}"
        super().__init__(f"{sentence}; {hint}." if hint else f"{sentence}.")
        self.parts = {"field": field, "found": found, "expected": expected, "hint": hint}

    def of(self, file: FilePath) -> "InputError":
        """The same error of a file by the name that the user knows it by."""
        return InputError(file, **self.parts)


def either(words: Sequence[str]) -> str:
    """Words as alternatives, as in `a, b or c`."""
    return " or ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def no_room(error: BaseException | None) -> str | None:
    """Why a file could not be written, from the error or its causes; None where that is not it.

    HDF5, safetensors and torch give the number in a text of their own.
    """
    while error is not None:
        for number, reason in NO_ROOM.items():
            said = f"errno = {number}," in str(error) or f"os error {number})" in str(error)
            if getattr(error, "errno", None) == number or said:
                return reason
        error = error.__cause__ or error.__context__
    return None


def unwritable(path: FilePath, reason: str) -> InputError:
    """The error for a file that cannot be written; reason: as from `no_room`."""
    return InputError(
        path,
        "file",
        found=reason,
        expected="room to write it",
        hint="fix this and rerun: the same command continues from there",
    )


def damaged(path: FilePath, found: str) -> InputError:
    """The error for a file of the workflow that is no longer as it was written."""
    return InputError(
        path,
        "content",
        found=found,
        expected="the file as the workflow wrote it",
        hint="delete it and rerun the same command",
    )
