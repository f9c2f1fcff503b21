"""Observation models as losses of training, with gradients that are numbers."""

import numpy as np
import pytest
import torch
from training_settings import WINDOWS

from nma.io.errors import InputError
from nma.preprocessing.tensors import read_tensor
from nma.statistics.observation_models import FAMILIES
from nma.training.dataset import units_of
from nma.training.loop import train
from nma.training.losses import SOFT, LikelihoodLoss
from nma.training.recipes import recipe_of
from nma.training.weights import build_model

LAYERS, BINS, NEURONS = 2, 400, 6
SPLIT = np.repeat([0, -1, 1], [320, 5, 75]).astype("i1")


def data(family, seed=0):
    """Activity (layers, bins, neurons) that a family can hold, its zero and unit, and its means."""
    rng = np.random.default_rng(seed)
    course = np.sin(np.arange(BINS) / 9)[:, None] * rng.uniform(0.5, 1, (LAYERS, 1, NEURONS))
    mean = 2 * np.exp(course)
    raw = rng.poisson(mean) * (1 if family == "poisson" else rng.gamma(2, 0.5, mean.shape))
    offset, scale = raw.mean(1), raw.std(1)
    units = [-offset / scale, 1 / scale if family == "poisson" else np.ones_like(scale)]
    activity, means = ((x - offset[:, None]) / scale[:, None] for x in (raw, mean))
    return torch.from_numpy(activity).float(), units, torch.from_numpy(means).float()


@pytest.mark.parametrize("family", FAMILIES)
def test_values_are_those_of_the_observation_model(family):
    activity, units, mean = data(family)
    loss = LikelihoodLoss(family, units, activity)
    found = loss(mean, activity, torch.tensor([0, 1]))
    for layer in range(LAYERS):
        zero, unit = units[0][layer], units[1][layer]
        values, means = ((x[layer].double().numpy() - zero) / unit for x in (activity, mean))
        model = FAMILIES[family]()
        model.fit(values, np.broadcast_to(values.mean(0), values.shape))
        expected = -model.log_likelihood(values, means)
        assert (means > 2 * SOFT * values.mean(0)).all()  # where softplus bends a little at most
        np.testing.assert_allclose(found[layer].detach(), expected, rtol=0.02, atol=0.03)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("estimate", [-1e3, 0, 1e3])
def test_no_gradient_is_missing_on_zeros_and_on_impossible_means(family, estimate):
    activity, units, _ = data(family)
    activity[:, :, 0] = torch.from_numpy(units[0][:, :1]).float()  # a neuron that is silent
    loss = LikelihoodLoss(family, units, activity)
    guess = torch.full_like(activity, estimate, requires_grad=True)
    loss(guess, activity, torch.tensor([0, 1])).mean().backward()
    assert all(torch.isfinite(x.grad).all() for x in (guess, *loss.parameters()))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("objective", ["reconstruct", "mixed"])
def test_training_by_likelihood_learns_means(family, objective):
    activity, units, _ = data(family)
    settings = {"observation": family, "objective": objective, "steps": 200}
    torch.manual_seed(0)
    model = build_model("rnn", NEURONS, 3, {})
    recipe = recipe_of(WINDOWS | settings)
    history, _ = train(model, activity, SPLIT, recipe, seed=0, units=units)
    scores = [row["validation_r2"] for row in history]
    assert max(scores) > 0.1 > scores[0]


def test_a_state_holds_the_parameters_of_the_observation_model(tmp_path):
    """Training that goes on from a state ends as training that was not stopped."""
    activity, units, _ = data("zero_inflated_gamma")
    recipe = recipe_of(WINDOWS | {"observation": "zero_inflated_gamma", "steps": 40})

    def trained(steps_until_the_end=None):
        torch.manual_seed(0)
        model, path = build_model("gru", NEURONS, 3, {}), tmp_path / "state.pt"
        seen = []

        def stop(name, batch):
            seen.append(name)
            if len(seen) == steps_until_the_end:
                raise KeyboardInterrupt

        model.register_forward_pre_hook(stop)
        train(model, activity, SPLIT, recipe, seed=0, units=units, state_path=path)
        path.unlink()
        return model

    expected = trained()
    with pytest.raises(KeyboardInterrupt):
        trained(45)
    assert (tmp_path / "state.pt").exists()
    for ours, theirs in zip(trained().parameters(), expected.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_a_family_that_cannot_hold_the_activity_is_an_error(tmp_path, write_tensor):
    activity = np.random.default_rng(0).normal(size=(50, 3))
    tensor = read_tensor(write_tensor(tmp_path / "L1.h5", activity, np.zeros(50, "i1")))
    with pytest.raises(InputError, match=r"L1.h5: activity: .*poisson cannot hold.*gaussian"):
        units_of([tensor], "poisson")
    zero, unit = units_of([tensor, tensor], "gaussian")
    assert zero.shape == unit.shape == (2, 3)
    assert (zero == 0).all() and (unit == 1).all()
