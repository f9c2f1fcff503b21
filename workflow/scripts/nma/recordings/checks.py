"""Checks of a raw recording: each raises one sentence that says what was found."""

import math

import numpy as np

from nma.io.errors import InputError

MIN_NEURONS = 2
MIN_BINS = 10
BLOCK_BYTES = 16 * 2**20
NUMBERS = "numbers (integers or floats)"


def _missing(source, key, raw):
    keys = ", ".join(sorted(map(str, raw)))[:200]
    return InputError(
        source,
        key,
        found=f"no such key among {keys or 'none at all'}",
        expected="a dict with sresp and xyz",
    )


def _numbers(file, field, value, *, kinds="iuf", expected=NUMBERS):
    """`value`, if it is an array of numbers."""
    if not isinstance(value, np.ndarray):
        raise InputError(
            file, field, found=f"a {type(value).__name__}", expected=f"an array of {expected}"
        )
    if value.dtype.kind not in kinds:
        raise InputError(file, field, found=f"values of type {value.dtype}", expected=expected)
    return value


def _activity(source, field, raw):
    if field not in raw:
        raise _missing(source, field, raw)
    activity = _numbers(source, field, raw[field], kinds="iufb")
    if activity.ndim != 2:
        raise InputError(
            source,
            field,
            found=f"{activity.ndim} dimensions, shape {activity.shape}",
            expected="2, neurons x bins",
        )
    if activity.shape[0] < MIN_NEURONS or activity.shape[1] < MIN_BINS:
        raise InputError(
            source,
            field,
            found=f"{activity.shape[0]} neurons x {activity.shape[1]} bins",
            expected=f"at least {MIN_NEURONS} neurons and {MIN_BINS} bins",
        )
    return activity


def _bin_seconds(source, in_file, name, setting):
    """Seconds of a bin: the file's own word; the setting fills in where it has none."""
    if in_file is None and setting is None:
        raise InputError(
            source,
            "bin_seconds",
            found="none in the file and none in the config",
            expected="the seconds of a time bin",
            hint=f"set `bin_seconds` of {name} in the config",
        )
    in_file = None if in_file is None else _seconds(source, "bin_seconds", in_file)
    setting = None if setting is None else _seconds("config", f"bin_seconds of {name}", setting)
    if in_file is None:
        return setting
    if setting is not None and not math.isclose(in_file, setting, rel_tol=1e-6):
        raise InputError(
            source,
            "bin_seconds",
            found=f"{in_file:g} in the file and {setting:g} in the config",
            expected="the same in both",
            hint="leave it out of the config, unless the file is wrong",
        )
    return in_file


def _seconds(file, field, value):
    number = np.asarray(value if isinstance(value, int | float | np.generic | np.ndarray) else "")
    if number.dtype.kind not in "iuf" or number.size != 1:
        found = f"a {type(value).__name__} of {number.size} values of type {number.dtype}"
    elif not 0 < number.item() < math.inf:
        found = f"{number.item()}"
    else:
        return float(number.item())
    raise InputError(file, field, found=found, expected="one number of seconds above 0")


def _count_error(file, field, found, axis, expected, shape):
    """The error for `found` entries where `expected` are due, along `axis` of the activity."""
    other = shape[1] if axis == "neurons" else shape[0]
    return InputError(
        file,
        field,
        found=f"{found} {axis}",
        expected=f"{expected} as in the activity of {shape[0]} neurons x {shape[1]} bins",
        hint="is the activity transposed? It must be neurons x bins" if found == other else "",
    )


def _positions(file, field, xyz, shape):
    """Positions as float64, 3 x neurons."""
    xyz = _numbers(file, field, xyz)
    if xyz.ndim != 2 or 3 not in xyz.shape:
        raise InputError(
            file,
            field,
            found=f"shape {xyz.shape}",
            expected=f"3 x {shape[0]}, the x, y and z of each neuron in um",
            hint="one plane has the same z for all neurons" if 2 in xyz.shape else "",
        )
    if xyz.shape[0] != 3:
        raise InputError(
            file,
            field,
            found=f"{xyz.shape[0]} x 3",
            expected=f"3 x {shape[0]}",
            hint="the positions look transposed: x, y and z are the three rows",
        )
    if xyz.shape[1] != shape[0]:
        raise _count_error(file, field, xyz.shape[1], "neurons", shape[0], shape)
    return xyz.astype(np.float64)


def _labels(file, field, labels, shape):
    """Labels as an array of str, one a neuron."""
    expected = "a text or an integer a neuron"
    if not isinstance(labels, np.ndarray | list | tuple):
        raise InputError(file, field, found=f"a {type(labels).__name__}", expected=expected)
    if isinstance(labels, np.ndarray) and labels.ndim != 1:
        raise InputError(file, field, found=f"shape {labels.shape}", expected=expected)
    if len(labels) != shape[0]:
        raise _count_error(file, field, len(labels), "neurons", shape[0], shape)
    try:
        texts = [_label(label) for label in labels]
    except SystemError as error:  # NumPy's, for numbers that are no characters
        raise InputError(file, field, found="text that is no Unicode", expected=expected) from error
    if None in texts:
        neuron = texts.index(None)
        label = labels[neuron]
        what = repr(str(label))[:50] if isinstance(label, str) else f"a {type(label).__name__}"
        raise InputError(file, field, found=f"{what} for neuron {neuron}", expected=expected)
    return np.array(texts, object)


def _label(label):
    """The text of one label; None if it is neither a printable text nor an integer."""
    if isinstance(label, bytes):
        label = label.decode("utf-8", errors="replace")
    if isinstance(label, bool) or not isinstance(label, int | np.integer | str):
        return None
    text = str(label)
    return text if text.strip() and text.isprintable() else None


def _behaviour(source, key, values, shape):
    """A behaviour as float32, bins x features. NaN stays, and its count goes to the log."""
    values = _numbers(source, key, values, kinds="iufb")
    if values.ndim == 1:
        values = values[:, None]
    if values.ndim != 2 or values.shape[1] == 0:
        raise InputError(
            source, key, found=f"shape {values.shape}", expected=f"{shape[1]} bins x features"
        )
    if values.shape[0] != shape[1] == values.shape[1]:
        raise InputError(
            source,
            key,
            found=f"{values.shape[0]} x {values.shape[1]}",
            expected=f"{shape[1]} bins x features",
            hint="it looks transposed",
        )
    if values.shape[0] != shape[1]:
        raise _count_error(source, key, values.shape[0], "bins", shape[1], shape)
    with np.errstate(over="ignore"):
        converted = values.astype(np.float32)
    infinite = np.argwhere(np.isinf(converted))
    if len(infinite):
        row, column = infinite[0]
        raise InputError(
            source,
            key,
            found=f"{len(infinite)} infinite values, the first ({values[row, column]}) at bin "
            f"{row}, feature {column}",
            expected="numbers within float32 (NaN where there is no value)",
        )
    missing = int(np.isnan(converted).sum())
    if missing:
        print(f"{key}: {missing} of {converted.size} values are NaN and stay so")
    return converted


def _blocks(activity, neurons):
    """Activity of these neurons (ids) as float32, a block at a time: position, block."""
    size = max(1, BLOCK_BYTES // (4 * activity.shape[1]))
    for start in range(0, len(neurons), size):
        with np.errstate(over="ignore"):
            yield start, activity[neurons[start : start + size]].astype(np.float32)


def _inspect(source, field, activity, nan):
    """Which neurons are finite throughout, and which vary; two boolean arrays of neurons."""
    neurons = len(activity)
    wrong, varies, first = np.zeros(neurons, int), np.zeros(neurons, bool), None
    for start, block in _blocks(activity, np.arange(neurons)):
        finite = np.isfinite(block)
        rows = slice(start, start + len(block))
        wrong[rows] = finite.shape[1] - finite.sum(axis=1)
        varies[rows] = block.min(axis=1) != block.max(axis=1)
        if first is None and not finite.all():
            row, column = np.argwhere(~finite)[0]
            first = start + row, column
    if first is not None and nan == "error":
        raise InputError(
            source,
            field,
            found=f"{wrong.sum()} values that are NaN or infinite in {np.sum(wrong > 0)} of "
            f"{neurons} neurons, the first ({activity[first]}) at neuron {first[0]}, bin "
            f"{first[1]}",
            expected="numbers within float32",
            hint="`nan: drop_neurons` leaves these neurons out",
        )
    return wrong == 0, varies


def _usable_positions(file, field, xyz, neurons, nan):
    """Which neurons have a finite position, or all of them where there are no positions."""
    if xyz is None:
        return np.ones(neurons, bool)
    finite = np.isfinite(xyz)
    if nan == "error" and not finite.all():
        neuron, row = np.argwhere(~finite.T)[0]
        raise InputError(
            file,
            field,
            found=f"{np.sum(~finite)} values that are NaN or infinite, the first "
            f"({xyz[row, neuron]}) in {'xyz'[row]} of neuron {neuron}",
            expected="positions in um",
            hint="`nan: drop_neurons` leaves these neurons out",
        )
    return finite.all(axis=0)
