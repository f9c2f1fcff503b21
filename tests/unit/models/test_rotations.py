"""Rotations, which an LDS describes exactly: nothing predicts more, and networks recover no more.

Simulated, imported and cut as in the workflow; the demo's noise.
"""

import numpy as np
import pytest
import torch
from training_settings import WINDOWS

from nma.baselines import kernel_ridge, ppca, ridge
from nma.baselines.fitting import FittedTo
from nma.baselines.pca import fit_pca
from nma.latents.cosmoothing import fold_estimates
from nma.latents.encoding import encode as encode_lds
from nma.latents.lds_choice import choose_lds
from nma.latents.networks import encode, predictor
from nma.preprocessing.grouping import Grouping
from nma.preprocessing.layer_files import slice_layers
from nma.preprocessing.make_tensor import make_tensor
from nma.preprocessing.masks import read_masks, write_masks
from nma.preprocessing.splits import in_split
from nma.preprocessing.tensors import read_tensor
from nma.recordings.import_recording import import_recording
from nma.recordings.simulation import simulate
from nma.recordings.simulation_settings import Simulation
from nma.scores.readouts import readout_errors, true_latents
from nma.training.loop import train
from nma.training.recipes import recipe_of
from nma.training.weights import build_model

NEURONS, DIMS = 100, 10
BELOW = 0.002  # of r2, by which nothing that is built on the LDS may be below it either
SIMULATION = Simulation(
    seed=1, neurons=NEURONS, bins=1500, planes=1, dynamics="rotations", latents=8,
    time_constants=(30, 120), private=0, private_latents=0, behaviour_latents=4, face_components=5,
)  # fmt: skip
TRAINING = {"objective": "masked", "noise": 0.0, "batch_size": 16, "patience": None}
NETWORKS = {
    "s5": ({}, {"window": 64, "steps": 100, "evaluate_every": 100, "learning_rate": 1e-3}),
    "lfads": (
        {"inputs": 10, "lag": 0, "kl": 0.05},
        {"window": 32, "steps": 120, "evaluate_every": 40, "learning_rate": 4e-3},
    ),
}


@pytest.fixture(scope="module")
def layer(tmp_path_factory):
    """The tensor of a layer, its masks and the true latents."""
    folder = tmp_path_factory.mktemp("rotations")
    names = "raw.npy", "truth.h5", "recording.h5", "layer.h5", "tensor.h5", "masks.h5"
    raw, truth, recording, cut, tensor, masks = (folder / name for name in names)
    simulate(raw, truth, SIMULATION)
    import_recording(raw, recording, name="rotations", bin_seconds=1.2)
    slice_layers(
        recording, [cut], folder / "layers.json", grouping=Grouping("whole", 1), neurons="smallest"
    )
    split = {"train": 0.7, "validation": 0.1, "test": 0.2, "gap": 5}
    make_tensor(cut, tensor, normalise="zscore", bin_width=1, split=split)
    write_masks(tensor, masks, seed=1)
    found = read_tensor(tensor)
    return found, read_masks(masks), true_latents(truth, found)


@pytest.fixture(scope="module")
def lds(layer):
    """Estimates of hidden neurons by the LDSs that validation weighted, and latents of the best."""
    tensor, masks, _ = layer
    choice = choose_lds(tensor, masks)
    estimate = sum(w * e for w, e in zip(choice.cosmooth, choice.estimates, strict=True))
    return estimate, encode_lds(choice.fits[choice.dims], tensor)[0]


def assert_at_or_above(ours, theirs, deviations, split):
    """That r2 of test is no more than BELOW under theirs; errors and deviations of bins."""
    error, other, deviation = (x[in_split(split, "test")].sum() for x in (ours, theirs, deviations))
    assert (other - error) / deviation > -BELOW


@pytest.mark.parametrize("name", ["ridge", "kernel_ridge", "ppca"])
def test_no_baseline_predicts_hidden_neurons_better(layer, lds, name):
    tensor, masks, _ = layer
    parts = [in_split(tensor.split, part) for part in ("train", "validation")]
    fitted, validation = (tensor.centred[part] for part in parts)
    pca, present = fit_pca(fitted), tensor.present[parts[1]]
    of_pca = pca.components_.astype(np.float32), pca.explained_variance_
    data = FittedTo(fitted, validation, 0, present, *of_pca)
    module = {"ridge": ridge, "kernel_ridge": kernel_ridge, "ppca": ppca}[name]
    for fit in module.fit(data).values():
        estimate = fold_estimates(fit.predict, tensor.centred, tensor.split, masks.folds)
        assert_predicts(tensor, lds[0], estimate)


@pytest.mark.parametrize("name", NETWORKS)
def test_no_network_predicts_or_recovers_more(layer, lds, name):
    tensor, masks, truth = layer
    torch.manual_seed(0)
    options, training = NETWORKS[name]
    model = build_model(name, NEURONS, DIMS, options)
    activity = torch.from_numpy(tensor.activity)[None]
    train(model, activity, tensor.split, recipe_of(WINDOWS | TRAINING | training), seed=0)
    predict = predictor(model.eval(), tensor.train_mean)
    estimate = fold_estimates(predict, tensor.centred, tensor.split, masks.folds)
    assert_predicts(tensor, lds[0], estimate)
    latents = encode(model, tensor.activity, tensor.split)[0]
    (ours, deviations), (theirs, _) = (
        readout_errors(z, {"truth": truth}, tensor.split)["truth"] for z in (lds[1], latents)
    )
    assert_at_or_above(ours, theirs, deviations, tensor.split)


def assert_predicts(tensor, ours, theirs):
    """That our estimates of hidden neurons are as good as theirs, or better."""
    errors = [np.square(tensor.centred - x).sum(axis=1) for x in (ours, theirs, 0)]
    assert_at_or_above(*errors, tensor.split)
