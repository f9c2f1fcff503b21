"""The LDS with as many dims as a network: one of those tried, or a fit with their transform."""

import h5py
import numpy as np
import pytest
from tensor_files import write_tensor

from nma.latents import lds_choice
from nma.latents.lds_at_dims import encode_lds_at_dims
from nma.latents.state_space import encode_lds
from nma.preprocessing.masks import read_masks, write_masks
from nma.state_space.at_dims import lds_at_dims
from nma.state_space.files import read_fit

NEURONS, BINS = 18, 500
SPLIT = np.repeat([0, -1, 1, -1, 2], [300, 2, 96, 2, 100]).astype("i1")


@pytest.fixture(scope="module", autouse=True)
def validation_judges_alone():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lds_choice, "SHORT", 0)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A layer of three slow latents with multiplied noise, and the LDSs that were tried on it."""
    folder, rng = tmp_path_factory.mktemp("lds"), np.random.default_rng(2)
    z = np.zeros((BINS, 3))
    for t in range(1, BINS):
        z[t] = 0.9 * z[t - 1] + np.sqrt(1 - 0.81) * rng.normal(size=3)
    rates = np.exp(z @ rng.normal(0, 0.4, (3, NEURONS)))
    activity = (rates * rng.gamma(5, 0.2, rates.shape)).astype("f4")
    write_tensor(folder / "tensor.h5", activity, SPLIT)
    write_masks(folder / "tensor.h5", folder / "hidden.h5", seed=0)
    files = (folder / f"{name}.h5" for name in ("tensor", "hidden", "tried", "latents_of_tried"))
    encode_lds(*files)
    return folder


def encoded(folder, dims):
    """(path of the fit, datasets of the latents file)."""
    tensor_file, hidden, tried = (folder / f"{name}.h5" for name in ("tensor", "hidden", "tried"))
    out, latents = folder / f"fit_{dims}.h5", folder / f"latents_{dims}.h5"
    encode_lds_at_dims(tensor_file, hidden, tried, out, latents, source=f"lds_{dims}", dims=dims)
    with h5py.File(latents) as file:
        assert (file.attrs["source"], file.attrs["layer"]) == (f"lds_{dims}", "L1")
        return out, {name: values[:] for name, values in file.items()}


def parts(lds):
    found, transform = lds.dynamics, lds.transform
    arrays = [found.transition, found.noise, found.loadings, found.variances]
    return [*arrays, lds.hidden, lds.visible, transform.level, transform.spread]


def test_dims_that_were_tried_are_not_fitted_again(folder):
    path, latents = encoded(folder, 5)
    of_tried = parts(read_fit(folder / "tried.h5", 5))
    for ours, theirs in zip(parts(read_fit(path)), of_tried, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    with h5py.File(folder / "latents_of_tried.h5") as file:
        of_dims = file["cosmooth_error_of_dims"][:, list(file.attrs["dims_tried"]).index(5)]
    np.testing.assert_allclose(latents["cosmooth_error"], of_dims, rtol=1e-4)


def test_other_dims_have_the_transform_that_validation_chose(folder):
    path, latents = encoded(folder, 4)
    ours, theirs = read_fit(path), read_fit(folder / "tried.h5")
    assert ours.transform.kind == theirs.transform.kind != "identity"
    assert ours.transform.constant == theirs.transform.constant
    assert latents["latents"].shape == (BINS, 4) and ours.dynamics.loadings.shape == (NEURONS, 4)
    with h5py.File(folder / "tried.h5") as tried, h5py.File(path) as file:
        assert file.attrs["dims"] == 4 and list(file.attrs["dims_tried"]) == [4]
        # One more dim than there are: neither better nor worse.
        of_three = tried["cosmooth_r2_validation"][list(tried.attrs["dims_tried"]).index(3)]
        assert file["cosmooth_r2_validation"][0] == pytest.approx(of_three, abs=0.03)
        for name in ("A", "C"):
            np.testing.assert_array_equal(file[name], file[f"dims_4/{name}"])
    validation = SPLIT == 1
    sums = [latents[f"cosmooth_{part}"][validation].sum() for part in ("error", "deviation")]
    with h5py.File(path) as file:
        assert file["cosmooth_r2_validation"][0] == pytest.approx(1 - sums[0] / sums[1])


def test_auto_is_as_many_dims_as_networks_have(folder):
    path, latents = encoded(folder, "auto")
    assert latents["latents"].shape == (BINS, NEURONS // 3)
    assert read_fit(path).dynamics.dims == NEURONS // 3


def test_fewer_bins_than_dims_leave_latents_without_loadings(folder):
    bins = 8
    activity = np.random.default_rng(0).gamma(2, 1, (bins, NEURONS)).astype("f4")
    folds = read_masks(folder / "hidden.h5").folds
    lds = lds_at_dims(folder / "tried.h5", activity - activity.mean(axis=0), folds, 12)
    assert lds.dynamics.loadings.shape == (NEURONS, 12)
    assert all(np.isfinite(part).all() for part in parts(lds))
    assert np.abs(lds.dynamics.loadings[:, :bins]).max() > 0.1
    np.testing.assert_allclose(lds.dynamics.loadings[:, bins:], 0, atol=1e-6)
