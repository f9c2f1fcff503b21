"""Whether held-out data are like train, and whether neurons are there twice (METHODS 3)."""

import numpy as np

from nma.preprocessing.splits import SPLITS
from nma.preprocessing.tensors import Tensor
from nma.scores.table import Score
from nma.statistics.copies import copies
from nma.types import BinsNeurons

CONSTANT = 1e-6  # of the standard deviation in train


def drift_scores(tensor: Tensor) -> list[Score]:
    """How each held-out split of a layer differs from train, by the measures of `differences`.

    In place of an interval, each row has the lowest and the highest of the same measure of blocks
    of train, each compared with the rest of train; n: these blocks. They are as long as the split,
    or half of train where that is shorter. A measure that a split or all blocks lack is left out.
    """
    train, scores = tensor.train, []
    for split in SPLITS[1:]:
        activity = tensor.of(split)
        if not len(activity) or len(train) < 2:
            continue
        blocks = np.array_split(np.arange(len(train)), max(2, len(train) // len(activity)))
        usual = [differences(train[block], np.delete(train, block, axis=0)) for block in blocks]
        for metric, value in differences(activity, train).items():
            ends = [found[metric] for found in usual if np.isfinite(found[metric])]
            if np.isfinite(value) and ends:
                values = value, min(ends), max(ends), len(ends)
                scores.append(Score(tensor.layer, "raw", metric, split, 0, *values))
    return scores


def differences(block: BinsNeurons, rest: BinsNeurons) -> dict[str, float]:
    """How a block of time differs from other bins, by medians over neurons, so that no single
    neuron counts for much; NaN where that cannot be told.

    `shift_from_train`: of a neuron's mean, in standard deviations of the other bins.
    `spread_over_train`: its standard deviation over that of the other bins.
    `correlations_of_train`: the correlation, over pairs of neurons, of their correlations here and
    there. `constant_neurons`: the share of neurons that are constant here, of those that are not
    elsewhere. `unchanged_bins`: the share of bins in which no neuron differs from the bin before.
    """
    block, rest = np.asarray(block, np.float64), np.asarray(rest, np.float64)
    varies = rest.std(axis=0) > CONSTANT
    block, rest = block[:, varies], rest[:, varies]
    if not varies.any():
        return {}
    scale = rest.std(axis=0)
    spread = block.std(axis=0) / scale
    moving = spread > CONSTANT
    return {
        "shift_from_train": float(
            np.median(np.abs(block.mean(axis=0) - rest.mean(axis=0)) / scale)
        ),
        "spread_over_train": float(np.median(spread)),
        "correlations_of_train": likeness(block[:, moving], rest[:, moving]),
        "constant_neurons": float(np.mean(~moving)),
        "unchanged_bins": float(np.mean((np.diff(block, axis=0) == 0).all(axis=1)))
        if len(block) > 1
        else np.nan,
    }


def likeness(one: BinsNeurons, other: BinsNeurons) -> float:
    """The correlation, over pairs of neurons, of their correlations in two blocks of time.

    NaN for fewer than four neurons.
    """
    if one.shape[1] < 4:
        return np.nan
    pairs = np.triu_indices(one.shape[1], 1)
    found = [np.corrcoef(activity.T)[pairs] for activity in (one, other)]
    return float(np.corrcoef(found)[0, 1])


def copy_scores(tensor: Tensor) -> list[Score]:
    """`copied_neurons`: how many neurons of a layer have a copy in it; n: its neurons."""
    found = copies(tensor.train).any(axis=1)
    return [
        Score(tensor.layer, "raw", "copied_neurons", "train", 0, int(found.sum()), n=len(found))
    ]
