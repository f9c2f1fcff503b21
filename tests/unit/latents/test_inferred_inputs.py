"""Inferred inputs in latents files, of models that have them."""

import h5py
import numpy as np
import pytest
import torch
from tensor_files import write_tensor

from encode_latents import describe_network
from nma.latents.networks import inferred_inputs
from nma.latents.writing import write_latents
from nma.preprocessing.masks import write_masks
from nma.training.weights import build_model

BINS, NEURONS = 90, 8
SPLIT = np.repeat([0, -1, 1, -1, 2], [40, 2, 20, 2, 26]).astype("i1")
ACTIVITY = np.random.default_rng(0).gamma(1, 1, (BINS, NEURONS)).astype("f4")


def network(name="lfads", **options):
    torch.manual_seed(0)
    return build_model(name, NEURONS, 2, options).eval()


@pytest.fixture
def written(tmp_path):
    """The latents file of a network, as encode_latents writes it."""

    def write(model):
        tensor, masks, out = (tmp_path / f"{name}.h5" for name in ("tensor", "hidden", "out"))
        write_tensor(tensor, ACTIVITY, SPLIT)
        write_masks(tensor, masks, seed=1)
        described = describe_network(model, tensor, masks)
        write_latents(out, [described], source="lfads", layer="L1", seed=0)
        return out

    return write


def test_they_are_written_with_their_axes(written):
    model = network(inputs=3)
    with h5py.File(written(model)) as file:
        dataset = file["inferred_inputs"]
        assert list(dataset.attrs["axes"]) == ["bin", "input"] and dataset.attrs["units"] == "1"
        assert dataset.shape == (BINS, 3) and np.isfinite(dataset[:]).all()
        assert np.array_equal(dataset[:], inferred_inputs(model, ACTIVITY, SPLIT))
        assert file["latents"].shape == (BINS, 2)


@pytest.mark.parametrize(("name", "options"), [("lfads", {"inputs": 0}), ("gru", {})])
def test_a_model_without_them_has_none(written, name, options):
    with h5py.File(written(network(name, **options))) as file:
        assert "inferred_inputs" not in file


def test_splits_do_not_meet():
    model, other = network(), ACTIVITY.copy()
    other[SPLIT == 2] += 1
    before, after = (inferred_inputs(model, x, SPLIT) for x in (ACTIVITY, other))
    changed = (before != after).any(axis=1)
    assert changed[SPLIT == 2].any() and not changed[SPLIT != 2].any()
