"""The one exception for what a user can put right."""


class InputError(Exception):
    """A file or a setting is not as it must be; reads as one sentence.

    file: the file (or config section) at fault; field: the part of it; found, expected: what is
    there and what should be; hint: the way on, where there is one.
    """

    def __init__(self, file, field, *, found, expected, hint=""):
        sentence = f"{file}: {field}: found {found}, expected {expected}"
        super().__init__(f"{sentence}; {hint}." if hint else f"{sentence}.")
