"""Whether held-out data are like train, and whether neurons are there twice (METHODS 3)."""

import numpy as np

from nma.preprocessing.splits import SPLITS
from nma.preprocessing.tensors import Tensor
from nma.scores.table import Score
from nma.statistics.copies import copies
from nma.types import BinsNeurons, Neurons

CONSTANT = 1e-6  # standard deviation, over that in train


def drift_scores(tensor: Tensor) -> list[Score]:
    """How each held-out split of a layer differs from train, by the measures of `differences`.

    `{measure}_lowest` and `{measure}_highest` are the range of the same measure over blocks of
    train, each compared with the rest of train; n: these blocks. They are as long as the split, or
    half of train where that is shorter. A measure that a split or all blocks lack is left out.
    """
    train, scores = np.asarray(tensor.train, np.float64), []
    scale = train.std(axis=0)
    for split in SPLITS[1:]:
        activity = tensor.of(split)
        if not len(activity) or len(train) < 2:
            continue
        blocks = np.array_split(np.arange(len(train)), max(2, len(train) // len(activity)))
        usual = [
            differences(train[block], np.delete(train, block, axis=0), scale) for block in blocks
        ]
        for metric, value in differences(activity, train, scale).items():
            ends = [found[metric] for found in usual if np.isfinite(found[metric])]
            if np.isfinite(value) and ends:
                rows = {"": value, "_lowest": min(ends), "_highest": max(ends)}
                scores += [
                    Score(tensor.layer, "raw", metric + end, split, 0, number, n=len(ends))
                    for end, number in rows.items()
                ]
    return scores


def differences(block: BinsNeurons, rest: BinsNeurons, scale: Neurons) -> dict[str, float]:
    """How a block of time differs from other bins, by medians over neurons, so that no single
    neuron counts for much; NaN where that cannot be told.

    scale: standard deviations of neurons in train; those that are constant there are left out.
    `shift_from_train`: the distance of a neuron's means, over scale. `spread_over_train`: its
    standard deviation over scale. `correlations_of_train`: the correlation, over pairs of neurons,
    of their correlations here and there. `constant_neurons`: the share of neurons that are constant
    here. `unchanged_bins`: the share of bins in which no neuron differs from the bin before.
    """
    varies = scale > CONSTANT
    if not varies.any():
        return {}
    block, rest = (np.asarray(values, np.float64)[:, varies] for values in (block, rest))
    shift = np.abs(block.mean(axis=0) - rest.mean(axis=0)) / scale[varies]
    spread = block.std(axis=0) / scale[varies]
    moving = (spread > CONSTANT) & (rest.std(axis=0) > 0)
    unchanged = (np.diff(block, axis=0) == 0).all(axis=1)
    return {
        "shift_from_train": float(np.median(shift)),
        "spread_over_train": float(np.median(spread)),
        "correlations_of_train": likeness(block[:, moving], rest[:, moving]),
        "constant_neurons": float(np.mean(spread <= CONSTANT)),
        "unchanged_bins": float(unchanged.mean()) if len(unchanged) else np.nan,
    }


def likeness(one: BinsNeurons, other: BinsNeurons) -> float:
    """The correlation, over pairs of neurons, of their correlations in two blocks of time.

    NaN for fewer than four neurons.
    """
    if one.shape[1] < 4:
        return np.nan
    pairs = np.triu_indices(one.shape[1], 1)
    # Single precision is enough for a correlation of correlations, and twice as fast.
    found = [np.corrcoef(activity.T, dtype=np.float32)[pairs] for activity in (one, other)]
    return float(np.corrcoef(found)[0, 1])


def copy_scores(tensor: Tensor) -> list[Score]:
    """`copied_neurons`: how many neurons of a layer have a copy in it; n: its neurons."""
    found = copies(tensor.train).any(axis=1)
    return [
        Score(tensor.layer, "raw", "copied_neurons", "train", 0, int(found.sum()), n=len(found))
    ]
