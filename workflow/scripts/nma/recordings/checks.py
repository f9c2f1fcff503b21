"""Checks of the fields of a raw recording: each raises one sentence that says what was found."""

import math
from collections.abc import Sequence
from typing import Annotated, NamedTuple, Protocol, runtime_checkable

import numpy as np

from nma.io.errors import InputError
from nma.types import FilePath, NeuronsBins, Positions

MIN_NEURONS = 2
MIN_BINS = 10
NUMBERS = "numbers (integers or floats)"
TRANSPOSED = (
    "is the activity transposed? `orientation` in the config says how it lies: neurons_by_bins, or "
    "bins_by_neurons"
)
Labels = Annotated[np.ndarray, "(neurons,), str"]
BinsFeatures = Annotated[np.ndarray, "(bins, features)"]
Shape = tuple[int, int]  # neurons, bins


class Field(NamedTuple):
    """A value with the file that it comes from and its name there, for errors."""

    file: FilePath
    name: str
    value: object

    def error(self, found: object, expected: str, hint: str = "") -> InputError:
        """The error that names this field."""
        return InputError(self.file, self.name, found=found, expected=expected, hint=hint)


@runtime_checkable
class ArrayLike(Protocol):
    """An array, or a data set on disk that is indexed like one."""

    dtype: np.dtype
    shape: tuple[int, ...]

    def __len__(self) -> int: ...

    def __getitem__(self, index: object) -> np.ndarray: ...


def check_numbers(
    field: Field, *, kinds: str = "iuf", kind_of_array: type = np.ndarray
) -> np.ndarray:
    """The value, where it is an array of numbers; kinds: NumPy's letters of admitted types."""
    value = field.value
    if not isinstance(value, kind_of_array):
        raise field.error(f"a {type(value).__name__}", f"an array of {NUMBERS}")
    if value.dtype.kind not in kinds:
        raise field.error(f"values of type {value.dtype}", NUMBERS)
    return value


def check_activity(field: Field) -> NeuronsBins:
    """Numbers, neurons x bins, at least MIN_NEURONS and MIN_BINS; neither read nor copied."""
    activity = check_numbers(field, kinds="iufb", kind_of_array=ArrayLike)
    if len(activity.shape) != 2:
        found = f"{len(activity.shape)} dimensions, shape {activity.shape}"
        raise field.error(found, "2, neurons x bins")
    if activity.shape[0] < MIN_NEURONS or activity.shape[1] < MIN_BINS:
        raise field.error(
            f"{activity.shape[0]} neurons x {activity.shape[1]} bins",
            f"at least {MIN_NEURONS} neurons and {MIN_BINS} bins",
        )
    return activity


def check_bin_seconds(in_file: Field, name: str, setting: object) -> float:
    """Seconds of a time bin, from the file, or the setting of recording `name` where it has none.

    None stands for none. Raises InputError where both are none, or differ.
    """
    in_config = Field("config", f"bin_seconds of {name}", setting)
    seconds = [_seconds(field) for field in (in_file, in_config) if field.value is not None]
    if not seconds:
        raise in_file.error(
            "none in the file and none in the config",
            "the seconds of a time bin",
            f"set `bin_seconds` of {name} in the config",
        )
    if not math.isclose(seconds[0], seconds[-1], rel_tol=1e-6):
        raise in_file.error(
            f"{seconds[0]:g} in the file and {seconds[1]:g} in the config",
            "the same in both",
            "leave it out of the config, unless the file is wrong",
        )
    return seconds[0]


def _seconds(field: Field) -> float:
    value = field.value
    number = np.asarray(value if isinstance(value, int | float | np.generic | np.ndarray) else "")
    if number.dtype.kind == "U":
        found = f"a {type(value).__name__}"
    elif number.dtype.kind not in "iuf" or number.size != 1:
        found = f"a {type(value).__name__} of {number.size} values of type {number.dtype}"
    elif not 0 < number.item() < math.inf:
        found = f"{number.item()}"
    else:
        return float(number.item())
    raise field.error(found, "one number of seconds above 0")


def count_error(field: Field, found: int, axis: str, shape: Shape) -> InputError:
    """The error for `found` entries along an axis of the activity: neurons, bins or trials."""
    expected, other = shape if axis == "neurons" else reversed(shape)
    columns = "bins" if axis == "neurons" else axis
    return field.error(
        f"{found} {axis}",
        f"{expected} as in the activity of {shape[0]} neurons x {shape[1]} {columns}",
        TRANSPOSED if found == other else "",
    )


def check_positions(field: Field, shape: Shape) -> Positions:
    """Numbers, 3 x neurons or neurons x 3, as 3 x neurons in float64; NaN where not known.

    Of two coordinates, x and y, no z is known. Where both axes may be that of the neurons, as with
    3 x 3, coordinates are the rows. shape: of the activity.
    """
    xyz = check_numbers(field)
    if xyz.ndim != 2 or not {2, 3} & set(xyz.shape):
        expected = f"3 x {shape[0]}, the x, y and z of each neuron in um, or 2 x {shape[0]}"
        raise field.error(f"shape {xyz.shape}", expected)
    by_rows, by_columns = (
        axes in (2, 3) and neurons == shape[0] for axes, neurons in (xyz.shape, xyz.shape[::-1])
    )
    if not by_rows and (by_columns or xyz.shape[0] not in (2, 3)):
        xyz = xyz.T
    axes, neurons = xyz.shape
    if neurons != shape[0]:
        raise count_error(field, neurons, "neurons", shape)
    known = np.full((3, neurons), np.nan)
    known[:axes] = xyz
    known[np.isinf(known)] = np.nan
    return known


def check_labels(field: Field, shape: Shape) -> Labels:
    """Labels as an array of str objects, one for each neuron; empty where there is none.

    None, NaN and blanks are none. shape: of the activity.
    """
    labels, expected = field.value, "a text or an integer for each neuron"
    if not isinstance(labels, np.ndarray | list | tuple):
        raise field.error(f"a {type(labels).__name__}", expected)
    if isinstance(labels, np.ndarray) and labels.ndim != 1:
        raise field.error(f"shape {labels.shape}", expected)
    if len(labels) != shape[0]:
        raise count_error(field, len(labels), "neurons", shape)
    try:
        texts = [_label(label) for label in labels]
    except SystemError as error:  # NumPy's, for numbers that are no characters
        raise field.error("text that is no Unicode", expected) from error
    if None in texts:
        raise field.error(_wrong_label(labels, texts.index(None)), expected)
    missing = texts.count("")
    if missing:
        print(f"{field.name}: {missing} of {len(texts)} neurons have none")
    return np.array(texts, object)


def _label(label: object) -> str | None:
    """The text of one label, empty if there is none; None if it is no printable text or integer."""
    if label is None:
        return ""
    if isinstance(label, bytes):
        label = label.decode("utf-8", errors="replace")
    # Tables have NaN for a missing value, and then whole numbers as floats.
    if isinstance(label, float | np.floating):
        if np.isnan(label):
            return ""
        label = int(label) if float(label).is_integer() else label
    if isinstance(label, bool) or not isinstance(label, int | np.integer | str):
        return None
    text = str(label)
    if not text.strip():
        return ""
    return text if text.isprintable() else None


def _wrong_label(labels: Sequence, neuron: int) -> str:
    label = labels[neuron]
    shown = repr(str(label))[:50] if isinstance(label, str) else f"a {type(label).__name__}"
    return f"{shown} for neuron {neuron}"


def check_behaviour(field: Field, shape: Shape) -> BinsFeatures:
    """Numbers, bins x features, as float32. NaN stays and is counted in the log.

    shape: of the activity.
    """
    values, expected = check_numbers(field, kinds="iufb"), f"{shape[1]} bins x features"
    if values.ndim == 1:
        values = values[:, None]
    if values.ndim != 2 or values.shape[1] == 0:
        raise field.error(f"shape {values.shape}", expected)
    if values.shape[0] != shape[1] == values.shape[1]:
        found = f"{values.shape[0]} x {values.shape[1]}"
        raise field.error(found, expected, "it looks transposed")
    if values.shape[0] != shape[1]:
        raise count_error(field, values.shape[0], "bins", shape)
    with np.errstate(over="ignore"):
        converted = values.astype(np.float32)
    infinite = np.argwhere(np.isinf(converted))
    if len(infinite):
        row, column = infinite[0]
        raise field.error(
            f"{len(infinite)} infinite values, the first ({values[row, column]}) at bin {row}, "
            f"feature {column}",
            "numbers within float32 (NaN where there is no value)",
        )
    missing = int(np.isnan(converted).sum())
    if missing:
        print(f"{field.name}: {missing} of {converted.size} values are NaN and stay so")
    return converted
