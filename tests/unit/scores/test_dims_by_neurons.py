"""Dims of draws of neurons, where the number of latents is known."""

import numpy as np
import pytest
from scipy.signal import lfilter

from nma.scores.dims_by_neurons import DRAWS, drawn, lds_dims

RNG = np.random.default_rng


def slow_latents(latents, neurons, bins=1500, sd=1.0, seed=0):
    """Activity (bins, neurons) of latents that decay in five bins, and noise."""
    rng = RNG(seed)
    z = lfilter([np.sqrt(1 - 0.8**2)], [1, -0.8], rng.standard_normal((bins, latents)), axis=0)
    y = z @ rng.standard_normal((latents, neurons)) + sd * rng.standard_normal((bins, neurons))
    return (y - y.mean(axis=0)) / y.std(axis=0)


def test_draws_are_halved_down_to_a_dozen_neurons():
    draws = drawn(104, seed=1)
    assert [len(ids) for ids in draws] == [104] + DRAWS * [52] + DRAWS * [26] + DRAWS * [13]
    assert (draws[0] == np.arange(104)).all()
    assert all((np.diff(ids) > 0).all() and ids[-1] < 104 for ids in draws)
    assert len({tuple(ids) for ids in draws}) == len(draws)
    assert all((a == b).all() for a, b in zip(draws, drawn(104, seed=1), strict=True))
    assert len(drawn(20, seed=1)) == 1


@pytest.mark.parametrize("latents", [3, 10])
def test_the_lds_needs_as_many_dims_as_there_are_latents(latents):
    y = slow_latents(latents, 60, bins=2000)
    assert lds_dims(y[:1500], y[1500:], np.arange(60) % 4) == latents


def test_noise_has_no_dims():
    y = RNG(0).standard_normal((1200, 20))
    assert lds_dims(y[:1000], y[1000:], np.arange(20) % 4) == 0
