"""What a user can put right, as one exception; and what it says of disks and damaged files."""

import errno

NO_ROOM = {
    errno.ENOSPC: "no space left on the disk",
    errno.EDQUOT: "no space left in the quota of its disk",
    errno.EROFS: "a read-only file system",
}


class InputError(Exception):
    """A file or a setting is not as it must be; reads as one sentence.

    file: the file (or config section) at fault; field: the part of it; found, expected: what is
    there and what should be; hint: the way on, where there is one.
    """

    def __init__(self, file, field, *, found, expected, hint=""):
        sentence = f"{file}: {field}: found {found}, expected {expected}"
        super().__init__(f"{sentence}; {hint}." if hint else f"{sentence}.")


def no_room(error):
    """Why a file could not be written, from the error or what it came of; else None.

    HDF5, safetensors and torch say it in a text of their own.
    """
    while error is not None:
        for number, reason in NO_ROOM.items():
            said = f"errno = {number}," in str(error) or f"os error {number})" in str(error)
            if getattr(error, "errno", None) == number or said:
                return reason
        error = error.__cause__ or error.__context__
    return None


def unwritable(path, reason):
    return InputError(
        path,
        "file",
        found=reason,
        expected="room to write it",
        hint="mend that and start again: the same command goes on from there",
    )


def damaged(path, found):
    """The error for a file of the workflow that is not as it was written."""
    return InputError(
        path,
        "content",
        found=found,
        expected="the file as the workflow wrote it",
        hint="delete it and start again: the same command makes it anew",
    )
