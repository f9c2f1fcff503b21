"""Forecasts of every class of network that forecasts."""

import numpy as np
import pytest
import torch

from nma.forecasts.networks import NetworkForecaster
from nma.forecasts.origins import HORIZONS, Activity
from nma.sources import FORECASTING
from nma.training.weights import build_model

BINS, NEURONS, NOW = 160, 8, 120
SPLIT = np.repeat([0, 1, 2], [100, 30, 30])


@pytest.fixture(scope="module", params=FORECASTING)
def forecaster(request):
    """One that has seen no training but its start."""
    torch.manual_seed(0)
    model = build_model(request.param, NEURONS, 3, {})
    activity = torch.from_numpy(recording() + 2)
    model.start(activity[None, :100], "masked")
    return NetworkForecaster(model.eval(), np.full(NEURONS, 2, np.float32))


def recording():
    """Activity (bins, neurons) that is slow and skewed, less its mean."""
    rng = np.random.default_rng(0)
    slow = np.zeros((BINS, 3))
    for t in range(1, BINS):
        slow[t] = 0.9 * slow[t - 1] + 0.4 * rng.standard_normal(3)
    rates = np.exp(slow @ rng.normal(0, 0.4, (3, NEURONS)))
    activity = rates * rng.gamma(2, 0.5, rates.shape)
    return (activity - activity.mean(axis=0)).astype(np.float32)


def test_the_future_does_not_change_a_forecast_of_a_network(forecaster):
    centred, present = recording(), np.ones((BINS, NEURONS), bool)
    starts = {h: np.array([NOW - 1, NOW]) for h in HORIZONS}
    before = forecaster.forecast(Activity(centred, present, SPLIT), starts)
    centred[NOW + 1 :], present = 50, present.copy()
    present[NOW + 1 :, ::2] = False
    after = forecaster.forecast(Activity(centred, present, SPLIT), starts)
    centred[NOW] += 5
    other = forecaster.forecast(Activity(centred, present, SPLIT), starts)
    for h in HORIZONS:
        assert before[h].shape == (2, NEURONS)
        np.testing.assert_array_equal(after[h], before[h])
        np.testing.assert_allclose(other[h][0], before[h][0], rtol=1e-4, atol=1e-5)
    assert np.abs(other[1][1] - before[1][1]).max() > 1e-3  # the last bin that is seen does
