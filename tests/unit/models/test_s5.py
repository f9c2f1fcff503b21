"""S5: its start is the Kalman smoother, what it may see, its forecasts and time constants."""

import numpy as np
import pytest
import torch
from training_settings import WINDOWS

from nma.blocks.smoother_start import bend_of, fit_start
from nma.models.s5 import S5
from nma.preprocessing.masks import neuron_folds
from nma.state_space.lds import posterior_means, predict_folds
from nma.training.loop import train
from nma.training.recipes import recipe_of
from nma.training.weights import build_model, load_model, save_model

NEURONS, BINS, DIMS = 40, 1200, 4
# Decay times and periods, in bins, of two rotations.
TAUS, PERIODS = np.array([30.0, 12.0]), np.array([25.0, 8.0])


@pytest.fixture(scope="module")
def rotations():
    """Latents (bins, 4) of two damped rotations, and activity (bins, neurons): exp of a mix of
    them, with gamma noise."""
    rng = np.random.default_rng(3)
    values, courses = np.exp(-1 / TAUS + 2j * np.pi / PERIODS), np.zeros((BINS, 2), complex)
    shocks = rng.standard_normal((BINS, 2)) + 1j * rng.standard_normal((BINS, 2))
    for t in range(BINS):
        courses[t] = values * courses[t - 1] + np.sqrt(1 - np.abs(values) ** 2) * shocks[t]
    latents = np.concatenate([courses.real, courses.imag], axis=1)
    drive = 0.35 * latents @ rng.standard_normal((4, NEURONS))
    activity = np.exp(drive) * rng.gamma(4, 1 / 4, drive.shape)
    return latents, torch.from_numpy((activity / activity.std(axis=0)).astype("f4"))


@pytest.fixture(scope="module")
def started(rotations):
    torch.manual_seed(0)
    model = S5(NEURONS, DIMS, states=8)
    model.start(rotations[1][None, :900], "masked")
    return model.eval()


@pytest.fixture(scope="module")
def trained(rotations):
    torch.manual_seed(0)
    model = S5(NEURONS, DIMS, states=8)
    split = np.repeat([0, -1, 1], [900, 5, 295])
    settings = {"steps": 60, "evaluate_every": 20, "window": 64, "batch_size": 8}
    settings |= {"learning_rate": 1e-3, "objective": "masked", "noise": 0.0, "patience": None}
    history, _ = train(model, rotations[1][None], split, recipe_of(WINDOWS | settings), seed=0)
    return model.eval(), history


def window(rotations, *, bins=100):
    return rotations[1][None, 900 : 900 + bins]


@torch.no_grad()
def test_the_transform_is_that_of_the_linear_dynamics(started, rotations):
    x = rotations[1].numpy()
    mean = x[:900].mean(axis=0)
    expected = fit_start(x[:900] - mean, DIMS).transform(x - mean)
    np.testing.assert_allclose(started.transform(rotations[1]).numpy(), expected, atol=1e-4)


@torch.no_grad()
def test_the_start_is_the_kalman_smoother(started, rotations):
    model = S5(NEURONS, DIMS, states=8)
    model.load_state_dict(started.state_dict())
    model.bend.zero_()
    model.rounds = 30
    found = fit_start((rotations[1][:900] - started.mean).numpy(), DIMS)
    y = started.transform(window(rotations))[0].numpy()
    seen = np.ones(y.shape, bool)
    expected = posterior_means(found.dynamics, y, seen)
    inner = slice(20, 80)  # the covariances have converged
    latents = model.eval().encode(window(rotations))[0].numpy()
    np.testing.assert_allclose(latents[inner], expected[inner], atol=0.01)
    folds = neuron_folds(NEURONS, 1)
    expected = predict_folds(found.dynamics, y, folds)[:, folds == 2]
    visible = torch.from_numpy(np.broadcast_to(folds != 2, y.shape).copy())
    predicted = model.loadings(model.encode(window(rotations), visible[None]))[0].numpy()
    np.testing.assert_allclose(predicted[inner][:, folds == 2], expected[inner], atol=0.02)


@torch.no_grad()
def test_hidden_entries_do_not_matter(trained, rotations):
    activity = window(rotations)
    visible = torch.rand(activity.shape, generator=torch.Generator().manual_seed(0)) > 0.25
    other = torch.where(visible, activity, 7.0)
    model = trained[0]
    assert torch.equal(model(activity, visible), model(other, visible))
    assert not torch.equal(model(activity, visible), model(activity))


@torch.no_grad()
def test_smoothing_uses_both_sides_of_time_and_forecasts_the_past_alone(trained, rotations):
    model, activity = trained[0], window(rotations)
    other = activity.clone()
    other[:, 60:] *= 1.5
    found, changed = model.encode(activity), model.encode(other)
    assert (found[:, 55] != changed[:, 55]).any() and (found[:, 65] != changed[:, 65]).any()
    states = [model._smoother(x, None, causal=True)[0] for x in (activity, other)]
    assert torch.equal(states[0][:, :60], states[1][:, :60])
    visible = torch.ones_like(activity, dtype=torch.bool)
    forecast = model.forecast(activity[:, :60], visible[:, :60], 5)
    assert forecast.shape == (1, 5, NEURONS)
    longer = model.forecast(activity[:, :60], visible[:, :60], 8)
    torch.testing.assert_close(forecast, longer[:, :5])


@torch.no_grad()
def test_forecasts_are_nearer_than_the_mean_and_the_last_bin(trained, rotations):
    model, x = trained[0], rotations[1]
    origins = range(964, BINS - 2)
    contexts = torch.stack([x[t - 63 : t + 1] for t in origins])
    estimates = model.forecast(contexts, torch.ones_like(contexts, dtype=torch.bool), 2)
    for h in (1, 2):
        truth = torch.stack([x[t + h] for t in origins])
        error = (truth - estimates[:, h - 1]).square().sum()
        assert error < 0.85 * (truth - model.mean).square().sum()
        assert error < (truth - torch.stack([x[t] for t in origins])).square().sum()


def test_time_constants_are_those_that_were_simulated(started, trained):
    """Within the sampling error of 900 bins, both as started and after training."""
    for model in (started, trained[0]):
        seconds, hertz, weights = model.time_constants(0.5, 1)
        assert weights.sum() == pytest.approx(1) and (weights >= 0).all()
        order = np.argsort(hertz)  # each rotation is a pair of modes
        np.testing.assert_allclose(hertz[order][[0, 2]], 2 / PERIODS, rtol=0.1)
        np.testing.assert_allclose(seconds[order][[0, 2]], TAUS / 2, rtol=0.5)
        assert seconds[order][:2].mean() > 1.5 * seconds[order][2:].mean()


def test_training_leaves_the_smoother_and_learns_the_rest(trained, started):
    model, history = trained
    for name in ("past.log_rate", "read_in.weight", "loadings.weight", "link"):
        assert torch.equal(model.state_dict()[name], started.state_dict()[name])
    assert model.gains.min() >= 0 and model.gains.max() <= 1.5
    scores = ("validation_cosmooth_r2", "validation_masked_r2")
    assert all(history[-1][name] > history[0][name] - 1e-3 for name in scores)
    assert (model.earlier.log_rate != started.earlier.log_rate).any()
    assert (model.dynamics.log_rate != started.dynamics.log_rate).any()
    assert model.correction.out.weight.abs().max() > 0


def test_written_and_read_it_is_the_same(trained, rotations, tmp_path):
    options = {"states": 8}
    save_model(tmp_path / "s5.safetensors", trained[0], name="s5", options=options)
    found = load_model(tmp_path / "s5.safetensors")
    with torch.no_grad():
        assert torch.equal(found(window(rotations)), trained[0](window(rotations)))


def test_fewer_than_two_rounds_are_an_error():
    with pytest.raises(Exception, match="rounds"):
        build_model("s5", NEURONS, DIMS, {"rounds": 1})


def test_the_bend_is_that_of_the_logarithm_of_gamma_noise():
    """Its score is exp(r) - 1 for any shape; symmetric noise has none, and bends nothing."""
    rng = np.random.default_rng(0)
    noise = np.log(rng.gamma(8, 1 / 8, (20000, 5)))
    assert bend_of(noise) == pytest.approx(1, abs=0.1)
    assert bend_of(-noise) == pytest.approx(-1, abs=0.1)
    assert bend_of(rng.standard_normal((20000, 5))) == pytest.approx(0, abs=0.05)
    model, r = S5(3, 2), torch.linspace(-3, 1, 9)
    torch.testing.assert_close(model._bent(r), r, rtol=1e-2, atol=1e-2)
    model.bend.fill_(1)
    torch.testing.assert_close(model._bent(r), r.expm1())


class Killed(Exception):
    """Ends a training."""


def test_a_training_that_was_killed_ends_with_the_same_weights(rotations, tmp_path):
    settings = WINDOWS | {"steps": 12, "evaluate_every": 4, "objective": "masked", "noise": 0.0}
    split = np.repeat([0, -1, 1], [300, 5, 95])
    activity, found = rotations[1][None, :400], []

    def kill(history):
        if len(history) == 2:
            raise Killed

    def run(**arguments):
        torch.manual_seed(0)
        model = S5(NEURONS, DIMS, states=3)
        train(model, activity, split, recipe_of(settings), seed=0, **arguments)
        return [weight.numpy().tobytes() for weight in model.state_dict().values()]

    found.append(run())
    state = tmp_path / "state.pt"
    with pytest.raises(Killed):
        run(state_path=state, after_evaluation=kill)
    assert state.exists()
    found.append(run(state_path=state))
    assert found[0] == found[1]
