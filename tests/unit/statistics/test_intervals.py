"""Scores and their intervals: second libraries, loops by hand, and coverage of simulated truth."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import mean_squared_error, r2_score

from nma.statistics.intervals import (
    Estimate,
    Interval,
    block_sums,
    jackknife,
    mean_interval,
    median_interval,
    per_entry,
    pooled_r2,
    wilson,
)
from nma.statistics.r2 import r2, squared_errors

BINS, NEURONS = 120, 7


def data(seed=0):
    """Test activity and a reconstruction of it, (bins, neurons)."""
    rng = np.random.default_rng(seed)
    activity = rng.gamma(1, rng.uniform(0.5, 3, NEURONS), (BINS, NEURONS))
    return activity, activity + rng.normal(0, 0.5, activity.shape)


def scores_of(activity, reconstruction, train_mean):
    error, deviation = squared_errors(activity, reconstruction, train_mean)
    error, deviation = error.sum(1), deviation.sum(1)
    return {"r2": pooled_r2(error, deviation), "mse": per_entry(error, activity.shape[1])}


# r2


def test_r2_of_each_neuron_is_scikit_learns_where_the_means_agree():
    activity, reconstruction = data()
    error, deviation = squared_errors(activity, reconstruction, activity.mean(axis=0))
    expected = r2_score(activity, reconstruction, multioutput="raw_values")
    np.testing.assert_allclose(r2(error.sum(0), deviation.sum(0)), expected)


def test_pooled_r2_sums_over_neurons_first():
    activity, reconstruction = data()
    scores = scores_of(activity, reconstruction, activity.mean(axis=0))
    expected = r2_score(activity, reconstruction, multioutput="variance_weighted")
    assert scores["r2"][0] == pytest.approx(expected)
    assert scores["r2"][0] != pytest.approx(r2_score(activity, reconstruction), abs=1e-3)


def test_mse_is_scikit_learns():
    activity, reconstruction = data()
    scores = scores_of(activity, reconstruction, activity.mean(axis=0))
    assert scores["mse"][0] == pytest.approx(mean_squared_error(activity, reconstruction))


def test_deviation_is_from_the_mean_of_train():
    """On the test block that mean is a worse predictor than the block's own."""
    activity, reconstruction = data()
    train_mean = np.full(NEURONS, 0.5)
    sse = sum((activity[t, n] - reconstruction[t, n]) ** 2 for t, n in np.ndindex(BINS, NEURONS))
    sst = sum((activity[t, n] - 0.5) ** 2 for t, n in np.ndindex(BINS, NEURONS))
    assert scores_of(activity, reconstruction, train_mean)["r2"][0] == pytest.approx(1 - sse / sst)


def test_the_train_mean_predicts_nothing_and_the_truth_all():
    activity, _ = data()
    train_mean = np.linspace(0, 1, NEURONS)
    nothing = scores_of(activity, np.broadcast_to(train_mean, activity.shape), train_mean)
    assert nothing["r2"][:3] == (0, 0, 0)
    assert scores_of(activity, activity, train_mean)["r2"][:3] == (1, 1, 1)


def test_r2_is_nan_where_there_is_nothing_to_explain():
    values = r2(np.array([0.0, 1.0, 1.0]), np.array([0.0, 0.0, 4.0]))
    assert np.isnan(values[:2]).all()
    assert values[2] == 0.75


def test_squares_are_summed_in_double_precision():
    error, deviation = squared_errors(
        np.full((2, 1), 1e4, "f4"), np.full((2, 1), 1e4 + 1, "f4"), np.zeros(1, "f4")
    )
    assert error.dtype == deviation.dtype == np.float64
    assert error.tolist() == [[1], [1]]
    assert deviation.tolist() == [[1e8], [1e8]]


# blocks


def test_blocks_are_consecutive_and_nearly_equal():
    assert block_sums(np.arange(10.0), 5).tolist() == [1, 5, 9, 13, 17]
    assert block_sums(np.ones(23), 10).tolist() == [3, 3, 3, 2, 2, 2, 2, 2, 2, 2]
    assert block_sums(np.ones(4), 10).tolist() == [1, 1, 1, 1]
    assert len(block_sums(np.ones(500))) == 10


# the jackknife


def test_the_jackknife_is_a_loop_that_leaves_one_out():
    rng = np.random.default_rng(0)
    error, deviation = rng.gamma(5, 1, 8), rng.gamma(9, 1, 8)
    left_out = []
    for i in range(8):
        kept = [j for j in range(8) if j != i]
        left_out.append(1 - sum(error[kept]) / sum(deviation[kept]))
    mean = sum(left_out) / 8
    standard_error = (7 / 8 * sum((value - mean) ** 2 for value in left_out)) ** 0.5
    value = 1 - error.sum() / deviation.sum()
    half = stats.t.ppf(0.975, 7) * standard_error
    expected = (value, value - half, value + half)
    assert jackknife(r2, error, deviation) == pytest.approx(expected)


def test_the_jackknife_of_a_mean_is_students_interval():
    """For a mean the delete-one standard error is the usual one, exactly."""
    values = np.random.default_rng(0).normal(3, 2, 12)
    expected = stats.t.interval(0.95, 11, loc=values.mean(), scale=stats.sem(values))
    mean, low, high = jackknife(np.divide, values, np.ones(12))
    assert mean == pytest.approx(values.mean())
    assert (low, high) == pytest.approx(expected)


def test_one_block_has_no_interval():
    value, low, high = jackknife(r2, np.array([1.0]), np.array([4.0]))
    assert value == 0.75
    assert np.isnan([low, high]).all()


def test_intervals_cover_the_truth_as_often_as_they_say():
    """Unit noise around a signal of variance 3: r2 = 0.75 and mse = 1 in the long run."""
    rng = np.random.default_rng(0)
    covered = {"r2": 0, "mse": 0}
    draws = 300
    for _ in range(draws):
        signal = rng.normal(0, 3**0.5, (200, 3))
        scores = scores_of(signal + rng.normal(size=(200, 3)), signal, np.zeros(3))
        for metric, truth in {"r2": 0.75, "mse": 1}.items():
            _, low, high, _ = scores[metric]
            covered[metric] += low < truth < high
    # 95 % of 300 have a standard deviation of 1.3 %; three of them, and one for so few blocks.
    assert 0.90 * draws <= covered["r2"] <= 0.99 * draws
    assert 0.90 * draws <= covered["mse"] <= 0.99 * draws


# the table's scores


@pytest.mark.parametrize(("bins", "blocks"), [(120, 10), (13, 10), (10, 10), (6, 6), (1, 1)])
def test_scores_say_from_how_many_blocks_they_come(bins, blocks):
    activity, reconstruction = data()
    scores = scores_of(activity[:bins], reconstruction[:bins], np.zeros(NEURONS))
    assert set(scores) == {"r2", "mse"}
    for value, low, high, n in scores.values():
        assert n == blocks
        assert np.isnan(low) if blocks == 1 else low < value < high


def test_mse_of_blocks_of_unequal_length():
    """Weighted by bins, not a mean of means."""
    error = np.arange(13.0)
    value = per_entry(error, 2)[0]
    assert value == pytest.approx(error.sum() / (13 * 2))


# intervals over seeds


@pytest.mark.parametrize("values", [[1.0, 2.0], [0.3, 0.1, 0.4, 0.15], list(range(40))])
def test_the_interval_of_a_mean_is_students(values):
    expected = stats.t.interval(0.95, len(values) - 1, loc=np.mean(values), scale=stats.sem(values))
    mean, low, high = mean_interval(values)
    assert mean == pytest.approx(np.mean(values))
    assert (low, high) == pytest.approx(expected)


def test_a_single_value_has_no_interval():
    mean, low, high = mean_interval([0.4])
    assert mean == 0.4
    assert np.isnan([low, high]).all()


@pytest.mark.parametrize(("count", "n"), [(0, 10), (7, 10), (10, 10), (113, 1018)])
def test_the_interval_of_a_share_is_wilsons(count, n):
    expected = stats.binomtest(count, n).proportion_ci(0.95, method="wilson")
    found = wilson(count, n)
    assert found == pytest.approx((count / n, expected.low, expected.high), abs=1e-12)


@pytest.mark.parametrize("n", [1, 5, 6, 7, 20, 301])
def test_the_interval_of_a_median_is_that_of_scipys_quantile_test(n):
    values = np.random.default_rng(n).gamma(1, size=n)
    expected = stats.quantile_test(values, p=0.5).confidence_interval()
    found = median_interval(values)
    assert found.value == np.median(values)
    np.testing.assert_array_equal(found[1:], (expected.low, expected.high))


def test_values_have_names_and_can_be_unpacked():
    error, deviation = np.arange(1.0, 31), np.full(30, 40.0)
    value, low, high, n = found = pooled_r2(error, deviation)
    assert isinstance(found, Estimate) and (found.value, found.n) == (value, n)
    assert found.low == low < value < high == found.high and n == 10
    value, low, high = found = wilson(3, 9)
    assert isinstance(found, Interval) and found == (found.value, found.low, found.high)
    assert Estimate(1.0).n == 1 and np.isnan(Estimate(1.0)[1:3]).all()
