"""r2 by horizon, and skill over the simple forecast that validation chose."""

import numpy as np
import pytest

from nma.io.hdf5 import new_h5, put
from nma.scores.forecasts import forecast_scores

SPLIT = np.repeat([0, 1, 2], [50, 40, 60]).astype("i1")
HORIZONS = [1, 4]


def write(folder, source, validation, test, layer="L1", seed=0):
    """A file in which r2 is these numbers at both horizons; some bins weigh more than others."""
    deviation = np.random.default_rng(0).uniform(1, 9, (len(SPLIT), len(HORIZONS)))
    deviation[SPLIT == 0] = np.nan
    error = deviation.copy()
    for name, values in ((1, validation), (2, test)):
        error[name == SPLIT] *= 1 - np.array(values)
    path = folder / f"{source}_{layer}_{seed}.h5"
    with new_h5(path, source=source, layer=layer, seed=seed, bin_seconds=0.5) as file:
        for name, data in {
            "horizons": HORIZONS, "error": error, "deviation": deviation, "split": SPLIT
        }.items():  # fmt: skip
            put(file, name, data, units="", axes=())
    return path


def values(scores, metric, split="test", layer="L1"):
    """{(source, seed): value}."""
    return {
        (s.source, s.seed): pytest.approx(s.value, abs=1e-6)
        for s in scores
        if (s.metric, s.split, s.layer) == (metric, split, layer)
    }


@pytest.fixture
def scores(tmp_path):
    """Of test the autoregression is best, of validation the last bin."""
    return forecast_scores(
        [
            write(tmp_path, "last_bin", [0.3, -0.1], [0.2, -0.2]),
            write(tmp_path, "autoregression", [0.2, -0.3], [0.4, 0.1]),
            write(tmp_path, "lds", [0.4, 0.1], [0.5, 0.2]),
            write(tmp_path, "s5", [0.5, 0.3], [0.6, 0.25], seed=0),
            write(tmp_path, "s5", [0.5, 0.3], [0.4, 0.15], seed=1),
            write(tmp_path, "truth", [0.9, 0.9], [0.8, 0.7]),
            write(tmp_path, "last_bin", [0.1, 0.1], [0.1, 0.1], layer="L2"),
            write(tmp_path, "lds", [0.2, 0.2], [0.3, 0.3], layer="L2"),
        ]
    )


def test_r2_of_every_source(scores):
    assert values(scores, "forecast_r2_at_1") == {
        ("last_bin", 0): 0.2,
        ("autoregression", 0): 0.4,
        ("lds", 0): 0.5,
        ("s5", 0): 0.6,
        ("s5", 1): 0.4,
        ("truth", 0): 0.8,
    }
    assert values(scores, "forecast_r2_at_4", "validation")["last_bin", 0] == -0.1


def test_skill_of_the_lds_is_over_the_others_and_of_networks_over_all(scores):
    """Simple forecasts and the truth have none."""
    assert values(scores, "forecast_skill_at_1") == {
        ("lds", 0): 0.5 - 0.2,
        ("s5", 0): 0.6 - 0.5,
        ("s5", 1): 0.4 - 0.5,
    }


def test_the_train_mean_is_an_opponent(scores):
    """At four bins it is the best of validation besides the LDS."""
    assert values(scores, "forecast_skill_at_4")["lds", 0] == 0.2


def test_layers_are_compared_with_their_own(scores):
    assert values(scores, "forecast_skill_at_1", layer="L2") == {("lds", 0): 0.2}


def test_a_difference_that_is_the_same_in_every_bin_is_certain(scores):
    (skill,) = (
        s for s in scores
        if (s.metric, s.split, s.source, s.layer)
        == ("forecast_skill_at_1", "test", "lds", "L1")
    )  # fmt: skip
    assert skill.ci_low == pytest.approx(skill.value) == pytest.approx(skill.ci_high)
    assert skill.n == 10


def test_the_length_of_a_bin_is_told(scores):
    assert values(scores, "forecast_bin_seconds", "all") == {("raw", 0): 0.5}
