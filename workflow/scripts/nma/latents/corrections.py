"""Fitting corrections of a layer's LDS: on train, their gains on validation."""

from collections.abc import Iterator

import numpy as np

from nma.latents.cosmoothing import predict_entries, predict_folds
from nma.preprocessing.masks import Masks, hidden_entries, neuron_folds, read_masks
from nma.preprocessing.splits import in_split
from nma.preprocessing.tensors import Tensor, read_tensor
from nma.state_space.corrected import CorrectedLDS, gain, write_corrections
from nma.state_space.files import read_weighted
from nma.state_space.lds import Weighted
from nma.state_space.private_activity import fit_private_activity
from nma.state_space.radial_basis import fit_radial_basis
from nma.types import BinsNeurons, FilePath, Neurons

PARTITIONS = (11, 12)  # seeds: of neurons into folds that are hidden in turn, and of entries


def fit_corrections(tensor: FilePath, hidden: FilePath, fits: FilePath, out: FilePath) -> None:
    """Write corrections/{layer}.h5. fits: state_space/{layer}.h5."""
    layer, masks = read_tensor(tensor), read_masks(hidden)
    cosmooth, masked = read_weighted(fits)
    write_corrections(out, corrected_lds(layer, masks, cosmooth, masked), layer=layer.layer)


def corrected_lds(
    layer: Tensor, masks: Masks, cosmooth: Weighted, masked: Weighted
) -> CorrectedLDS:
    """Fit both corrections to train, where other neurons and entries are hidden than by the masks,
    and their gains to validation."""
    part = in_split(layer.split, "train")
    train, present = layer.centred[part], layer.present[part]
    radial = fit_radial_basis(train, hidden_in_turn(cosmooth, train, present))
    entries = hidden_entries(*train.shape, PARTITIONS[0]) & present
    errors = (train - predict_entries(masked.predict, train, entries, present)) * present
    private = fit_private_activity(errors, entries)

    part = in_split(layer.split, "validation")
    centred, present = layer.centred[part], layer.present[part]
    estimate = predict_folds(cosmooth.predict, centred, masks.folds, present)
    of_radial = predict_folds(
        lambda centred, visible: radial(np.where(visible, centred, estimate), ~visible.all(axis=0)),
        centred,
        masks.folds,
        present,
    )
    radial_gain = gain((centred - estimate)[present], of_radial[present])
    entries = masks.entries[part] & present
    estimate = predict_entries(masked.predict, centred, entries, present)
    of_private = private(np.where(present & ~entries, centred - estimate, 0))
    private_gain = gain((centred - estimate)[entries], of_private[entries])
    print(f"gains: {radial_gain:.2f} of the radial basis, {private_gain:.2f} of private activity")
    return CorrectedLDS(cosmooth, masked, radial, private, radial_gain, private_gain)


def hidden_in_turn(
    lds: Weighted, train: BinsNeurons, present: BinsNeurons
) -> Iterator[tuple[Neurons, BinsNeurons]]:
    """(hidden neurons, estimates of all activity given the others), each neuron as often.

    present: which entries of train were recorded (bool).
    """
    for seed in PARTITIONS:
        folds = neuron_folds(train.shape[1], seed)
        for fold in np.unique(folds):
            hidden = folds == fold
            visible = present & ~hidden
            estimate = lds.predict(train * visible, visible).astype(np.float32)
            yield hidden, np.where(present, estimate, train)  # no error where nothing was recorded
