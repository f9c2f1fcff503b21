"""Known answers of the simulated recording: what it draws is what its settings say."""

import h5py
import numpy as np
import pytest

from nma.io.errors import InputError
from nma.recordings import simulation
from nma.recordings.dynamics import (
    latent_variances,
    on_grid,
    ornstein_uhlenbeck,
    spread_time_constants,
)
from nma.recordings.simulation import (
    draw_behaviour,
    draw_loadings,
    face_masks,
    neurons_per_plane,
    positions,
    simulate,
)
from nma.recordings.simulation_settings import Simulation

SETTINGS = {
    "seed": 3,
    "neurons": 180,
    "bins": 3000,
    "planes": 3,
    "bin_seconds": 1.2,
    "dynamics": "ou",
    "latents": 40,
    "alpha": 1.0,
    "knee": 0,
    "amplitude": 0.5,
    "time_constants": [2, 20],
    "lorenz_period": 24,
    "rnn_gain": 2.5,
    "rnn_time_constant": 1.2,
    "rotation_periods": [12, 60],
    "private": 0.2,
    "private_latents": 2,
    "smooth": 0.3,
    "smooth_um": 100,
    "gain_sd": 0.8,
    "noise_shape": 0.8,
    "behaviour_latents": 8,
    "face_components": 12,
}


def written(folder, **changes):
    """Simulate into a folder; return the bytes of the two files."""
    paths = folder / "raw.npy", folder / "truth.h5"
    simulate(*paths, Simulation(**SETTINGS | changes))
    return [path.read_bytes() for path in paths]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulated")
    written(folder)
    return folder


@pytest.fixture(scope="module")
def recording(folder):
    return np.load(folder / "raw.npy", allow_pickle=True).item()


@pytest.fixture(scope="module")
def truth(folder):
    with h5py.File(folder / "truth.h5") as file:
        return {name: dataset[:] for name, dataset in file.items()}


def shares(courses, targets):
    """R2 of each target predicted from the courses by least squares, second half of time."""
    half = len(courses) // 2
    design = np.column_stack([courses, np.ones(len(courses))])
    weights = np.linalg.lstsq(design[:half], targets[:half], rcond=None)[0]
    error = targets[half:] - design[half:] @ weights
    return 1 - np.mean(error**2, axis=0) / np.var(targets[half:], axis=0)


def test_recording_has_the_keys_types_and_shapes_of_the_stringer_file(recording):
    arrays = {name: (a.shape, a.dtype) for name, a in recording.items() if name != "stat"}
    assert arrays == {
        "sresp": ((180, 3000), np.float32),
        "xyz": ((3, 180), np.float64),
        "run": ((3000, 1), np.float64),
        "pupilArea": ((3000, 1), np.float64),
        "pupilCOM": ((3000, 2), np.float64),
        "beh_svd_time": ((3000, 12), np.float32),
        "beh_svd_mask": ((240, 320, 12), np.float32),
    }
    assert isinstance(recording["stat"], list) and len(recording["stat"]) == 180
    assert set(recording["stat"][0]) == {"npix", "med", "radius", "skew", "iplane"}


def test_values_lie_where_those_of_a_recording_lie(recording):
    x, y, z = recording["xyz"]
    assert x.min() >= 4 and x.max() <= 1010 and y.min() >= 4 and y.max() <= 1012
    assert np.unique(z).size == 3
    assert min(recording[name].min() for name in ("sresp", "run", "pupilArea")) >= 0
    assert all(np.isfinite(recording[name]).all() for name in recording if name != "stat")
    assert recording["stat"][7]["med"] == [y[7], x[7]]
    assert recording["stat"][7]["skew"] > 0


def test_truth_says_what_it_holds(folder, recording, truth):
    with h5py.File(folder / "truth.h5") as file:
        assert all({"units", "axes"} <= set(dataset.attrs) for dataset in file.values())
        assert all(len(dataset.attrs["axes"]) == dataset.ndim for dataset in file.values())
        assert {name: np.array(value).tolist() for name, value in file.attrs.items()} == SETTINGS
    assert truth["latents"].shape == (3000, 40 + 3 * 2)
    assert truth["loadings"].shape == (180, 40 + 3 * 2)
    order = np.unique(recording["xyz"][2], return_inverse=True)[1] + 1
    np.testing.assert_array_equal(truth["layers"], order)
    np.testing.assert_array_equal(np.sort(truth["layers"]), truth["layers"])


def test_same_seed_same_bytes_other_seed_others(folder, tmp_path):
    same = [(folder / name).read_bytes() for name in ("raw.npy", "truth.h5")]
    assert written(tmp_path) == same
    assert all(a != b for a, b in zip(written(tmp_path, seed=4), same, strict=True))


@pytest.mark.parametrize("block", [1, 7, 1000])
def test_block_size_changes_nothing(folder, tmp_path, monkeypatch, block):
    monkeypatch.setattr(simulation, "NEURONS_AT_ONCE", block)
    assert written(tmp_path) == [(folder / name).read_bytes() for name in ("raw.npy", "truth.h5")]


def test_rounding_takes_away_the_last_digits_alone():
    values = np.random.default_rng(0).standard_normal(1000)
    rounded = on_grid(values, 16)
    np.testing.assert_array_equal(on_grid(values * (1 + 1e-15), 16), rounded)
    np.testing.assert_allclose(rounded, values, rtol=0, atol=2**-17)
    assert np.abs(rounded - values).max() > 2**-18


def test_face_components_leave_the_neurons_alone(recording, tmp_path):
    written(tmp_path, face_components=3)
    fewer = np.load(tmp_path / "raw.npy", allow_pickle=True).item()
    np.testing.assert_array_equal(fewer["sresp"], recording["sresp"])


def test_rates_are_those_of_the_written_equation(truth):
    drive = 0.5 * truth["loadings"].astype(float) @ truth["latents"].T.astype(float)
    rates = truth["gain"][:, None] * np.exp(drive - 0.5**2 / 2)
    np.testing.assert_allclose(truth["rates"], rates, rtol=2e-5)


def test_every_drive_has_the_same_variance(truth):
    power = truth["loadings"].astype(float) ** 2 @ truth["latent_variances"]
    np.testing.assert_allclose(power, 1, rtol=1e-4)


def test_mean_rate_is_the_gain(truth):
    ratio = truth["rates"].mean(axis=1) / truth["gain"]
    assert np.mean(ratio) == pytest.approx(1, abs=0.03)


def test_gain_is_log_normal_with_mean_1(tmp_path):
    written(tmp_path, neurons=5000, bins=20, gain_sd=0.6)
    with h5py.File(tmp_path / "truth.h5") as file:
        gain = file["gain"][:]
    assert gain.mean() == pytest.approx(1, abs=0.03)
    assert np.log(gain).std() == pytest.approx(0.6, abs=0.02)


def test_noise_multiplies_with_mean_1_and_variance_of_one_over_its_shape(recording, truth):
    noise = recording["sresp"] / truth["rates"]
    assert noise.mean() == pytest.approx(1, abs=0.01)
    assert noise.var() == pytest.approx(1 / 0.8, rel=0.02)
    assert np.corrcoef(noise.ravel(), truth["rates"].ravel())[0, 1] == pytest.approx(0, abs=0.005)


def test_neurons_per_plane():
    stringer = [1386, 1440, 1418, 1471, 1415, 1321, 1218, 1183, 1131]
    assert neurons_per_plane(11983, 9).tolist() == stringer
    assert neurons_per_plane(100, 1).tolist() == [100]
    for neurons, planes in ((1100, 9), (1000, 4), (23589, 11), (12, 12)):
        counts = neurons_per_plane(neurons, planes)
        assert counts.sum() == neurons and counts.size == planes
        assert counts.min() >= 0.8 * neurons / planes - 1
        assert counts.max() <= 1.15 * neurons / planes + 1


@pytest.mark.parametrize(("alpha", "knee"), [(1.2, 0), (0.7, 5)])
def test_spectrum_of_the_latents_falls_with_alpha(alpha, knee):
    owners = np.repeat([0, 1, 2], [200, 4, 4])
    variances = latent_variances(owners, alpha, knee, private=0.1)
    courses = ornstein_uhlenbeck(variances, np.full(208, 2.0), 20000, np.random.default_rng(0))
    measured = np.log(courses[:, :200].var(axis=0))
    slope = np.polyfit(np.log(np.arange(1, 201) + knee), measured, 1)[0]
    assert slope == pytest.approx(-alpha, abs=0.03)
    assert [variances[owners == k].sum() for k in range(3)] == pytest.approx([0.9, 0.1, 0.1])


def test_latents_decorrelate_with_their_time_constants():
    taus = np.array([1.5, 4, 10, 40])
    courses = ornstein_uhlenbeck(np.full(4, 2.0), taus, 100000, np.random.default_rng(0))
    for course, tau in zip(courses.T, taus, strict=True):
        for lag in (1, round(tau)):
            correlation = np.corrcoef(course[lag:], course[:-lag])[0, 1]
            assert correlation == pytest.approx(np.exp(-lag / tau), abs=0.03)
    assert courses.var(axis=0) == pytest.approx(2, rel=0.1)


def test_latents_of_a_recording_have_the_time_constants_it_tells(truth):
    lag_1 = [np.corrcoef(course[1:], course[:-1])[0, 1] for course in truth["latents"].T]
    np.testing.assert_allclose(lag_1, np.exp(-1.2 / truth["time_constants"]), atol=0.06)


def test_time_constants_are_spread_between_the_shortest_and_the_longest():
    taus = spread_time_constants(50, 2, 60, np.random.default_rng(0))
    assert taus.min() == pytest.approx(2) and taus.max() == pytest.approx(60)
    assert np.diff(np.log(np.sort(taus))).std() < 1e-9
    assert not (np.diff(taus) > 0).all()


def test_private_share_of_the_drive(truth):
    power = truth["loadings"].astype(float) ** 2 * truth["latent_variances"]
    private = power[:, truth["latent_layers"] > 0].sum(axis=1)
    assert private.mean() / power.sum(axis=1).mean() == pytest.approx(0.2, abs=0.03)
    foreign = (truth["latent_layers"] > 0) & (truth["latent_layers"] != truth["layers"][:, None])
    assert not truth["loadings"][foreign].any() and foreign.mean() > 0.05


def test_layer_means_follow_their_private_latents(recording, truth):
    mean = np.stack([recording["sresp"][truth["layers"] == k].mean(axis=0) for k in (1, 2, 3)])
    for k in (1, 2, 3):
        private = truth["latents"][:, truth["latent_layers"] == k]
        own, *others = np.roll(shares(private, mean.T), 1 - k)
        assert own > 0.1 and max(others) < 0.05


def test_loadings_are_smooth_in_space_as_far_as_they_should_be():
    rng = np.random.default_rng(0)
    layers = np.repeat([1, 2], 300)
    xyz = positions(layers, rng)
    flat = np.eye(400) / 400
    loadings = draw_loadings(xyz, layers, np.zeros(400, int), flat, 0.3, 100, rng)
    distance = np.linalg.norm(xyz[:, :, None] - xyz[:, None], axis=0)
    similarity = np.corrcoef(loadings)
    pairs = np.triu(np.ones_like(distance, bool), 1)
    for low, high in ((0, 30), (90, 110), (300, 1500)):
        chosen = pairs & (distance >= low) & (distance < high)
        expected = 0.3 * np.exp(-(distance[chosen] ** 2) / (2 * 100**2))
        assert similarity[chosen].mean() == pytest.approx(expected.mean(), abs=0.02)


def test_behaviour_is_predictable_from_the_latents_that_drive_it(recording, truth):
    driving = truth["latents"][:, :16:2]
    assert shares(driving, recording["beh_svd_time"]).mean() == pytest.approx(0.8, abs=0.02)
    for name in ("run", "pupilArea", "pupilCOM"):
        assert min(shares(driving, recording[name])) > 0.5
    assert max(shares(truth["latents"][:, 1:16:2], recording["beh_svd_time"])) < 0.3


def test_face_components_fall_in_amplitude():
    driving = np.random.default_rng(0).standard_normal((500, 4))
    size = draw_behaviour(driving, 30, np.random.default_rng(1))["beh_svd_time"].std(axis=0)
    assert size[3] / size[0] == pytest.approx(0.5, abs=0.1)


def test_face_masks_are_orthonormal_and_coarse_first():
    masks = face_masks(20).reshape(-1, 20)
    np.testing.assert_allclose(masks.T @ masks, np.eye(20), atol=1e-5)
    roughness = np.abs(np.diff(face_masks(20), axis=0)).sum(axis=(0, 1))
    assert roughness[0] == 0 and roughness[-1] > roughness[1]


@pytest.mark.parametrize(
    ("name", "value"), [("neurons", 2), ("latents", 14), ("time_constants", [20, 2])]
)
def test_settings_that_do_not_fit_are_named_and_nothing_is_written(tmp_path, name, value):
    with pytest.raises(InputError, match=f"{name}: found"):
        written(tmp_path, **{name: value})
    assert not list(tmp_path.iterdir())
