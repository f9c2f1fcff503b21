"""How precisely the angle of a stimulus can be decoded from trials (METHODS 10).

Sources: Stringer et al. 2021, Cell 184:2767, for the decoder of bumps and for the task.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from nma.preprocessing.splits import evaluated, in_split
from nma.scores.table import Score
from nma.statistics.angles import bumps, centres, peaks, wrapped
from nma.statistics.bootstrap import of_median, trial_draws
from nma.statistics.intervals import Estimate
from nma.statistics.penalised import Ridges
from nma.statistics.psychometric import fit, threshold
from nma.types import Array, Trials

BUMPS = 48
CONCENTRATION = 10.0  # of the bumps: 18 degrees wide, over centres 7.5 degrees apart
STEPS = 75  # between centres: angles are decoded in steps of 0.1 degrees
TASKS = 32  # centres from which an angle is told to be left or right
WINDOW = 29  # degrees to either side
FEWEST = 8  # trials of train in a window
BOOTSTRAP = 400  # draws for the interval of a threshold
TrialsFeatures = Array  # (trials, features)


class Choices(NamedTuple):
    """Choices in the discrimination task: right, total (trials, WINDOW), numbers of choices of each
    trial by its distance from a centre, in steps of a degree."""

    right: Array
    total: Array


def decode(features: TrialsFeatures, stimulus: Trials, split: Trials) -> Trials:
    """The decoded angle of each trial, in radians.

    Ridge regression from features to BUMPS von Mises bumps is fitted to train, its penalty chosen
    on validation; the angle is where the interpolated bumps are highest.
    """
    train, validation = (in_split(split, name) for name in ("train", "validation"))
    targets = bumps(stimulus, BUMPS, CONCENTRATION)
    ridges = Ridges(features[train], targets[train])
    penalty = ridges.best(features[validation], targets[validation])
    return peaks(ridges.predict(features, penalty), STEPS)


def discriminate(features: TrialsFeatures, stimulus: Trials, split: Trials) -> Choices:
    """Tell for each of TASKS centres whether angles within WINDOW degrees lie left or right of it.

    A ridge regression to the side, -1 or 1, is fitted to the trials of train in each window; one
    penalty of all windows is chosen on validation.
    """
    train, validation = (in_split(split, name) for name in ("train", "validation"))
    away = np.degrees(wrapped(stimulus[:, None] - centres(TASKS)))
    inside, side = np.abs(away) < WINDOW, np.sign(away)
    windows = [w for w in range(TASKS) if np.sum(inside[:, w] & train) >= FEWEST]
    ridges = {}
    for w in windows:
        fitted = inside[:, w] & train
        ridges[w] = Ridges(features[fitted], side[fitted, w][:, None])
    errors = np.zeros(len(Ridges.PENALTIES))
    for w in windows:
        judged = inside[:, w] & validation
        errors += ridges[w].errors(features[judged], side[judged, w][:, None])
    penalty = Ridges.PENALTIES[np.argmin(errors)]
    right, total = np.zeros((2, len(stimulus), WINDOW))
    for w in windows:
        asked = np.flatnonzero(inside[:, w])
        chosen = np.sign(ridges[w].predict(features[asked], penalty)[:, 0])
        level = np.abs(away[asked, w]).astype(int)
        total[asked, level] += 1
        right[asked, level] += chosen == side[asked, w]
    return Choices(right, total)


def levels() -> Array:
    """The distances from a centre in degrees (WINDOW,), the middle of each step."""
    return np.arange(WINDOW) + 0.5


def threshold_of(choices: Choices) -> Estimate:
    """The distance in degrees at which 75 % of the choices are right, with its interval; n: trials.

    NaN where that is beyond the window.
    """
    trials = len(choices.total)
    counts = np.concatenate([np.ones((1, trials)), trial_draws(trials, BOOTSTRAP)])
    found = threshold(*fit(levels(), counts @ choices.right, counts @ choices.total))
    found = np.where(found <= WINDOW, found, np.nan)
    ends = np.quantile(found[1:], (0.025, 0.975)) if np.isfinite(found).all() else (np.nan, np.nan)
    return Estimate(float(found[0]), *map(float, ends), trials)


def decoding_scores(
    layer: str, sources: Mapping[str, TrialsFeatures], stimulus: Trials, split: Trials
) -> Iterator[tuple[list[Score], str, Choices]]:
    """Yield (scores, source, choices) of each source {name: features}; split: code of each trial.

    Metrics on validation and test, in degrees: `decoding_error`, the median absolute error, of
    which chance has 90; and `discrimination_threshold`, left out where it is beyond WINDOW.
    """
    for source, features in sources.items():
        errors = np.degrees(np.abs(wrapped(decode(features, stimulus, split) - stimulus)))
        choices = discriminate(features, stimulus, split)
        scores = []
        for name, trials in evaluated(split):
            of_split = Choices(*(counts[trials] for counts in choices))
            found = {
                "decoding_error": of_median(errors[trials]),
                "discrimination_threshold": threshold_of(of_split),
            }
            scores += [Score(layer, source, m, name, 0, *values) for m, values in found.items()]
        yield scores, source, choices
