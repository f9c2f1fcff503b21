"""Trials of a raw recording: the angle of each stimulus, and spontaneous activity of neurons."""

from typing import NamedTuple

import numpy as np

from nma.io.errors import InputError
from nma.recordings.checks import Field, Shape, check_numbers, count_error
from nma.statistics.angles import TURN
from nma.types import Array, Neurons, Trials

MIN_TRIALS = 40
SLACK = 1e-3  # rad, of rounding beyond a turn
RADIANS = "an angle in radians for each trial"


class TrialFields(NamedTuple):
    """The checked fields of trials: stimulus, the angle of each in 0..2 pi; spontaneous_mean and
    spontaneous_sd of each neuron between trials, None where the recording has neither;
    spontaneous_components (neurons, components) of activity that these scale, or None."""

    stimulus: Trials
    spontaneous_mean: Neurons | None
    spontaneous_sd: Neurons | None
    spontaneous_components: Array | None

    @property
    def unscaled(self) -> Neurons:
        """Ids of neurons that spontaneous activity gives no scale: silent in it, or not finite."""
        if self.spontaneous_sd is None:
            return np.zeros(0, int)
        known = np.isfinite(self.spontaneous_mean) & np.isfinite(self.spontaneous_sd)
        return np.flatnonzero(~(known & (self.spontaneous_sd > 0)))


def check_trials(
    stimulus: Field, mean: Field, sd: Field, components: Field, shape: Shape
) -> TrialFields:
    """The fields of trials, each checked; mean, sd, components: of spontaneous activity.

    shape: of the activity. Raises InputError where one is missing or not as it should be.
    """
    if shape[1] < MIN_TRIALS:
        raise stimulus.error(f"{shape[1]} trials", f"at least {MIN_TRIALS}")
    angles = check_stimulus(stimulus, shape)
    fields = [field for field in (mean, sd) if field.value is not None]
    if len(fields) == 1:
        raise fields[0].error("only one of the two", f"both {mean.name} and {sd.name}, or neither")
    if not fields:
        return TrialFields(angles, None, None, None)
    values = [_of_neurons(field, shape) for field in fields]
    return TrialFields(angles, *values, _components(components, shape))


def check_stimulus(field: Field, shape: Shape) -> Trials:
    """Angles in radians, one a trial, as float64 in 0..2 pi; shape: of the activity."""
    if field.value is None:
        raise field.error(
            "none",
            f"{RADIANS}, for kind: trials",
            "`stimulus:` of the recording names a .npy file of them",
        )
    angles = np.squeeze(check_numbers(field))
    if angles.ndim != 1:
        raise field.error(f"shape {field.value.shape}", RADIANS)
    if len(angles) != shape[1]:
        raise count_error(field, len(angles), "trials", shape)
    wrong = np.flatnonzero(~np.isfinite(angles))
    if len(wrong):
        found = f"{len(wrong)} that are NaN or infinite, the first at trial {wrong[0]}"
        raise field.error(found, RADIANS)
    if np.abs(angles).max() > TURN + SLACK:
        raise field.error(
            f"angles up to {np.abs(angles).max():.4g}",
            f"{RADIANS}, within 2 pi",
            "are they degrees? Multiply them by pi / 180",
        )
    if np.ptp(angles) == 0:
        raise field.error(f"the angle {angles[0]:.4g} in all trials", "angles that differ")
    return np.mod(angles.astype(np.float64), TURN)


def _of_neurons(field: Field, shape: Shape) -> Neurons:
    """A number for each neuron, as float64."""
    values = np.squeeze(check_numbers(field))
    if values.ndim != 1:
        raise field.error(f"shape {field.value.shape}", "a number for each neuron")
    if len(values) != shape[0]:
        raise count_error(field, len(values), "neurons", shape)
    return values.astype(np.float64)


def _components(field: Field, shape: Shape) -> Array | None:
    """Finite numbers (neurons, components), as float32; None where there are none."""
    if field.value is None:
        return None
    values = check_numbers(field)
    if values.ndim != 2:
        raise field.error(f"shape {values.shape}", f"{shape[0]} neurons x components")
    if len(values) != shape[0]:
        raise count_error(field, len(values), "neurons", shape)
    if not np.isfinite(values).all():
        raise field.error("NaN or infinity", "finite numbers")
    return values.astype(np.float32)


def unexpected_trials(field: Field, name: str) -> InputError:
    """The error for stimuli in the file of a recording of which nothing says that it is of time."""
    return field.error(
        "the stimuli of trials",
        "none in a recording of time",
        f"write `kind: trials` for {name} in the config",
    )
