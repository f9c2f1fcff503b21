"""Linear discriminant analysis against scikit-learn's."""

import numpy as np
import pytest
from sklearn.covariance import ledoit_wolf
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from nma.statistics.discriminant import discriminated, shrunk_covariance


def data(count, features):
    """Points of three labels, correlated features of unlike scale, and their labels."""
    rng = np.random.default_rng(0)
    labels = np.arange(count) % 3 + 4
    mixing = np.diag(rng.uniform(0.1, 5, features)) + rng.normal(0, 0.2, (features, features))
    points = (rng.standard_normal((count, features)) + 2) @ mixing
    return (points + labels[:, None] * rng.uniform(3, 6, features)).astype("f4"), labels


@pytest.mark.parametrize(("count", "features"), [(300, 1), (300, 2), (600, 80), (60, 100)])
def test_it_decodes_as_scikit_learn_does(count, features):
    points, labels = data(2 * count, features)
    fitted, asked, labels = points[:count], points[count:], labels[:count]
    priors = np.array([0.5, 0.2, 0.3])
    theirs = LinearDiscriminantAnalysis("lsqr", shrinkage="auto", priors=priors)
    expected = theirs.fit(fitted, labels).predict(asked)
    found = discriminated(fitted, labels, priors, asked)
    assert len(np.unique(expected)) > 1
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("count", [20, 2000])
def test_the_covariance_is_ledoit_and_wolfs_of_standardised_features(count):
    """Shrunk much for few points, hardly for many; a constant feature stays one."""
    points, _ = data(count, 10)
    points[:, 0] = 3
    centred = points - points.mean(axis=0, dtype=np.float64)
    deviation = np.where(np.arange(10), centred.std(axis=0), 1)
    expected = ledoit_wolf(centred / deviation)[0] * deviation * deviation[:, None]
    np.testing.assert_allclose(shrunk_covariance(centred), expected, atol=1e-5)


def test_one_point_a_label_is_its_own_nearest():
    points = np.eye(3, dtype="f4")
    found = discriminated(points, np.arange(3), np.full(3, 1 / 3), points)
    assert len(found) == 3
