"""The study's networks from PCA: the same estimates before the first step, and never below it."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from training_settings import WINDOWS

from nma.blocks.linear_autoencoder import linear_autoencoder
from nma.io.errors import InputError
from nma.training.loop import train
from nma.training.recipes import recipe_of
from nma.training.weights import build_model

BINS, NEURONS, DIMS = 400, 12, 3
SPLIT = np.repeat([0, 1], [320, 80]).astype("i1")
CASES = [("rnn", 1), ("gru", 1), ("lstm", 1), ("feedback_lstm", 1), ("gru", 3), ("lstm", 2)]
MODELS = pytest.mark.parametrize(("name", "layers"), CASES)


def recorded(layers=1):
    generator = np.random.default_rng(0)
    latents = generator.standard_normal((layers, BINS, DIMS + 1))
    activity = latents @ generator.standard_normal((layers, DIMS + 1, NEURONS)) + 2
    return torch.from_numpy(activity + generator.standard_normal(activity.shape)).float()


def network(name, layers=1, start="pca", **options):
    torch.manual_seed(0)
    return build_model(name, NEURONS, DIMS, {"layers": layers, "start": start} | options)


@MODELS
@pytest.mark.parametrize("recorded_layers", [1, 2])
@torch.no_grad()
def test_before_its_first_step_it_is_pca(name, layers, recorded_layers):
    """Of all layers together where it is shared; to a hundredth of what PCA leaves."""
    activity = recorded(recorded_layers)
    model = network(name, layers)
    model.start(activity, "reconstruct")
    bins = activity.flatten(0, 1).numpy()
    pca = PCA(DIMS).fit(bins)
    expected = pca.inverse_transform(pca.transform(bins))
    difference = model.eval()(activity).flatten(0, 1).numpy() - expected
    assert np.square(difference).mean() < 1e-2 * np.square(bins - expected).mean()


@MODELS
@torch.no_grad()
def test_where_something_is_hidden_it_is_the_posterior_mean(name, layers):
    activity = recorded()
    model = network(name, layers)
    model.start(activity, "masked")
    mean = activity[0].mean(0)
    centred = activity[0] - mean
    encoder, decoder = linear_autoencoder([centred], centred.shape, DIMS, "masked")
    expected = centred @ encoder.T @ decoder.T
    difference = model.eval()(activity)[0] - mean - expected
    assert difference.square().mean() < 1e-2 * (centred - expected).square().mean()


def test_training_from_it_ends_at_pca_or_above_on_validation():
    activity = recorded()
    settings = WINDOWS | {"steps": 24, "evaluate_every": 8, "learning_rate": 1e-3}
    model = network("lstm", dropout=0.0)
    history, scores = train(model, activity, SPLIT, recipe_of(settings), seed=0)
    assert history[0]["validation_r2"] > 0.5
    assert scores["validation_r2"] >= history[0]["validation_r2"]


def test_every_weight_can_learn():
    """Nothing is frozen: gradients reach the cell's input and the readout."""
    activity = recorded()
    model = network("gru", dropout=0.0)
    model.start(activity, "reconstruct")
    (model(activity) - activity).square().mean().backward()
    for weight in (model.hidden.network.weight_ih_l0, model.readout.weight):
        assert weight.grad.abs().max() > 0


def test_a_random_start_is_left_alone():
    model, other = network("lstm", start="random"), network("lstm", start="random")
    model.start(recorded(), "reconstruct")
    for name, weight in model.state_dict().items():
        assert torch.equal(weight, other.state_dict()[name])


def test_a_start_that_there_is_not():
    with pytest.raises(InputError, match="lstm: options: found start ica, not random or pca"):
        network("lstm", start="ica")
