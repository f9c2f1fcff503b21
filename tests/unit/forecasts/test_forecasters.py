"""Simple forecasts on activity whose best forecast is known."""

import numpy as np
import pytest
from scipy.linalg import solve_discrete_are

from nma.forecasts import filters
from nma.forecasts.files import squared_sums
from nma.forecasts.fitting import simple_forecasters
from nma.forecasts.linear_dynamics import linear_dynamics
from nma.forecasts.origins import HORIZONS, Activity, origins_of, scored_origins
from nma.report.wording import above_zero
from nma.sources import FORECASTS
from nma.state_space.em import LinearDynamics
from nma.state_space.filtering import filtered_means
from nma.state_space.lds import LDS, posterior_means
from nma.state_space.transform import Transform, fit_transform
from nma.statistics.components import principal
from nma.statistics.intervals import pooled_r2

SPLIT = np.repeat([0, -1, 1, -1, 2], [3000, 5, 995, 5, 1995]).astype("i1")
TRAIN = SPLIT == 0


def activity_of(values, split=SPLIT, present=None):
    present = np.ones(values.shape, bool) if present is None else present
    centred = (values - values[split == 0].mean(axis=0)).astype("f4")
    return Activity(np.where(present, centred, 0), present, split)


def lds_of(transition, noise, loadings, variances, train):
    """The LDS of these parameters, on activity as it is."""
    found = fit_transform(train, "identity", 1.0)
    neurons = len(loadings)
    transform = Transform(*vars(found).values())
    transform = Transform("identity", 1.0, transform.lowest, transform.deviation,
                          np.zeros(neurons), np.ones(neurons))  # fmt: skip
    dynamics = LinearDynamics(transition, noise, loadings, variances)
    return LDS(transform, dynamics, np.zeros((3, neurons)), np.zeros((3, neurons)))


def arbitrary_lds(train, dims=2, seed=0):
    rng = np.random.default_rng(seed)
    transition = np.array([[0.9, 0.2], [-0.2, 0.8]])[:dims, :dims]
    loadings = rng.normal(size=(train.shape[1], dims))
    return lds_of(transition, 0.3 * np.eye(dims), loadings, np.ones(train.shape[1]), train)


def forecasters(activity):
    train = activity.centred[activity.split == 0]
    components = principal(train, min(train.shape))[0]
    return simple_forecasters(activity, components, [arbitrary_lds(train)])


def scores(activity, forecaster, split="test"):
    """{horizon: r2 with its interval}."""
    found = origins_of(activity.split, split)
    estimates = forecaster.forecast(activity, found)
    return {h: pooled_r2(*squared_sums(activity, found[h] + h, estimates[h])) for h in found}


@pytest.fixture(scope="module")
def white():
    return activity_of(np.random.default_rng(0).normal(size=(len(SPLIT), 20)))


@pytest.fixture(scope="module")
def slow():
    """AR(1) activity of coefficient 0.8, independent neurons."""
    rng, x = np.random.default_rng(1), np.zeros((len(SPLIT), 20))
    for t in range(1, len(x)):
        x[t] = 0.8 * x[t - 1] + 0.6 * rng.normal(size=20)
    return activity_of(x)


@pytest.mark.parametrize("source", FORECASTS)
def test_white_noise_is_not_forecast(white, source):
    """Nor do means of many bins look good, as they do next to a copy of the last bin."""
    for found in scores(white, forecasters(white)[source]).values():
        assert abs(found.value) < 1e-3 and not above_zero(found.low)


@pytest.mark.parametrize("source", ["last_bin", "autoregression", "shared_linear"])
def test_a_neurons_own_past_tells_all_of_autoregressive_activity(slow, source):
    for h, found in scores(slow, getattr(filters, source)(slow)).items():
        assert found.low <= 0.8 ** (2 * h) <= found.high
        assert found.value == pytest.approx(0.8 ** (2 * h), abs=0.02)


def test_means_of_bins_are_worse_than_the_last_bin_there(slow):
    last, mean = (scores(slow, f(slow)) for f in (filters.last_bin, filters.moving_average))
    assert mean[1].value < last[1].value - 0.05


def test_slow_signals_in_noise_are_forecast_by_means():
    rng, x = np.random.default_rng(2), np.zeros((len(SPLIT), 20))
    for t in range(1, len(x)):
        x[t] = 0.95 * x[t - 1] + np.sqrt(1 - 0.95**2) * rng.normal(size=20)
    activity = activity_of(x + 2 * rng.normal(size=x.shape))
    last, mean = (scores(activity, f(activity)) for f in (filters.last_bin, filters.moving_average))
    assert mean[1].value > last[1].value + 0.05


@pytest.fixture(scope="module")
def linear():
    """(activity of an LDS with two pairs of latents that turn, the LDS)."""
    rng, neurons = np.random.default_rng(3), 30
    turn = np.array([[np.cos(0.3), -np.sin(0.3)], [np.sin(0.3), np.cos(0.3)]])
    transition, noise = 0.9 * np.kron(np.eye(2), turn), (1 - 0.9**2) * np.eye(4)
    loadings, variances = rng.normal(size=(neurons, 4)), np.full(neurons, 3.0)
    z = np.zeros((len(SPLIT), 4))
    for t in range(1, len(z)):
        z[t] = transition @ z[t - 1] + np.sqrt(1 - 0.9**2) * rng.normal(size=4)
    x = z @ loadings.T + np.sqrt(3) * rng.normal(size=(len(z), neurons))
    activity = activity_of(x)
    return activity, lds_of(transition, noise, loadings, variances, activity.centred[TRAIN])


def test_the_lds_forecasts_as_well_as_its_covariances_say(linear):
    """Latents that are known up to the covariance of the filter, by scipy's Riccati equation."""
    activity, lds = linear
    a, q, c, r = (getattr(lds.dynamics, name)
                  for name in ("transition", "noise", "loadings", "variances"))  # fmt: skip
    ahead = solve_discrete_are(a.T, c.T, q, np.diag(r))
    gain = ahead @ c.T @ np.linalg.inv(c @ ahead @ c.T + np.diag(r))
    known = np.eye(4) - (ahead - gain @ c @ ahead)
    for h, found in scores(activity, linear_dynamics(activity, [lds])).items():
        step = c @ np.linalg.matrix_power(a, h)
        expected = np.trace(step @ known @ step.T) / np.trace(c @ c.T + np.diag(r))
        assert found.low < expected < found.high
        assert found.value == pytest.approx(expected, abs=0.02)


def test_it_is_above_all_others_there(linear):
    activity, lds = linear
    best = scores(activity, linear_dynamics(activity, [lds]))
    for source, forecaster in forecasters(activity).items():
        if source != "lds":
            assert scores(activity, forecaster)[4].value < best[4].value


def test_a_vector_autoregression_sees_other_neurons():
    """Neuron 1 copies neuron 0 one bin later."""
    rng = np.random.default_rng(4)
    lead = rng.normal(size=len(SPLIT) + 1)
    activity = activity_of(np.stack([lead[1:], lead[:-1]], axis=1))
    found = forecasters(activity)
    assert scores(activity, found["vector_autoregression"])[1].value == pytest.approx(0.5, abs=0.02)
    assert scores(activity, found["autoregression"])[1].value == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("share", [0, 0.2])
def test_filtered_latents_are_the_last_of_a_smoother(linear, share):
    """Exactly so where entries are missing."""
    activity, lds = linear
    visible = np.random.default_rng(5).random((40, 30)) >= share
    y = activity.centred[:40]
    found = filtered_means(lds.dynamics, y, visible)
    for t in (0, 1, 7, 39):
        until = slice(0, t + 1)
        smoothed = posterior_means(lds.dynamics, y[until], visible[until])
        np.testing.assert_allclose(found[t], smoothed[-1], atol=1e-4)


@pytest.mark.parametrize("source", FORECASTS)
def test_the_future_does_not_change_a_forecast(linear, source):
    activity, _ = linear
    forecaster = forecasters(activity)[source]
    now = 3500
    starts = {h: np.array([now - 1, now]) for h in HORIZONS}
    before = forecaster.forecast(activity, starts)
    centred, present = activity.centred.copy(), activity.present.copy()
    centred[now + 1 :] = np.random.default_rng(6).normal(50, 9, size=centred[now + 1 :].shape)
    present[now + 1 :, ::2] = False
    after = forecaster.forecast(Activity(centred, present, SPLIT), starts)
    centred[now] += 5
    other = forecaster.forecast(Activity(centred, activity.present, SPLIT), starts)
    for h in HORIZONS:
        np.testing.assert_allclose(after[h], before[h], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(other[h][0], before[h][0], rtol=1e-4, atol=1e-5)
    assert np.abs(other[1][1] - before[1][1]).max() > 1e-3  # the last bin that is seen does


@pytest.mark.parametrize("source", FORECASTS)
def test_it_is_fitted_without_test(linear, source):
    activity, _ = linear
    centred = activity.centred.copy()
    centred[SPLIT == 2] = np.random.default_rng(7).normal(3, 2, size=centred[SPLIT == 2].shape)
    fitted = [forecasters(a)[source] for a in (activity, activity._replace(centred=centred))]
    starts = origins_of(SPLIT, "validation")
    one, other = (forecaster.forecast(activity, starts) for forecaster in fitted)
    for h in HORIZONS:
        np.testing.assert_array_equal(one[h], other[h])


@pytest.mark.parametrize("source", FORECASTS)
def test_before_the_recording_there_is_the_train_mean(slow, source):
    """Where a context reaches back beyond its first bin."""
    found = forecasters(slow)[source].forecast(slow, {h: np.array([0, 1]) for h in HORIZONS})
    assert all(np.isfinite(estimate).all() for estimate in found.values())


def test_origins_reach_back_over_gaps_but_train_is_fitted_within():
    split = np.array([0] * 20 + [-1] * 2 + [1] * 4 + [-1] * 2 + [2] * 5, "i1")
    test, train = origins_of(split, "test"), origins_of(split, "train")
    assert list(test[1]) == [27, 28, 29, 30, 31] and list(test[16]) == [12, 13, 14, 15, 16]
    assert list(train[16]) == [0, 1, 2, 3] and train[1][-1] == 18
    both = scored_origins(split)
    for h in HORIZONS:
        assert sorted(both[h]) == sorted([*test[h], *origins_of(split, "validation")[h]])
