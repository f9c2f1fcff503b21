"""Simulated trials: the keys of the published file, known shares, the same bytes every time."""

import numpy as np
import pytest

from nma.io.errors import InputError
from nma.io.hdf5 import open_h5
from nma.recordings.formats.npy import read_npy
from nma.recordings.import_trials import import_trials
from nma.recordings.trial_simulation import TrialSimulation, simulate_trials, tuning
from nma.statistics.angles import centres

KEYS = {
    "sresp", "istim", "xyz", "run", "u_spont", "v_spont", "mean_spont", "std_spont", "stimtimes",
    "frametimes", "camtimes", "info", "stat",
}  # fmt: skip


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """(fields of the raw file, {name: values} of the truth, folder)"""
    folder = tmp_path_factory.mktemp("trials")
    settings = TrialSimulation(seed=2, neurons=90, trials=3000, planes=3, latents=4, drift=0.1)
    simulate_trials(folder / "raw.npy", folder / "truth.h5", settings)
    with open_h5(folder / "truth.h5") as file:
        truth = {name: file[name][:] for name in file}
    return read_npy(folder / "raw.npy"), truth, folder


def test_the_file_has_the_published_keys_and_can_be_imported(simulated):
    raw, _, folder = simulated
    assert set(raw) == KEYS
    assert raw["sresp"].shape == (90, 3000) and raw["istim"].shape == (3000,)
    assert raw["u_spont"].shape == (90, 4) and raw["v_spont"].shape == (4, 910)
    assert np.unique(raw["xyz"][2]).size == 3 and len(raw["stat"]) == 90
    import_trials(folder / "raw.npy", folder / "recording.h5", name="a")


def test_the_same_settings_make_the_same_bytes(simulated, tmp_path):
    _, _, folder = simulated
    settings = TrialSimulation(seed=2, neurons=90, trials=3000, planes=3, latents=4, drift=0.1)
    simulate_trials(tmp_path / "raw.npy", tmp_path / "truth.h5", settings)
    for name in ("raw.npy", "truth.h5"):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_shares_of_the_variance_are_those_of_the_truth(simulated):
    """Each part of the activity explains its share of it, as by regression on the truth."""
    raw, truth, _ = simulated
    activity = raw["sresp"] / truth["gain"][:, None]
    curves = tuning(raw["istim"], truth["preferred"][:, None], truth["concentration"][:, None])
    moved = truth["loadings"] @ truth["latents"].T
    drift = truth["drift_sign"][:, None] * truth["drift"]
    for part, share in ((curves, truth["signal_share"]), (moved, 0.15), (drift, 0.1)):
        weights = (activity * part).mean(axis=1) - activity.mean(axis=1) * part.mean(axis=1)
        assert np.abs(weights**2 / part.var(axis=1) - share).mean() < 0.03
    assert truth["signal_share"].mean() == pytest.approx(0.3, abs=0.06)
    assert activity.var(axis=1).mean() == pytest.approx(1, abs=0.03)


def test_tuning_curves_have_mean_0_and_variance_1_over_the_circle():
    for concentration in (0.1, 1.0, 10.0, 100.0):
        curve = tuning(centres(2000), 1.0, np.array(concentration))
        assert curve.mean() == pytest.approx(0, abs=1e-9)
        assert curve.var() == pytest.approx(1)
        assert centres(2000)[curve.argmax()] == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"signal": 0.9}, "signal: found 0.9, expected at most 1 with shared and drift, which is"),
        ({"concentrations": (5, 2)}, "concentrations: found (5, 2), expected the smallest first."),
        ({"neurons": 5}, "neurons: found 5, expected at least 9, one a plane."),
    ],
)
def test_settings_that_do_not_fit_together(settings, sentence):
    with pytest.raises(InputError) as error:
        TrialSimulation(seed=0, **settings)
    assert sentence in str(error.value)
