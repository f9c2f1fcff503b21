"""LFADS: what it sees, infers and forecasts, and that it learns."""

import numpy as np
import pytest
import torch
from training_settings import WINDOWS

from nma.io.errors import InputError
from nma.models.lfads import PENALTY
from nma.training.loop import train
from nma.training.recipes import recipe_of
from nma.training.steppers import new_stepper
from nma.training.weights import build_model, load_model, save_model

NEURONS, DIMS, BINS = 12, 3, 70
SMALL = {"generator": 10, "controller": 7, "inputs": 2}
SPLIT = np.repeat([0, -1, 1], [150, 5, 45]).astype("i1")
INPUTS = pytest.mark.parametrize("inputs", [0, 2])


def network(**options):
    """A network in evaluation mode, trained on windows of 16 bins, of random weights."""
    torch.manual_seed(0)
    model = build_model("lfads", NEURONS, DIMS, SMALL | options)
    model.start(counts(1, 200), "masked")
    model.train()(counts(2, 16))
    return model.eval()


def counts(layers=2, bins=BINS, neurons=NEURONS, seed=0):
    """Counts (layers, bins, neurons) around rates that swing together."""
    rng = np.random.default_rng(seed)
    phases = rng.uniform(0, 6, neurons)
    rates = 2 * np.exp(np.sin(np.arange(bins)[:, None] / 5 + phases))
    return torch.from_numpy(rng.poisson(rates, (layers, bins, neurons))).float()


def trained(activity, split=SPLIT, *, dims=DIMS, options=None, units=None, **settings):
    torch.manual_seed(0)
    model = build_model("lfads", activity.shape[2], dims, SMALL | (options or {}))
    recipe = recipe_of(WINDOWS | {"objective": "masked", "window": 16, "noise": 0.0} | settings)
    return model, *train(model, activity, split, recipe, seed=0, units=units)


# shapes and sizes


@INPUTS
@pytest.mark.parametrize("bins", [1, 9, 16, 17, BINS])
@torch.no_grad()
def test_shapes(inputs, bins):
    model, activity = network(inputs=inputs), counts(3, bins)
    latents = model.encode(activity)
    assert latents.shape == (3, bins, DIMS)
    assert model(activity).shape == model.decode(latents).shape == activity.shape
    found = model.inferred_inputs(activity)
    assert found is None if inputs == 0 else found.shape == (3, bins, inputs)
    for context in (1, 9, 30):
        given = counts(3, context)
        visible = torch.ones_like(given).bool()
        assert model.forecast(given, visible, 5).shape == (3, 5, NEURONS)


def test_without_inputs_there_is_no_controller():
    names = [name for name, _ in network(inputs=0).named_parameters()]
    assert not [name for name in names if "controller" in name or "input_" in name]


@pytest.mark.parametrize("options", [{"scale": "square"}, {"heads": 2}], ids=str)
def test_options_that_it_does_not_have(options):
    with pytest.raises(InputError, match="config: models: lfads: options: found"):
        build_model("lfads", NEURONS, DIMS, options)


@torch.no_grad()
def test_weights_start_as_in_the_reference():
    """Normal, 1 / sqrt(inputs); biases of update and reset gates 1, others 0."""
    torch.manual_seed(0)
    model = build_model("lfads", NEURONS, DIMS, {})
    weight = model.encoder.network.weight_hh_l0
    assert weight.std() * 10 == pytest.approx(1, abs=0.02)
    cell = model.generator.cell
    assert (cell.bias_ih[:200] == 1).all() and (cell.bias_ih[200:] == 0).all()
    assert (cell.bias_hh == 0).all()
    directions = model.generator.factors(torch.eye(100))  # in training, but for dropout
    model.eval()
    torch.testing.assert_close(
        model.generator.factors(torch.eye(100)).norm(dim=0), torch.ones(DIMS)
    )
    assert not torch.equal(directions, model.generator.factors(torch.eye(100)))


@torch.no_grad()
def test_states_stay_within_five():
    model = network()
    for weight in model.generator.cell.parameters():
        weight.mul_(30)
    first = 100 * torch.randn(4, SMALL["generator"])
    state = model.generator(first, None, 50).state
    assert state.abs().max() <= 5


# what it sees


@INPUTS
@torch.no_grad()
def test_hidden_activity_has_no_influence(inputs):
    model, activity = network(inputs=inputs), counts()
    visible = torch.rand(activity.shape, generator=torch.Generator().manual_seed(1)) > 0.3
    visible[0, :, :4] = False
    changed = torch.where(visible, activity, torch.inf)
    assert torch.equal(model(changed, visible), model(activity, visible))
    assert not torch.equal(model(activity), model(activity, visible))
    if inputs:
        found = [model.inferred_inputs(x, visible) for x in (changed, activity)]
        assert torch.equal(*found)


@pytest.mark.parametrize("lag", [0, 1, 2])
@torch.no_grad()
def test_what_the_controller_sees_of_a_bin_is_at_least_a_lag_away(lag):
    encoder = network(lag=lag).input_encoder
    activity = torch.randn(1, 9, DIMS)
    before = encoder(activity)
    for bin_ in (0, 4, 8):
        other = activity.clone()
        other[:, bin_] += 1
        changed = (encoder(other) != before).any(dim=2)[0]
        assert (changed == ((torch.arange(9) - bin_).abs() >= lag)).all()


@INPUTS
@torch.no_grad()
def test_evaluation_is_deterministic_and_training_draws(inputs):
    model, activity = network(inputs=inputs, dropout=0.0), counts(bins=16)
    assert torch.equal(model(activity), model(activity))
    model.train()
    assert not torch.equal(model(activity), model(activity))


@torch.no_grad()
def test_a_sequence_of_one_window_is_that_window():
    model, activity = network(), counts(bins=16)
    torch.testing.assert_close(model.encode(activity), model.run(activity).factors)


@torch.no_grad()
def test_windows_are_as_long_as_in_training_and_reach_no_further():
    """Of 70 bins in windows of 16, bin 0 is in the first window alone."""
    model, activity = network(), counts()
    assert model.context == 16
    other = activity.clone()
    other[:, 0] += 3
    changed = (model.encode(other) != model.encode(activity)).any(dim=2)[0]
    assert changed[:16].all() and not changed[16:].any()


@torch.no_grad()
def test_sequences_of_a_batch_do_not_meet():
    model, activity = network(), counts()
    torch.testing.assert_close(model(activity)[:1], model(activity[:1]))


# scales


@pytest.mark.parametrize("scale", ["log", "linear"])
@torch.no_grad()
def test_what_the_network_sees_is_standardised_and_factors_of_zero_give_the_mean(scale):
    model, activity = network(scale=scale), counts(1, 200)
    seen = model.scale(activity[0])
    torch.testing.assert_close(seen.mean(0), torch.zeros(NEURONS), atol=1e-4, rtol=0)
    torch.testing.assert_close(seen.std(0), torch.ones(NEURONS), atol=1e-4, rtol=0)
    decoded = model.decode(torch.zeros(1, 1, DIMS))[0, 0]
    torch.testing.assert_close(decoded, activity[0].mean(0))


@pytest.mark.parametrize("scale", ["log", "linear"])
@torch.no_grad()
def test_a_neuron_that_is_constant_in_train_is_no_trouble(scale):
    model, activity = network(scale=scale), counts(1, 200)
    activity[:, :, 0] = 2.0
    model.start(activity, "masked")
    assert torch.isfinite(model(activity + 1)).all()


@pytest.mark.parametrize("scale", ["log", "linear"])
@torch.no_grad()
def test_read_in_and_readout_start_from_factor_analysis(scale):
    """Without a network between them they reconstruct two shared signals."""
    rng = np.random.default_rng(0)
    courses, loadings = rng.standard_normal((400, 2)), rng.standard_normal((2, NEURONS))
    signal = 0.4 * courses @ loadings
    activity = torch.from_numpy(np.exp(signal) if scale == "log" else signal).float()[None]
    activity += 0.05 * torch.from_numpy(rng.random(activity.shape)).float()
    model = build_model("lfads", NEURONS, 2, SMALL | {"scale": scale})
    model.start(activity, "masked")
    estimate = model.decode(model.read_in(model.scale(activity)))
    error = (estimate - activity).square().sum()
    assert error < 0.25 * (activity - activity.mean(1)).square().sum()


# forecasts


@INPUTS
@torch.no_grad()
def test_a_forecast_runs_on_without_inputs(inputs):
    """It is what the generator does by itself, and takes the last `context` bins alone."""
    model, activity = network(inputs=inputs), counts(2, 40)
    visible = torch.ones_like(activity).bool()
    found = model.forecast(activity, visible, 6)
    state, expected = model.run(activity[:, -16:], visible[:, -16:]).state, []
    for _ in range(6):
        state = model.generator.cell(torch.zeros(2, inputs), state)
        expected.append(model.generator.factors(state))
    torch.testing.assert_close(found, model.decode(torch.stack(expected, dim=1)))
    changed = activity.clone()
    changed[:, :24] += 5
    assert torch.equal(model.forecast(changed, visible, 6), found)
    torch.testing.assert_close(model.forecast(activity, visible, 3), found[:, :3])


# loss


def test_the_divergence_is_that_of_first_states_and_inputs_by_entry_and_ramp():
    model, activity = network(kl=2.0, ramp=10, dropout=0.0).train(), counts(4, 16)
    torch.manual_seed(5)
    run = model.run(activity)
    mean, log_variance = model.encoder(model.read_in(model.scale(activity)))
    first = model.initial_prior.divergence(mean, log_variance)
    inputs = model.input_prior.divergence(run.mean, run.log_variance, run.drawn)
    assert run.mean.shape == (4, 16, 2) and (first > 0).all()
    expected = (first + inputs).mean() / (16 * NEURONS)
    for step, share in ((0, 0.1), (4, 0.5), (9, 1.0), (500, 1.0)):
        found = model.auxiliary_loss(activity, step)
        torch.testing.assert_close(found, share * 2 * expected, rtol=1e-3, atol=PENALTY)


def test_the_penalty_is_of_recurrent_weights():
    model = network(kl=0.0, ramp=1).train()
    model(counts(2, 16))
    recurrent = torch.cat(
        [w.flatten() for name, w in model.named_parameters() if "weight_hh" in name]
    )
    expected = 0.5 * PENALTY * recurrent.square().mean()
    torch.testing.assert_close(model.auxiliary_loss(counts(2, 16), 5), expected)
    cells = (model.encoder.network, model.input_encoder.network)
    sizes = [2 * 3 * cell.hidden_size**2 for cell in cells]
    sizes += [3 * c.hidden_size**2 for c in (model.generator.cell, model.generator.controller)]
    assert len(recurrent) == sum(sizes)


@pytest.mark.parametrize("observation", ["squared", "gaussian", "poisson", "zero_inflated_gamma"])
@INPUTS
def test_each_observation_model_trains(observation, inputs):
    activity = counts(1, 200)
    if observation == "zero_inflated_gamma":
        generator = torch.Generator().manual_seed(3)
        activity = activity * (0.5 + torch.rand(activity.shape, generator=generator))
    units = [np.zeros((1, NEURONS)), np.ones((1, NEURONS))]
    settings = {"observation": observation, "steps": 150, "objective": "masked", "batch_size": 8}
    recipe = recipe_of(WINDOWS | settings | {"window": 16, "noise": 0.0})
    torch.manual_seed(0)
    model = build_model("lfads", NEURONS, DIMS, SMALL | {"inputs": inputs, "ramp": 1})
    model.start(activity, "masked")
    stepper = new_stepper(recipe, model.train(), activity, seed=0, units=units)
    losses = [stepper.step(number) for number in range(recipe.steps)]
    assert np.isfinite(losses).all()
    assert np.mean(losses[-50:]) < np.mean(losses[:10])


@pytest.mark.parametrize("objective", ["reconstruct", "masked", "mixed"])
def test_weights_that_are_read_again_give_the_same(objective, tmp_path):
    model, _, scores = trained(counts(1, 200), objective=objective)
    assert np.isfinite(list(scores.values())).all()
    path = tmp_path / "0.safetensors"
    save_model(path, model, name="lfads", options=SMALL)
    found = load_model(path)
    with torch.no_grad():
        assert torch.equal(found(counts()), model.eval()(counts()))
    assert found.context == 16


# a known truth


def lorenz(bins, step=0.04):
    """A course (bins, 3) of the Lorenz system, standardised."""
    x, found = np.array([1.0, 1.0, 20.0]), []
    for n in range(10 * (bins + 100)):
        slope = [10 * (x[1] - x[0]), x[0] * (28 - x[2]) - x[1], x[0] * x[1] - 8 / 3 * x[2]]
        x = x + step / 10 * np.array(slope)
        if n % 10 == 0:
            found.append(x)
    found = np.array(found)[100:]
    return (found - found.mean(0)) / found.std(0)


def recovered(found, truth, split):
    """r2 on validation of a linear map from latents to the truth, fitted on train."""
    fitted, judged = split == 0, split == 1
    features = np.column_stack([found, np.ones(len(found))])
    weights = np.linalg.lstsq(features[fitted], truth[fitted], rcond=None)[0]
    error = np.square(truth[judged] - features[judged] @ weights).sum()
    return 1 - error / np.square(truth[judged] - truth[fitted].mean(0)).sum()


def test_it_finds_the_lorenz_system_in_noise():
    rng, bins = np.random.default_rng(0), 1500
    truth, split = lorenz(bins), np.repeat([0, -1, 1], [1200, 10, 290]).astype("i1")
    signal = truth @ rng.standard_normal((3, 60))
    activity = (signal + 4 * rng.standard_normal(signal.shape)).astype("f4")
    options = {"generator": 32, "controller": 32, "ramp": 100, "scale": "linear", "dropout": 0.1}
    settings = {"steps": 300, "evaluate_every": 100, "batch_size": 16, "learning_rate": 1e-2}
    model, _, _ = trained(
        torch.from_numpy(activity)[None], split, options=options, window=32, **settings
    )
    with torch.no_grad():
        parts = [model.encode(torch.from_numpy(activity[split == n])[None])[0] for n in (0, 1)]
    found = np.zeros((bins, DIMS))
    for n, part in enumerate(parts):
        found[split == n] = part.numpy()
    centred = activity - activity[split == 0].mean(0)
    components = np.linalg.svd(centred[split == 0], full_matrices=False)[2][:3]
    of_pca = recovered(centred @ components.T, truth, split)
    assert recovered(found, truth, split) > of_pca + 0.05, of_pca


# a job that is killed


def test_training_that_goes_on_ends_with_the_same_bytes(tmp_path):
    """Stopped at the third evaluation, it goes on from the second."""
    activity, path = counts(1, 200), tmp_path / "state.pt"
    recipe = recipe_of(WINDOWS | {"objective": "masked", "steps": 30, "evaluate_every": 6})

    def stopped(history):
        if len(history) == 3:
            raise KeyboardInterrupt

    def weights(after_evaluation=None):
        torch.manual_seed(0)
        model = build_model("lfads", NEURONS, DIMS, SMALL | {"ramp": 20})
        train(
            model,
            activity,
            SPLIT,
            recipe,
            seed=0,
            state_path=path,
            after_evaluation=after_evaluation,
        )
        path.unlink()
        save_model(tmp_path / "0.safetensors", model, name="lfads", options=SMALL)
        return (tmp_path / "0.safetensors").read_bytes()

    expected = weights()
    with pytest.raises(KeyboardInterrupt):
        weights(stopped)
    assert path.exists() and weights() == expected
