"""Decay times and frequencies of the LDS's modes, with intervals (METHODS 6)."""

import numpy as np
from scipy.special import stdtrit

from nma.preprocessing.splits import in_split
from nma.preprocessing.tensors import Tensor
from nma.scores.table import Score
from nma.state_space.em import fit
from nma.state_space.lds import LDS
from nma.state_space.modes import Modes, modes_of
from nma.statistics.intervals import BLOCKS
from nma.types import Array

QUARTILES = {
    "decay_time_lower_quartile": 0.25,
    "decay_time": 0.5,
    "decay_time_upper_quartile": 0.75,
}
REFIT_ROUNDS = 5  # of EM, from the fit to all of train
TURN = 0.5  # turns within its decay time from which on a mode is said to rotate
ROTATING = 0.1  # share of the variance that rotates, from which on there is a frequency


def decay_scores(tensor: Tensor, lds: LDS) -> list[Score]:
    """Decay times (s) of the modes of a layer's LDS; n: blocks of train.

    `decay_time` and its quartiles are weighted by the activity that each mode explains.
    `decay_time_longest`: the length of train, which none can exceed; a value that reaches it is
    longer than that. `rotating_share`: the share of the weight of modes that make half a turn
    within their decay time, and where it is a tenth or more their median frequency in Hz,
    `rotation_frequency`. Intervals leave blocks of train out in turn and refit the dynamics.
    """
    y = lds.transform(tensor.train - tensor.train_mean)
    place = tensor.bin_seconds, tensor.bin_width
    present = tensor.present[in_split(tensor.split, "train")]
    modes = modes_of(lds.dynamics, y, *place, present)
    left_out = []
    for block in np.array_split(np.arange(len(y)), BLOCKS):
        # One step in each of these runs is over a gap, of some hundreds to thousands of steps.
        rest, recorded = (np.delete(x, block, axis=0) for x in (y, present))
        dynamics, _ = fit(rest, lds.dynamics, REFIT_ROUNDS, recorded)
        left_out.append(modes_of(dynamics, rest, *place, recorded))

    def score(metric: str, value: float, low: float = np.nan, high: float = np.nan) -> Score:
        return Score(tensor.layer, "lds", metric, "train", 0, value, low, high, n=BLOCKS)

    scores = [score("decay_time_longest", modes.limit)]
    for metric, level in QUARTILES.items():
        value, others = (
            quantile(modes.seconds, modes.weights, level),
            [quantile(other.seconds, other.weights, level) for other in left_out],
        )
        low, high = jackknife_of_logs(value, others)
        scores.append(score(metric, value, low, min(high, modes.limit)))
    turning = rotating(modes)
    share = float(modes.weights[turning].sum())
    scores.append(score("rotating_share", share))
    if share >= ROTATING:
        frequency = quantile(modes.hertz[turning], modes.weights[turning], 0.5)
        others = [
            quantile(other.hertz[mine], other.weights[mine], 0.5)
            for other in left_out
            if (mine := rotating(other)).any()
        ]
        scores.append(score("rotation_frequency", frequency, *jackknife_of_logs(frequency, others)))
    return scores


def rotating(modes: Modes) -> Array:
    """Which modes (modes,) make at least half a turn within their decay time."""
    return (modes.hertz * modes.seconds >= TURN) & (modes.weights > 0)


def quantile(values: Array, weights: Array, level: float) -> float:
    """A weighted quantile of positive values (n,), which changes smoothly with the weights (n,).

    Linear in the logarithm, from the middle of each value's weight to the next.
    """
    order = np.argsort(values)
    weights = weights[order] / weights.sum()
    return float(np.exp(np.interp(level, np.cumsum(weights) - weights / 2, np.log(values[order]))))


def jackknife_of_logs(value: float, left_out: list[float]) -> tuple[float, float]:
    """The 95 % interval of a positive value, from the values with each block left out in turn.

    Student's t around its logarithm, with the delete-one standard error (Efron 1982).
    """
    logs, n = np.log(left_out), len(left_out)
    if n < 2:
        return np.nan, np.nan
    error = np.sqrt((n - 1) / n * np.square(logs - logs.mean()).sum())
    half = stdtrit(n - 1, 0.975) * error
    return float(value * np.exp(-half)), float(value * np.exp(half))
