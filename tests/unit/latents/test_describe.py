"""A source on one layer, scored; and a baseline whose dims validation chooses."""

from dataclasses import dataclass

import numpy as np
import pytest
from tensor_files import tensor

from nma.latents.baselines import chosen, encode
from nma.latents.describe import describe
from nma.preprocessing.masks import Masks, hidden_entries, neuron_folds
from nma.preprocessing.tensors import Tensor

NEURONS, DIMS = 8, 2
SPLIT = np.repeat([0, -1, 1, -1, 2], [60, 2, 20, 2, 30]).astype("i1")
HELD_OUT = SPLIT > 0


@pytest.fixture
def layer():
    return tensor(np.random.default_rng(0).gamma(2, 1, (len(SPLIT), NEURONS)).astype("f4"), SPLIT)


@pytest.fixture
def masks():
    return Masks(neuron_folds(NEURONS, 0), hidden_entries(len(SPLIT), NEURONS, 0))


@dataclass
class Shrunk:
    """Knows the activity of each segment, and predicts so much of it."""

    tensor: Tensor
    share: float

    def latents(self, centred, visible):
        return centred[:, :DIMS]

    def predict(self, centred, visible):
        known, length = self.tensor.centred, len(centred)
        (start,) = (
            first
            for first in range(len(known) - length + 1)
            if np.allclose(known[first : first + length][visible], centred[visible])
        )
        return self.share * known[start : start + length]


def test_errors_of_a_source_that_knows_a_share_of_everything(layer, masks):
    """Squared errors are the squared rest; half of activity less the mean leaves a quarter."""
    half = Shrunk(layer, 0.5)
    latents, reconstruction = encode(half, layer)
    assert latents.shape == (len(SPLIT), DIMS)
    found = describe(layer, masks, latents, reconstruction, half.predict).sums
    for kind in ("cosmooth", "masked"):
        error, deviation = found[f"{kind}_error"], found[f"{kind}_deviation"]
        np.testing.assert_allclose(error[HELD_OUT], deviation[HELD_OUT] / 4, rtol=1e-5)
        assert np.isnan(error[~HELD_OUT]).all()
    squares = np.square(layer.centred, dtype=float).sum(axis=1)
    np.testing.assert_allclose(found["squared_deviation"], squares, rtol=1e-5)
    np.testing.assert_allclose(found["squared_error"], squares / 4, rtol=1e-4)
    np.testing.assert_allclose(found["r2_test"], 0.75, atol=1e-4)


def test_entries_may_have_a_predictor_of_their_own(layer, masks):
    half, most = Shrunk(layer, 0.5), Shrunk(layer, 0.9)
    known = (layer, masks, *encode(half, layer), half.predict)
    found = describe(*known, predict_entries=most.predict).sums
    for kind, left in {"cosmooth": 0.25, "masked": 0.01}.items():
        error, deviation = (found[f"{kind}_{part}"][HELD_OUT] for part in ("error", "deviation"))
        np.testing.assert_allclose(error, left * deviation, rtol=1e-2)


def test_validation_chooses_the_dims(layer, masks):
    fits = {3: Shrunk(layer, 0.2), 5: Shrunk(layer, 0.8), 10: Shrunk(layer, 1.6)}
    best, attributes, datasets = chosen(fits, layer, masks)
    assert best == {"cosmooth": fits[5], "masked": fits[5]}
    assert attributes["dims_tried"] == [3, 5, 10]
    expected = [1 - (1 - share) ** 2 for share in (0.2, 0.8, 1.6)]
    for kind in best:
        np.testing.assert_allclose(attributes[f"{kind}_r2_validation"], expected, rtol=1e-4)
    assert datasets["cosmooth_error_of_dims"].shape == (len(SPLIT), 3)
