"""The classes of variables in MATLAB files, and which of them have values that can be read."""

from collections.abc import Callable

from nma.io.errors import InputError
from nma.recordings.arrays import Item
from nma.types import FilePath

INTEGERS = tuple(f"{sign}int{bits}" for sign in ("u", "") for bits in (8, 16, 32, 64))
NUMBERS = ("double", "single", "logical", *INTEGERS)
READ = (*NUMBERS, "char", "cell")
OBJECT = "an object of a class of MATLAB, such as a table or a string array"
# Words for classes that are no numbers: names of MATLAB, or ours.
KINDS = {
    "char": "text",
    "cell": "a cell array",
    "struct": "a struct array",
    "sparse": "a sparse matrix",
    "complex": "complex numbers",
    "function": "a function handle",
    "function_handle": "a function handle",
    "object": OBJECT,
    "opaque": OBJECT,
}


def variable(
    path: FilePath,
    name: str,
    matlab_class: str,
    shape: tuple[int, ...] | None,
    load: Callable[..., object],
) -> Item:
    """The item of a variable; load: a function to its value, where the class can be read."""
    kind = KINDS.get(matlab_class, matlab_class)

    def refuse(**_: object) -> None:
        raise InputError(
            path,
            name,
            found=kind,
            expected="numbers or text",
            hint="save a plain array from MATLAB, by double(x), full(x), cell2mat(x) or cellstr(x)",
        )

    can_be_read = matlab_class in READ
    return Item(kind, shape, matlab_class in NUMBERS, load if can_be_read else refuse)
