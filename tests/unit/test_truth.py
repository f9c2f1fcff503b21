"""True rates score what the noise leaves, in closed form."""

import h5py
import numpy as np
import pytest

from nma.truth import ceiling_rows, simulated
from nma.hidden import write_hidden
from nma.recording import import_recording
from nma.simulation import simulate
from nma.slicing import slice_layers
from nma.tensors import make_tensor

SPLIT = {"train": 0.7, "validation": 0.1, "test": 0.2, "gap": 5}


@pytest.fixture(scope="module")
def layer(tmp_path_factory):
    """make(normalise): the paths of tensor, hidden entries and truth of one simulated layer."""
    folder = tmp_path_factory.mktemp("ceiling")
    paths = {n: folder / f"{n}.h5" for n in ("truth", "recording", "layer")}
    simulate(
        folder / "raw.npy", paths["truth"], seed=1, neurons=300, bins=3000, planes=1, latents=40,
        face_components=10,
    )  # fmt: skip
    import_recording(
        folder / "raw.npy", paths["recording"], name="r", bin_seconds=1.2, positions=None,
        labels=None, nan="error",
    )  # fmt: skip
    by = {"by": "whole", "count": 1, "neurons": 200, "seed": 1}
    slice_layers(paths["recording"], [paths["layer"]], **by)

    def make(normalise):
        tensor, hidden = folder / f"{normalise}.h5", folder / "hidden.h5"
        make_tensor(paths["layer"], tensor, normalise=normalise, bin_width=2, split=SPLIT)
        write_hidden(tensor, hidden, seed=1)
        return tensor, hidden, paths["truth"]

    return make


@pytest.mark.parametrize("normalise", ["zscore", "mean", "none"])
def test_scores_of_the_true_rates_are_what_the_noise_leaves(layer, normalise):
    values = {row[1]: row[4] for row in ceiling_rows(*layer(normalise)) if row[2] == "test"}
    assert 0.2 < values["ceiling_r2"] < 0.9
    for metric in ("r2", "cosmooth_r2", "masked_r2"):
        assert values[metric] == pytest.approx(values["ceiling_r2"], abs=0.02)


def test_no_other_estimate_does_better(layer):
    """Rates that are a tenth off, in either direction, score lower."""
    tensor, _, truth = layer("none")
    with h5py.File(tensor) as file:
        activity, ids = file["activity"][:], file["neuron_ids"][:]
    rates, _ = simulated(truth, ids, 2)
    errors = [np.square(activity - factor * rates).sum() for factor in (0.9, 1, 1.1)]
    assert np.argmin(errors) == 1


def test_the_noise_has_the_variance_that_is_said(layer):
    tensor, _, truth = layer("none")
    with h5py.File(tensor) as file:
        activity, ids = file["activity"][:], file["neuron_ids"][:]
    rates, variance = simulated(truth, ids, 2)
    assert (np.square(activity - rates) / variance).mean() == pytest.approx(1, abs=0.01)


def test_there_is_no_ceiling_where_bins_were_divided_by_their_mean(layer):
    assert ceiling_rows(*layer("population")) == []
