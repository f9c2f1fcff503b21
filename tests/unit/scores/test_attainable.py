"""What is attainable: against dense computations, a smoother, and the truth of a simulation."""

import h5py
import numpy as np
import pytest
from scipy.linalg import block_diag, toeplitz
from scipy.optimize import minimize
from scipy.stats import gamma

from nma.preprocessing.masks import read_masks
from nma.preprocessing.splits import in_split
from nma.preprocessing.tensors import read_tensor
from nma.scores import attainable
from nma.scores.attainable import (
    Parameters,
    attainable_scores,
    chain_precision,
    chained,
    posterior_mode,
    posterior_variance,
    predicted_rates,
    true_parameters,
)
from nma.scores.truth import ceiling_scores
from nma.state_space.kalman import smooth

SHAPE = 1.7


def parameters_of(neurons, decay, shape=SHAPE, size=1.0, seed=1, angle=0.0):
    """Random loadings of drives of standard deviation `size`."""
    rng = np.random.default_rng(seed)
    loadings = rng.standard_normal((neurons, len(decay)))
    loadings *= size / np.linalg.norm(loadings, axis=1, keepdims=True)
    return Parameters(
        loadings, np.array(decay), rng.normal(0, 0.5, neurons), shape, np.array(angle)
    )


def transition_of(parameters):
    """The matrix (latents, latents) that takes latents from one bin to the next, noise aside."""
    angle = np.broadcast_to(parameters.angle, len(parameters.decay))
    blocks, latent = [], 0
    while latent < len(angle):
        cos, sin = np.cos(angle[latent]), np.sin(angle[latent])
        block = np.array([[cos, -sin], [sin, cos]]) if sin else np.eye(1)
        blocks.append(parameters.decay[latent] * block)
        latent += len(block)
    return block_diag(*blocks)


def covariance_of(parameters, bins):
    """The covariance of the latents of a run of bins (bins x latents, bins x latents)."""
    transition = transition_of(parameters)
    powers = [np.linalg.matrix_power(transition, lag) for lag in range(bins)]
    return np.block(
        [[powers[t - u] if t >= u else powers[u - t].T for u in range(bins)] for t in range(bins)]
    )


def drawn(parameters, bins, seed=2):
    """Rates and activity (bins, neurons) with these parameters."""
    rng = np.random.default_rng(seed)
    latents = rng.standard_normal((bins, len(parameters.decay)))
    transition = transition_of(parameters)
    for t in range(1, bins):
        latents[t] *= np.sqrt(1 - parameters.decay**2)
        latents[t] += transition @ latents[t - 1]
    rates = np.exp(parameters.baseline + latents @ parameters.loadings.T)
    return rates, rates * rng.gamma(parameters.shape, 1 / parameters.shape, rates.shape)


def r2_of_hidden(parameters, activity, visible, rates):
    """r2 of the rates of hidden entries, around their mean."""
    hidden = ~visible
    error = np.square(predicted_rates(parameters, activity, visible) - rates)[hidden].sum()
    return 1 - error / np.square(rates - rates.mean(axis=0))[hidden].sum()


@pytest.mark.parametrize("bins", [1, 2, 12])
def test_the_prior_is_that_of_courses_whose_covariance_falls_exponentially(bins):
    decay = np.array([0.9, 0.3])
    precision = chain_precision(decay, bins)
    for number, value in enumerate(decay):
        covariance = toeplitz(value ** np.arange(bins))
        unit = np.zeros((bins, 2))
        for t in range(bins):
            unit[:, number] = covariance[:, t]
            np.testing.assert_allclose(
                chained(precision, unit)[:, number], np.eye(bins)[t], atol=1e-12
            )


PAIRS = {"decay": [0.95, 0.95, 0.8, 0.8, 0.4], "angle": [0.5, 0.5, 2.0, 2.0, 0.0]}


@pytest.mark.parametrize("bins", [1, 2, 12])
def test_the_prior_of_pairs_is_that_of_courses_that_turn(bins):
    parameters = parameters_of(3, **PAIRS)
    precision = chain_precision(parameters.decay, bins, parameters.angle)
    columns = covariance_of(parameters, bins).T.reshape(-1, bins, 5)
    found = np.array([chained(precision, column).ravel() for column in columns])
    np.testing.assert_allclose(found, np.eye(5 * bins), atol=1e-11)


@pytest.mark.parametrize("hidden", ["neurons", "entries"])
@pytest.mark.parametrize("latents", [{"decay": [0.9, 0.6, 0.3]}, PAIRS])
def test_the_mode_is_that_of_the_dense_posterior(hidden, latents, monkeypatch):
    monkeypatch.setattr(attainable, "ENOUGH", 1e-12)
    bins, parameters = 12, parameters_of(6, **latents)
    _, activity = drawn(parameters, bins)
    visible = np.random.default_rng(3).random(activity.shape) < 0.7
    if hidden == "neurons":
        visible = np.broadcast_to(visible[0], activity.shape)
    precision = np.linalg.inv(covariance_of(parameters, bins))

    def improbability(flat):
        latents = flat.reshape(bins, -1)
        rates = np.exp(parameters.baseline + latents @ parameters.loadings.T)
        likelihood = gamma.logpdf(activity, SHAPE, scale=rates / SHAPE)
        return 0.5 * flat @ precision @ flat - likelihood[visible].sum()

    dense = minimize(improbability, np.zeros(len(precision)), tol=1e-8).x.reshape(bins, -1)
    np.testing.assert_allclose(posterior_mode(parameters, activity, visible), dense, atol=1e-4)


@pytest.mark.parametrize("latents", [{"decay": [0.95, 0.8, 0.5, 0.2]}, PAIRS])
def test_variances_are_those_of_a_smoother_in_the_middle_of_a_long_run(latents):
    parameters = parameters_of(20, **latents)
    decay, loadings, angle = parameters.decay, parameters.loadings, parameters.angle
    information = SHAPE * loadings[:15].T @ loadings[:15]
    noise = np.diag(1 - decay**2)
    empty = np.zeros((400, len(decay)))
    middle = smooth(transition_of(parameters), noise, information, empty)
    covariance = middle.covariances[middle.index[200]]
    expected = np.einsum("nk,kl,nl->n", loadings, covariance, loadings)
    found = posterior_variance(decay, information, loadings, angle)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    prior = posterior_variance(decay, np.zeros_like(information), loadings, angle)
    np.testing.assert_allclose(prior, np.square(loadings).sum(axis=1), rtol=0.01)


def test_variances_of_hidden_entries_are_those_of_a_smoother_on_average():
    """Of few neurons, where it matters most that an entry did not see itself."""
    parameters = parameters_of(12, [0.5, 0.4, 0.3, 0.2])
    decay, loadings = parameters.decay, parameters.loadings
    _, activity = drawn(parameters, 1000)
    visible = np.random.default_rng(3).random(activity.shape) < 0.75
    exact = smooth(
        np.diag(decay),
        np.diag(1 - decay**2),
        lambda t: SHAPE * (loadings.T * visible[t]) @ loadings,
        np.zeros((1000, 4)),
    )
    expected = np.array(
        [np.einsum("nk,kl,nl->n", loadings, exact.covariances[i], loadings) for i in exact.index]
    )
    drive = posterior_mode(parameters, activity, visible) @ loadings.T
    found = 2 * (
        np.log(predicted_rates(parameters, activity, visible)) - parameters.baseline - drive
    )
    assert found[~visible].mean() == pytest.approx(expected[~visible].mean(), rel=0.1)


def test_with_hardly_any_noise_hidden_rates_are_known():
    parameters = parameters_of(60, [0.9, 0.6, 0.3], shape=1000)
    rates, activity = drawn(parameters, 300)
    neurons = np.broadcast_to(np.arange(60) < 45, rates.shape)
    entries = np.random.default_rng(3).random(rates.shape) < 0.75
    for visible in (neurons, entries):
        assert r2_of_hidden(parameters, activity, visible, rates) > 0.99


def test_without_signal_the_prediction_is_the_mean_rate():
    parameters = parameters_of(20, [0.9, 0.5], size=1e-6)
    _, activity = drawn(parameters, 50)
    found = predicted_rates(parameters, activity, np.ones(activity.shape, bool))
    np.testing.assert_allclose(found, np.exp(parameters.baseline) * np.ones((50, 1)), rtol=1e-4)


def test_predictions_are_right_on_average():
    """The expectation of a rate is above the rate at the mode: exp is convex."""
    parameters = parameters_of(40, [0.9, 0.8, 0.7, 0.6, 0.5])
    rates, activity = drawn(parameters, 5000)
    visible = np.broadcast_to(np.arange(40) < 30, activity.shape)
    found = predicted_rates(parameters, activity, visible)[:, 30:]
    assert found.mean() == pytest.approx(rates[:, 30:].mean(), rel=0.02)
    latents = posterior_mode(parameters, activity, visible)
    of_mode = np.exp(parameters.baseline + latents @ parameters.loadings.T)[:, 30:]
    assert of_mode.mean() < 0.95 * rates[:, 30:].mean()


@pytest.mark.parametrize(
    "wrong",
    [
        lambda p: p._replace(loadings=1.5 * p.loadings),
        lambda p: p._replace(loadings=p.loadings + 0.1 * np.sign(p.loadings[::-1])),
        lambda p: p._replace(decay=p.decay**4),
        lambda p: p._replace(decay=p.decay[::-1]),
        lambda p: p._replace(baseline=p.baseline + 0.2),
        lambda p: p._replace(shape=10 * p.shape),
        lambda p: p._replace(shape=p.shape / 10),
    ],
)
def test_no_other_parameters_do_better(wrong):
    parameters = parameters_of(60, [0.97, 0.95, 0.9, 0.8, 0.6, 0.3])
    rates, activity = drawn(parameters, 3000)
    visible = np.broadcast_to(np.arange(60) < 45, activity.shape)
    true, other = (
        r2_of_hidden(p, activity, visible, rates) for p in (parameters, wrong(parameters))
    )
    assert other < true - 0.005


def test_hidden_activity_does_not_matter():
    parameters = parameters_of(20, [0.9, 0.6, 0.3])
    _, activity = drawn(parameters, 100)
    visible = np.random.default_rng(3).random(activity.shape) < 0.75
    changed = np.where(visible, activity, 1e3)
    found = [predicted_rates(parameters, x, visible) for x in (activity, changed)]
    np.testing.assert_array_equal(*found)
    found = predicted_rates(parameters, np.where(visible, 2 * activity, activity), visible)
    assert not np.allclose(found, predicted_rates(parameters, activity, visible), rtol=0.1)


def test_very_noisy_activity_of_strong_latents_has_a_mode():
    parameters = parameters_of(40, [0.95, 0.6], shape=0.2, size=3)
    _, activity = drawn(parameters, 200)
    found = predicted_rates(parameters, activity, np.ones(activity.shape, bool))
    assert np.isfinite(found).all()


@pytest.fixture
def of_layer(simulated_layer):
    """make(normalise, bin_width): the arguments of attainable_scores for one simulated layer."""

    def make(normalise, bin_width=2):
        paths = simulated_layer(normalise, bin_width)
        with h5py.File(paths["layer"]) as file:
            activity = file["activity"][:]
        masks = read_masks(paths["hidden"])
        return [read_tensor(paths["tensor"]), masks, activity, paths["truth"]]

    return make


def values(scores):
    return {(score.metric, score.split): score.value for score in scores}


def test_parameters_are_those_of_the_simulation(of_layer):
    tensor, _, _, truth = of_layer("none")
    parameters = true_parameters(truth, tensor.neuron_ids)
    with h5py.File(truth) as file:
        latents = file["latents"][:] / np.sqrt(file["latent_variances"][:])
        rates = np.stack([file["rates"][number] for number in tensor.neuron_ids])
    found = np.exp(parameters.baseline + latents @ parameters.loadings.T)
    np.testing.assert_allclose(found.T, rates, rtol=1e-3)
    lag_1 = [np.corrcoef(x[1:], x[:-1])[0, 1] for x in latents.T]
    np.testing.assert_allclose(lag_1, parameters.decay, atol=0.06)


@pytest.mark.parametrize(("normalise", "bin_width"), [("zscore", 2), ("mean", 2), ("none", 3)])
def test_scores_are_below_those_of_the_true_rates_and_not_by_much(of_layer, normalise, bin_width):
    arguments = of_layer(normalise, bin_width)
    scores, truth = attainable_scores(*arguments), arguments[-1]
    found, ceiling = values(scores), values(ceiling_scores(arguments[0], truth))
    assert {score.source for score in scores} == {"attainable"}
    assert len(found) == len(scores) == 4
    for (metric, split), value in found.items():
        assert 0.6 * ceiling["ceiling_r2", split] < value < ceiling["ceiling_r2", split], metric


def test_each_split_is_predicted_from_its_own_visible_entries(of_layer):
    tensor, masks, activity, truth = of_layer("zscore")
    before = values(attainable_scores(tensor, masks, activity, truth))
    elsewhere = np.repeat(~in_split(tensor.split, "test"), 2)
    hidden = np.repeat(masks.entries, 2, axis=0).T
    for changed in (elsewhere, hidden):
        after = values(attainable_scores(tensor, masks, np.where(changed, 9, activity), truth))
        assert after["masked_r2", "test"] == before["masked_r2", "test"]
        same = after["cosmooth_r2", "test"] == before["cosmooth_r2", "test"]
        assert same == (changed is elsewhere)


def test_nothing_is_attainable_where_bins_were_divided_by_their_mean(of_layer):
    assert attainable_scores(*of_layer("population")) == []
