"""Networks of a layer share what its LDS makes of hidden activity, which is written once."""

import numpy as np
import pytest
from tensor_files import write_tensor

from nma.blocks.lds_start import read_start
from nma.latents.corrections import fit_corrections
from nma.latents.describe import describe
from nma.latents.networks import chunks, encode, know_estimates, predictor
from nma.latents.state_space import encode_lds
from nma.preprocessing.masks import read_masks, write_masks
from nma.preprocessing.tensors import read_tensor
from nma.state_space.corrected import CorrectedLDS, read_corrected
from nma.training.weights import build_model

NEURONS, BINS, DIMS = 16, 640, 3
SPLIT = np.repeat([0, -1, 1, -1, 2], [300, 2, 216, 2, 120]).astype("i1")


def curved(rng):
    """Activity that is a curved function of slow latents: kernel ridge sees what no LDS does."""
    z = np.zeros((BINS, 2))
    for t in range(1, BINS):
        z[t] = 0.9 * z[t - 1] + 0.4 * rng.normal(size=2)
    features = np.column_stack([z, z**2, z[:, :1] * z[:, 1:]])
    activity = features @ rng.normal(size=(5, NEURONS)) + 0.3 * rng.normal(size=(BINS, NEURONS))
    return activity.astype("f4") + 2


@pytest.fixture(scope="module", params=["complete", "missing"])
def files(request, tmp_path_factory):
    """tensor, hidden, fits, corrections."""
    folder, rng = tmp_path_factory.mktemp(request.param), np.random.default_rng(0)
    paths = [folder / f"{name}.h5" for name in ("tensor", "hidden", "fits", "corrections")]
    missing = rng.random((BINS, NEURONS)) < 0.02 if request.param == "missing" else None
    write_tensor(paths[0], curved(rng), SPLIT, missing=missing)
    write_masks(paths[0], paths[1], seed=1)
    encode_lds(*paths[:3], folder / "latents.h5")
    fit_corrections(*paths)
    return paths


def started(files, tensor):
    """A residual network that corrects the LDS of its layer."""
    model = build_model("residual_rnn", NEURONS, DIMS, {}).eval()
    model.lds = read_start(files[2:], tensor, DIMS)
    model.start(None, "masked")
    model.lds.remembered.clear()
    for weight in model.parameters():
        weight.data += 0.01
    return model


def test_scores_with_known_estimates_are_those_without(files, monkeypatch):
    tensor, masks = read_tensor(files[0]), read_masks(files[1])
    train = tensor.centred[SPLIT == 0]
    assert read_corrected(*files[2:], train).neurons.fits  # a baseline is part of the estimates

    def sums():
        found = encode(model, tensor.activity, tensor.split, tensor.present)
        return describe(tensor, masks, *found, predictor(model, tensor.train_mean)).sums

    model = started(files, tensor)
    expected = sums()
    monkeypatch.setattr(CorrectedLDS, "predict", None)  # is not asked again
    know_estimates(model.lds, tensor, masks, files[3])
    for name, values in sums().items():
        np.testing.assert_allclose(values, expected[name], rtol=1e-3, atol=1e-4, err_msg=name)


def test_each_chunk_of_a_long_run_is_known(files, monkeypatch):
    monkeypatch.setattr("nma.latents.networks.CHUNK", 100)
    monkeypatch.setattr("nma.latents.networks.MARGIN", 50)
    tensor, masks = read_tensor(files[0]), read_masks(files[1])
    assert len(list(chunks(300))) == 3
    model = started(files, tensor)
    know_estimates(model.lds, tensor, masks, files[3])
    monkeypatch.setattr(CorrectedLDS, "predict", None)
    found = encode(model, tensor.activity, tensor.split, tensor.present)
    describe(tensor, masks, *found, predictor(model, tensor.train_mean))
