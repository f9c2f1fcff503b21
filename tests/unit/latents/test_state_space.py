"""The LDS as a source: what validation chooses, and what its files say of it."""

import h5py
import numpy as np
import pytest
from tensor_files import tensor, write_tensor

from nma.latents import lds_choice
from nma.latents.lds_choice import blend, candidates, choose_lds, choose_transform
from nma.latents.state_space import encode_lds
from nma.preprocessing.masks import Masks, hidden_entries, neuron_folds, write_masks
from nma.state_space.lds import Weighted

NEURONS, BINS = 16, 700
SPLIT = np.repeat([0, -1, 1, -1, 2], [400, 2, 146, 2, 150]).astype("i1")


@pytest.fixture(scope="module", autouse=True)
def validation_judges_alone():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lds_choice, "SHORT", 0)
        yield


@pytest.fixture(scope="module")
def activity():
    """Gamma noise around the exponential of three slow latents."""
    rng = np.random.default_rng(0)
    z = np.zeros((BINS, 3))
    for t in range(1, BINS):
        z[t] = 0.9 * z[t - 1] + np.sqrt(1 - 0.81) * rng.normal(size=3)
    rates = np.exp(z @ rng.normal(0, 0.4, (3, NEURONS)))
    return (rates * rng.gamma(5, 0.2, rates.shape)).astype("f4")


def encoded(folder, activity):
    """(datasets, attributes) of state_space/L1.h5 and of the latents file."""
    folder.mkdir()
    tensor_file, hidden, fits, latents = (folder / f"{n}.h5" for n in ("t", "hidden", "fits", "l"))
    write_tensor(tensor_file, activity, SPLIT)
    write_masks(tensor_file, hidden, seed=0)
    encode_lds(tensor_file, hidden, fits, latents)
    found = []
    for path in (fits, latents):
        with h5py.File(path) as file:
            datasets = {name: x[:] for name, x in file.items() if isinstance(x, h5py.Dataset)}
            found.append((datasets, dict(file.attrs)))
    return found


@pytest.fixture(scope="module")
def files(activity, tmp_path_factory):
    return encoded(tmp_path_factory.mktemp("lds") / "a", activity)


def test_dims_leave_neurons_over_and_bins_enough():
    assert candidates(2457, 1131)[-1] == 250
    assert candidates(2457, 104)[-1] == 75
    assert candidates(100, 104) == [3, 5, 10, 20]
    assert candidates(100, 3) == candidates(10, 50) == [1]


def test_weights_are_those_of_a_mixture_and_never_negative():
    rng = np.random.default_rng(0)
    estimates = list(rng.normal(size=(3, 40, 5)))
    mixture = 0.7 * estimates[0] + 0.2 * estimates[2]
    np.testing.assert_allclose(blend(estimates, mixture), [0.7, 0, 0.2], atol=1e-9)
    assert blend(estimates, -estimates[1])[1] == 0


def test_predictions_are_summed_with_weights(activity):
    """Of hidden entries; a neuron of which nothing is hidden stays as it is."""
    masks = Masks(neuron_folds(NEURONS, 0), hidden_entries(BINS, NEURONS, 0))
    layer = tensor(activity, SPLIT)
    fits = [*choose_lds(layer, masks).fits.values()][:2]
    x, seen = layer.centred[:99], ~masks.entries[:99]
    seen[:, 3] = True
    x = np.where(seen, x, 0)
    both = 0.5 * fits[0].predict(x, seen) + 0.25 * fits[1].predict(x, seen)
    found = Weighted(fits, np.array([0.5, 0.25])).predict(x, seen)
    np.testing.assert_allclose(found[~seen], both[~seen], atol=1e-5)
    np.testing.assert_array_equal(found[:, 3], x[:, 3])
    assert not Weighted([], np.zeros(0)).predict(x, seen)[~seen].any()


def test_the_transform_of_activity_with_multiplied_noise_is_found(activity):
    masks = Masks(neuron_folds(NEURONS, 0), hidden_entries(BINS, NEURONS, 0))
    chosen, tried = choose_transform(tensor(activity, SPLIT), masks)
    assert chosen.name in tried
    assert chosen.kind != "identity"
    plain = tensor(np.random.default_rng(0).normal(size=(BINS, NEURONS)).astype("f4"), SPLIT)
    assert set(choose_transform(plain, masks)[1]) == set(tried)


def test_files_say_what_validation_chose(files):
    (fits, of_fits), (latents, of_latents) = files
    tried = of_fits["dims_tried"]
    assert list(tried) == list(of_latents["dims_tried"])
    assert of_fits["dims"] == tried[np.argmax(fits["cosmooth_r2_validation"])]
    assert latents["latents"].shape == (BINS, of_fits["dims"])
    for name in ("cosmooth_weights", "masked_weights"):
        assert fits[name].shape == (len(tried),) and (fits[name] >= 0).all() and fits[name].any()
    assert len(of_fits["transforms_tried"]) == len(of_fits["transforms_cosmooth_r2_validation"])
    assert of_latents["predictions"] == "weighted over dims_tried"
    assert (fits["time_constants"][np.isfinite(fits["time_constants"])] > 0).all()


def test_scores_of_the_file_are_those_of_validation(files):
    """The errors of each number of dims give the r2 by which dims were chosen."""
    (fits, _), (latents, _) = files
    part = SPLIT == 1
    deviation = latents["cosmooth_deviation"][part].sum()
    found = 1 - latents["cosmooth_error_of_dims"][part].sum(axis=0) / deviation
    np.testing.assert_allclose(found, fits["cosmooth_r2_validation"], atol=1e-4)
    weighted = 1 - latents["cosmooth_error"][part].sum() / deviation
    assert weighted >= found.max() - 1e-6
    test = SPLIT == 2
    for kind in ("cosmooth", "masked"):
        assert latents[f"{kind}_error"][test].sum() < 0.8 * latents[f"{kind}_deviation"][test].sum()


def test_nothing_of_test_reaches_a_fit(activity, files, tmp_path):
    other = np.where((SPLIT == 2)[:, None], 5 * activity[::-1] + 1, activity)
    for (ours, _), (theirs, _) in zip(files, encoded(tmp_path / "b", other), strict=True):
        for name, values in ours.items():
            if values.shape[:1] == SPLIT.shape:
                before = SPLIT < 2
                np.testing.assert_array_equal(values[before], theirs[name][before])
            elif "likelihood" not in name and "r2_" not in name:
                np.testing.assert_array_equal(values, theirs[name])


def test_noise_is_not_predicted(tmp_path):
    """Test r2 at hidden neurons and entries is 0 within three of its standard errors."""
    noise = np.random.default_rng(5).gamma(4, 0.5, (BINS, NEURONS)).astype("f4")
    _, (latents, _) = encoded(tmp_path / "noise", noise)
    test = SPLIT == 2
    for kind in ("cosmooth", "masked"):
        error, deviation = (latents[f"{kind}_{part}"][test] for part in ("error", "deviation"))
        gain = (deviation - error) / deviation.mean()
        assert abs(gain.mean()) < 3 * gain.std() / np.sqrt(len(gain))
