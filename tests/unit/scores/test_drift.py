"""Held-out data that are like train, and such that are not: each case breaks the rule meant for it.

The rule itself is that of the report's warnings, so these are tested together.
"""

import numpy as np
import pandas as pd
import pytest
from tensor_files import tensor

from nma.report.warnings import warnings
from nma.scores.drift import copy_scores, differences, drift_scores

NEURONS, BINS = 40, 1000
SPLIT = np.full(BINS, -1)
SPLIT[:700], SPLIT[705:800], SPLIT[805:] = 0, 1, 2
TEST = SPLIT == 2


def activity(slow=10.0, seed=0):
    """Low rank, positive, noisy (bins, neurons); slow: time constant of its latents in bins."""
    rng = np.random.default_rng(seed)
    latents, decay = np.zeros((BINS, 6)), np.exp(-1 / slow)
    shocks = rng.standard_normal(latents.shape) * np.sqrt(1 - decay**2)
    for bin in range(1, BINS):
        latents[bin] = decay * latents[bin - 1] + shocks[bin]
    rate = np.exp(0.4 * latents @ rng.standard_normal((6, NEURONS)))
    return rate * rng.gamma(1.7, 1 / 1.7, rate.shape)


def normal(values):
    train = values[SPLIT == 0]
    scale = train.std(axis=0)
    return ((values - train.mean(axis=0)) / np.where(scale, scale, 1)).astype("f4")


def warned(*layers):
    """The warnings of layers with this activity."""
    tensors = [
        tensor(normal(values), SPLIT, layer=f"L{number}") for number, values in enumerate(layers, 1)
    ]
    scores = [score for t in tensors for score in drift_scores(t) + copy_scores(t)]
    return warnings(pd.DataFrame(scores), [t.layer for t in tensors], "test")


def changed(values, change, bins=TEST):
    values = values.copy()
    values[bins] = change(values[bins])
    return values


def dark(values):
    return changed(values, lambda test: 0 * test)


@pytest.mark.parametrize("slow", [2, 10, 50])
def test_a_test_like_train_is_no_other_state(slow):
    assert warned(*(activity(slow, seed) for seed in range(5))) == []


def test_sparse_events_are_no_other_state():
    rng = np.random.default_rng(0)
    events = (rng.random((BINS, NEURONS)) < 0.01) * rng.gamma(1, 1, (BINS, NEURONS))
    assert np.mean((events == 0).all(axis=1)) > 0.5  # in most bins there is none
    assert warned(events) == []


def test_neurons_of_their_own_are_no_other_state():
    """Their correlations are chance in every block, and resemble those of train nowhere."""
    layers = [np.random.default_rng(seed).gamma(2, 1, (BINS, NEURONS)) for seed in range(20)]
    assert warned(*layers) == []


RNG = np.random.default_rng(3)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda x: x + 3 * x.std(axis=0), "the mean of the median neuron is 2."),
        (lambda x: 3 * x, "the median neuron varies 2."),
        (lambda x: x.mean(axis=0) + 0.2 * (x - x.mean(axis=0)), "the median neuron varies 0."),
        (lambda x: 0.01 * RNG.standard_normal(x.shape), "the median neuron varies 0.0"),
        (lambda x: x[:, ::-1], "the correlations of neurons correlate with those of train by "),
        (lambda x: activity(seed=9)[TEST], "the correlations of neurons correlate with those of "),
        (lambda x: np.where(np.arange(len(x))[:, None] < 97, x, 0), "in a share of 0.50 of the bi"),
        (lambda x: x * (np.arange(NEURONS) >= 10), "a share of 0.25 of the neurons is constant"),
    ],
)
def test_another_state_is_named(change, said):
    (warning,) = warned(changed(activity(), change))
    assert warning.startswith("Test is in another state than train: ") and said in warning
    assert warning.endswith("how well they describe the activity that they were fitted to.")


def test_a_steady_drift_is_another_state():
    drift = np.linspace(0, 6, BINS)[:, None]
    (*_, warning) = warned(activity() + drift * activity().std(axis=0))
    assert "Test is in another state than train: the mean of the median neuron is " in warning


def test_a_constant_test_says_nothing():
    (warning,) = warned(dark(activity()), dark(activity(seed=1)))
    assert warning.startswith("Test is constant: no neuron changes in it, as if nothing had been")
    assert "Its scores say nothing about any model." in warning and "tensors: split" in warning


def test_a_constant_layer_is_named():
    (warning,) = warned(activity(), dark(activity(seed=1)))
    assert warning.startswith("Test is in another state than train in L2: a share of 1.00 of the ")


def test_validation_has_a_meaning_of_its_own():
    (warning,) = warned(changed(activity(), lambda x: 3 * x, SPLIT == 1))
    assert warning.startswith("Validation is in another state than train: ")
    assert warning.endswith("may not be the best for the rest of the recording.")


def test_one_neuron_is_no_state():
    wild = activity()
    wild[900, 3] = 1e6
    wild[TEST, 4] *= 100
    assert warned(wild) == []


def test_measures_by_hand():
    rest = np.array([[0.0, 1, 2, 9], [2, 3, 4, 9], [0, 1, 2, 9], [2, 3, 4, 9]])
    block = np.array([[3.0, 1, 1, 9], [3.0, 5, 1, 8]])
    found = differences(block, rest, rest.std(axis=0))  # the last neuron is constant in rest
    assert found["shift_from_train"] == 2  # median of |2|, |1|, |-2| of standard deviations of 1
    assert found["spread_over_train"] == 0
    assert found["constant_neurons"] == pytest.approx(2 / 3)
    assert found["unchanged_bins"] == 0
    assert np.isnan(found["correlations_of_train"])
    assert differences(block, np.ones((3, 4)), np.zeros(4)) == {}


def test_rows_have_the_range_of_blocks_of_train():
    rows = drift_scores(tensor(normal(activity()), SPLIT))
    assert {row.split for row in rows} == {"validation", "test"}
    assert {row.n for row in rows if row.split == "validation"} == {7}
    assert {row.n for row in rows if row.split == "test"} == {3}
    values = {(row.split, row.metric): row.value for row in rows}
    for (split, metric), value in values.items():
        assert np.isfinite(value)
        if metric.endswith("_lowest"):
            assert value <= values[split, metric.replace("lowest", "highest")]
    short = np.array([0, 2, 2])
    assert drift_scores(tensor(normal(activity())[:3], short)) == []


def test_copies_are_counted_and_scores_without_them_given():
    values = activity()
    values[:, 20:30] = values[:, :10]
    (warning,) = warned(values)
    assert warning.startswith("20 of 40 neurons are copies, or nearly: within their layer they ")
    assert "so no score is without" in warning
    table = pd.DataFrame(copy_scores(tensor(normal(values), SPLIT)))
    scores = {"cosmooth_r2": (0.9, 0.8), "cosmooth_r2_without_copies": (0.2, 0.3)}
    rows = [
        {"layer": "L1", "source": source, "metric": metric, "split": "test", "value": value}
        for metric, values in scores.items()
        for source, value in zip(("ppca", "lds"), values, strict=True)
    ]
    rows = pd.DataFrame(rows).assign(seed=0, ci_low=0.0, ci_high=1.0, n=10)
    (warning,) = warnings(pd.concat([table, rows]), ["L1"], "test")
    assert warning.endswith(
        "Of neurons hidden together with their copies, LDS predicts most, with a cosmooth_r2 of "
        "0.300; with copies in sight it has 0.800."
    )
