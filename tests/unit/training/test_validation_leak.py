"""Validation shares no bin with train: a model that remembers bins gains nothing from it."""

import numpy as np
import torch

from nma.blocks.overlapping_windows import cut
from nma.preprocessing.splits import split_bounds


class Memory:
    """Knows the activity of every bin that it has seen, and nothing else: in a bin that is like
    none of them at the neurons that are visible, it says the mean."""

    def __init__(self, train):
        self.train = train

    def __call__(self, activity, visible):
        distance = np.square(activity[:, None, visible] - self.train[:, visible]).sum(2)
        known = distance.min(1) < 1e-6
        return np.where(known[:, None], self.train[distance.argmin(1)], self.train.mean(0))


def r2_of_hidden(train, judged):
    """r2 of the last neurons of white noise, predicted by memory from the first."""
    visible = np.arange(train.shape[1]) < 8
    estimate = Memory(train)(judged, visible)[:, ~visible]
    error = np.square(judged[:, ~visible] - estimate).sum()
    return 1 - error / np.square(judged[:, ~visible] - train[:, ~visible].mean(0)).sum()


def test_windows_of_validation_that_overlap_with_train_leak():
    """The usual recipe takes every fifth of overlapping windows for validation: memory alone then
    predicts white noise. Splits that are blocks of time leave it nothing."""
    noise = np.random.default_rng(0).standard_normal((400, 12)).astype("f4")
    windows = cut(torch.from_numpy(noise)[None], 20).numpy()
    judged = np.arange(len(windows)) % 5 == 4
    usual = r2_of_hidden(*(windows[part].reshape(-1, 12) for part in (~judged, judged)))
    assert usual > 0.9
    bounds = split_bounds(400, train=0.7, validation=0.1, test=0.2, gap=5)
    blocks = r2_of_hidden(*(noise[slice(*bounds[name])] for name in ("train", "validation")))
    assert abs(blocks) < 0.05
