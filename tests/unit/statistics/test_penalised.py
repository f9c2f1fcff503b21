"""Ridge regressions with many penalties, against scikit-learn's."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from nma.statistics.penalised import Ridges


@pytest.mark.parametrize(("samples", "features"), [(30, 80), (80, 30)])
def test_predictions_are_those_of_ridge_regression(samples, features):
    rng = np.random.default_rng(0)
    x, y, new = (rng.standard_normal(s) for s in ((samples, features), (samples, 3), (7, features)))
    ridges = Ridges(x + 2, y + 5)
    centred = x - x.mean(axis=0)
    power = np.square(centred).sum() / min(x.shape)
    for penalty in (1e-3, 1.0):
        expected = Ridge(alpha=penalty * power).fit(x + 2, y + 5).predict(new)
        assert np.allclose(ridges.predict(new, penalty), expected)


def test_noise_gets_the_largest_penalty_and_a_line_a_small_one():
    rng = np.random.default_rng(1)
    x, judged = rng.standard_normal((2, 200, 10))
    weights = rng.standard_normal((10, 2))
    assert Ridges(x, x @ weights).best(judged, judged @ weights) == Ridges.PENALTIES[0]
    noise = rng.standard_normal((2, 200, 2))
    assert Ridges(x, noise[0]).best(judged, noise[1]) >= 1
