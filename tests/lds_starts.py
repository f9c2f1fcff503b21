"""Starts of residual networks for unit tests, without files."""

import numpy as np

from nma.blocks.lds_start import LDSStart
from nma.latents.corrections import corrected_lds
from nma.latents.cosmoothing import predict_folds
from nma.latents.lds_choice import trials_of
from nma.preprocessing.masks import Masks, hidden_entries, neuron_folds
from nma.preprocessing.tensors import Tensor
from nma.state_space.at_dims import fit_lds
from nma.state_space.lds import Weighted
from nma.state_space.transform import fit_transform


def tensor_of(activity, split):
    """A Tensor of activity (bins, neurons), as it was recorded."""
    ones = np.ones(activity.shape[1])
    mean = activity[split == 0].mean(axis=0)
    return Tensor(
        "L1.h5",
        "L1",
        activity,
        split,
        mean,
        np.arange(len(ones)),
        0 * ones,
        ones,
        bin_seconds=1.0,
        bin_width=1,
        normalise="none",
    )


def lds_start(activity, split, dims):
    """The LDS of so many dims of activity (bins, neurons), and its corrections."""
    tensor = tensor_of(np.asarray(activity, np.float32), split)
    neurons = activity.shape[1]
    masks = Masks(neuron_folds(neurons, 1), hidden_entries(*activity.shape, 1))
    train = tensor.centred[split == 0]
    lds = fit_lds(train, masks.folds, fit_transform(train, "identity", 1.0), dims)
    corrected = corrected_lds(
        tensor, masks, {dims: lds}, Weighted([lds], np.ones(1)), judged(lds, tensor, masks)
    )
    return LDSStart(lds, corrected, tensor.train_mean)


def judged(lds, tensor, masks):
    """What an LDS makes of hidden neurons in the bins that judge it, as the one of its dims; the
    same LDS where halves of train judge it too."""
    bins = [tensor.centred[trial.judged] for trial in trials_of(tensor.split)]
    return np.concatenate([predict_folds(lds.predict, x, masks.folds) for x in bins])[None]
