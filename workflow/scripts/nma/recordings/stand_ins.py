"""What stands in for the classes and functions that a pickle names (recordings.unpickling).

Nothing here imports or calls what a file names. Functions return an array, a scalar, a dtype or a
container, and check every argument: they are called with whatever the file has for them.
"""

import math
import re
import sys
from collections.abc import Iterable
from functools import cache

import numpy as np

SIMPLE_DTYPE = re.compile(r"[biufcmM]\d{1,2}|[SUV]\d{1,9}|O[48]?")
UNIT = re.compile(r"generic|[YMWDhms]|[munpfa]s")  # of datetime64 and timedelta64
# Names of the standard library and of NumPy are refused but for those in this module; classes of
# other packages may have instances, which are not made.
KNOWN_PACKAGES = {*sys.stdlib_module_names, "__builtin__", "copy_reg", "numpy", "nma"}


class Refused(Exception):
    """Names the item of a pickle that is not admitted."""


class Unread:
    """Stands for an object that is not read. Its type has the name of the object's class."""

    def extend(self, items: object) -> None:
        """Items of a list that are not read."""

    append = add = extend

    def __setitem__(self, key: object, value: object) -> None:
        """Items of a dict that are not read."""


class ClassName(str):
    """The name of a class, module included; never the class itself."""

    def instance(self) -> Unread:
        """An instance that is not read."""
        return _unread(str(self))()


@cache
def _unread(name: str) -> type[Unread]:
    """The type of that name: one for all of its objects, as there may be one for every bin."""
    return type(name, (Unread,), {})


class Harmless(ClassName):
    """A class or function that may be called: what it would return is not read."""


class ArrayClass(ClassName):
    """NumPy's array or a subclass of it, whose content is read as a plain array."""


class PickledDtype:
    """A dtype in the making. NumPy's own would accept any sizes and offsets."""

    def __init__(self, name: object) -> None:
        if not isinstance(name, str) or not SIMPLE_DTYPE.fullmatch(name):
            raise Refused(f"dtype {name!r}")
        self.dtype = np.dtype("O" if name[0] == "O" else name)

    def complete(self, state: tuple) -> None:
        """Take in NumPy's state: version, byte order, sub-array, names, fields, item size, ..."""
        _, order, subarray, names, fields, size = state[:6]
        if self.dtype.kind in "mM":
            self.dtype = np.dtype(f"{self.dtype.str[1:]}[{_unit(state)}]")
        if subarray:
            base, shape = subarray
            self.dtype = np.dtype((base.dtype, shape))
        elif names:
            formats = [fields[name][0].dtype for name in names]
            if any(format.hasobject for format in formats):
                raise Refused("objects in a structured dtype")
            offsets = [fields[name][1] for name in names]
            self.dtype = np.dtype(
                {"names": list(names), "formats": formats, "offsets": offsets, "itemsize": size}
            )
        elif order in ("<", ">"):
            self.dtype = self.dtype.newbyteorder(order)


def _unit(state: tuple) -> str:
    """The unit of datetime64 or timedelta64, as in 10ms; state: of the dtype, for `complete`."""
    _, (unit, count, *_) = state[8]
    unit = unit.decode("ascii") if isinstance(unit, bytes) else unit
    if not UNIT.fullmatch(unit) or not isinstance(count, int) or not 0 < count < 2**31:
        raise Refused(f"a time in units of {count!r} {unit!r}")
    return unit if unit == "generic" else f"{count}{unit}"


def element_count(shape: object) -> int:
    """The number of elements of an array of this shape. Raises an error where it is no shape."""
    if not isinstance(shape, tuple) or not all(isinstance(n, int) and n >= 0 for n in shape):
        raise Refused(f"shape {shape!r}")
    return math.prod(shape)


def _bytes_of(data: object, dtype: object, count: int) -> bytes:
    """The bytes of `count` elements, checked to be as many as they need."""
    if isinstance(data, str):
        data = data.encode("latin1")
    if not isinstance(data, bytes) or not isinstance(dtype, PickledDtype) or dtype.dtype.hasobject:
        raise Refused("an array of numbers without its bytes")
    needed = count * dtype.dtype.itemsize
    if len(data) != needed or (count > 1 and not needed):
        raise Refused(
            f"{len(data)} bytes for {count} elements of {dtype.dtype}, which need {needed}"
        )
    return data


def instance_of(made_of: object) -> Unread:
    """An instance of a class, not read; NumPy's and those of this module have none made so."""
    if not isinstance(made_of, ClassName) or isinstance(made_of, ArrayClass):
        name = made_of if isinstance(made_of, str) else type(made_of).__name__
        raise Refused(f"opcode NEWOBJ of {name}")
    return made_of.instance()


def fill_array(array: np.ndarray, state: tuple) -> None:
    """Give an array from `_new_array` its content: version, shape, dtype, order, data.

    That of a masked array goes on with its mask, a byte an element, and its fill value.
    """
    _, shape, dtype, fortran, data, *masked = state
    count = element_count(shape)
    if array.shape != (0,) or not isinstance(dtype, PickledDtype):
        raise Refused("a second state for an array")
    if dtype.dtype != object:
        data = _bytes_of(data, dtype, count)
    elif type(data) is not list or len(data) != count:
        raise Refused(f"an array of {count} objects without its list of {count}")
    array.__setstate__((1, shape, dtype.dtype, bool(fortran), data))
    if masked and dtype.dtype.kind in "iufc":
        _hide_masked(array, masked[0], bool(fortran))


def _hide_masked(array: np.ndarray, mask: object, fortran: bool) -> None:
    """Put NaN in the place of masked numbers; mask: bytes in the order of the data."""
    if isinstance(mask, str):
        mask = mask.encode("latin1")
    if not isinstance(mask, bytes) or len(mask) != array.size:
        raise Refused(f"a mask of other than the {array.size} elements of its array")
    order = "F" if fortran else "C"
    hidden = np.frombuffer(mask, np.uint8).reshape(array.shape, order=order) != 0
    if hidden.any():
        values = array.astype(np.result_type(array.dtype, np.float32))
        values[hidden] = np.nan
        array.__setstate__((1, array.shape, values.dtype, fortran, values.tobytes(order)))


def _new_array(subtype: object, shape: object, code: object) -> np.ndarray | Unread:
    """Stands in for NumPy's `_reconstruct`: always the empty array, to be filled later.

    Subclasses of other packages, such as quantities with units, are not read.
    """
    if not isinstance(subtype, ClassName) or shape != (0,) or code not in ("b", b"b"):
        raise Refused(f"_reconstruct of {subtype!r} of shape {shape!r}")
    return np.empty(0, "b") if isinstance(subtype, ArrayClass) else subtype.instance()


def _new_masked(subtype: object, base: object, shape: object, code: object) -> np.ndarray | Unread:
    """Stands in for `_mareconstruct` of masked arrays."""
    return _new_array(subtype, shape, code)


def _array_of_bytes(
    data: object, dtype: object, shape: object, order: object, axes: object = None
) -> np.ndarray:
    """Stands in for NumPy's `_frombuffer`, which protocol 5 uses."""
    buffer = _bytes_of(data, dtype, element_count(shape))
    if order == "K" and axes is not None:
        return np.ndarray(shape, dtype.dtype, buffer).transpose(axes)
    return np.ndarray(shape, dtype.dtype, buffer, order=order)


def _scalar(dtype: object, data: object) -> np.generic:
    """Stands in for NumPy's `scalar`; never of objects, which it would take from the file."""
    return np.ndarray((), dtype.dtype, _bytes_of(data, dtype, 1))[()]


def _dtype(name: object, align: object = False, copy: object = True) -> PickledDtype:
    """Stands in for `numpy.dtype`."""
    return PickledDtype("V0" if name == RECORD else name)


def _encode(text: object, encoding: object) -> bytes:
    """Stands in for `_codecs.encode`, by which protocols 0 to 2 hold bytes."""
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
        raise Refused(f"_codecs.encode with {encoding!r}")
    return text.encode("latin1")


def _no_bytes() -> bytes:
    """Stands in for `bytes`, by which protocols 0 to 2 hold the empty bytes."""
    return b""


def _complex(real: object, imaginary: object) -> complex:
    """Stands in for `complex`."""
    return complex(float(real), float(imaginary))


def _dict(pairs: Iterable = ()) -> dict:
    """Stands in for `OrderedDict` and `Counter`; every dict keeps its order today."""
    return dict(pairs)


def _default_dict(factory: object = None) -> dict:
    """Stands in for `defaultdict`, without what it would make of missing keys."""
    return {}


def _list(items: Iterable = (), longest: object = None) -> list:
    """Stands in for `deque`."""
    return list(items)


def _old_instance(made_of: object, base: object, state: object) -> Unread:
    """Stands in for `copyreg._reconstructor`, by which protocols 0 and 1 make instances."""
    return instance_of(made_of)


RECORD = "numpy.record"  # the type of a row of a record array
# Array classes of NumPy by all the names that its versions gave them.
ARRAY_CLASS = re.compile(
    r"numpy\.(ndarray|matrix|memmap|recarray|rec\.recarray|(char\.)?chararray|ma\.MaskedArray"
    r"|ma\.(core|mrecords)\.(MaskedArray|MaskedRecords|mvoid)|matrixlib\.defmatrix\.matrix"
    r"|_?core\.(memmap\.memmap|records\.recarray|defchararray\.chararray))"
)
# Classes whose objects say something about a recording and hold no code, and functions that NumPy
# and pandas name to make theirs. They are not called.
HARMLESS = re.compile(
    r"(builtins|__builtin__)\.(slice|range|xrange|set|frozenset|bytearray|object|type|int|long"
    r"|float|bool|str|unicode|list|tuple|dict|Ellipsis|NotImplemented|NoneType)"
    r"|datetime\.(date|datetime|time|timedelta|timezone|tzinfo)"
    r"|zoneinfo\.ZoneInfo(\._unpickle)?|pytz\.\w+|dateutil\.tz\.[\w.]+|random\.Random"
    r"|decimal\.Decimal|fractions\.Fraction|uuid\.(UUID|SafeUUID)"
    r"|pathlib\.(_local\.)?(Pure)?(Posix|Windows)?Path|ipaddress\.IPv[46]Address"
    r"|types\.SimpleNamespace|argparse\.Namespace|array\._array_reconstructor|array\.array"
    r"|collections\.(OrderedDict|UserDict|ChainMap)|time\.struct_time|re\._compile"
    r"|numpy\.(bool_?|u?int(8|16|32|64|c|p)?|u?long|u?longlong|float(16|32|64|128)|longdouble"
    r"|complex(64|128|256)|str_|bytes_|void|object_|datetime64|timedelta64|record|number|generic"
    r"|floating|integer|rec\.record|dtypes\.\w+|_?core\._internal\._convert_to_stringdtype_kwargs)"
    r"|numpy\.random\._(pickle|mt19937|pcg64|philox|sfc64)\.\w+|numpy\.random\.bit_generator\.\w+"
    r"|numpy\.polynomial\.\w+\.\w+|numpy\.(lib\.(_?polynomial(_impl)?)\.)?poly1d"
    r"|numpy\.ma\.core\.MaskedConstant"
    r"|pandas\._libs\.(tslibs|internals|interval|arrays)\b[\w.]*"
    r"|pandas\.core\.(frame|series|indexes|internals|arrays|dtypes)\b[\w.]*"
    r"|pandas\.(DataFrame|Series|Timestamp|Timedelta|Period|Interval|Categorical|\w*Dtype|\w*Index)"
    r"|pandas\.arrays\.\w+|pyarrow\.lib\.\w+"
)
ADMITTED = {
    ("numpy", "dtype"): _dtype,
    ("numpy.ma.core", "_mareconstruct"): _new_masked,
    ("_codecs", "encode"): _encode,
    ("collections", "OrderedDict"): _dict,
    ("collections", "Counter"): _dict,
    ("collections", "defaultdict"): _default_dict,
    ("collections", "deque"): _list,
    ("copyreg", "_reconstructor"): _old_instance,
    ("copy_reg", "_reconstructor"): _old_instance,
}
for _package in ("numpy.core", "numpy._core"):
    ADMITTED[f"{_package}.multiarray", "_reconstruct"] = _new_array
    ADMITTED[f"{_package}.multiarray", "scalar"] = _scalar
    ADMITTED[f"{_package}.numeric", "_frombuffer"] = _array_of_bytes
for _package in ("__builtin__", "builtins"):
    ADMITTED[_package, "bytes"] = _no_bytes
    ADMITTED[_package, "complex"] = _complex
