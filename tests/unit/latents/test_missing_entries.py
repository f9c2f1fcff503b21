"""Missing entries: what stands in their place is seen by no prediction and counted by no score."""

import h5py
import numpy as np
import pytest
from tensor_files import write_tensor

from nma.baselines.pca import write_pca
from nma.latents.baselines import encode_baseline
from nma.latents.corrections import fit_corrections
from nma.latents.lds_at_dims import encode_lds_at_dims
from nma.latents.state_space import encode_lds
from nma.preprocessing.masks import hides_neurons, write_masks
from nma.preprocessing.tensors import read_tensor
from nma.scores.held_out import source_scores
from nma.sources import BASELINES
from nma.state_space.corrected import read_corrected
from nma.statistics.filling import filled

NEURONS, BINS = 12, 320
SPLIT = np.repeat([0, -1, 1, -1, 2], [180, 2, 56, 2, 80]).astype("i1")
MISSING = np.random.default_rng(1).random((BINS, NEURONS)) < 0.02
MISSING[90:93] = MISSING[200:202] = MISSING[318:] = True  # dropped frames
MISSING[:100, 5] = MISSING[240:, 6] = True  # neurons that come and go


def activity():
    """Gamma noise around the exponential of three slow latents, standardised."""
    rng = np.random.default_rng(0)
    z = np.zeros((BINS, 3))
    for t in range(1, BINS):
        z[t] = 0.9 * z[t - 1] + np.sqrt(1 - 0.81) * rng.normal(size=3)
    x = np.exp(z @ rng.normal(0, 0.5, (3, NEURONS))) * rng.gamma(5, 0.2, (BINS, NEURONS))
    return ((x - x[:180].mean(0)) / x[:180].std(0)).astype("f4")


def written(folder, values, missing):
    """tensors, masks, pca, state_space, and latents of the LDS and of all other baselines."""
    folder.mkdir()
    paths = {name: folder / f"{name}.h5" for name in ("t", "m", "p", "fits", "lds", "at", "lds_4")}
    write_tensor(paths["t"], values, SPLIT, missing=missing)
    write_masks(paths["t"], paths["m"], seed=0)
    write_pca(paths["t"], paths["p"])
    encode_lds(paths["t"], paths["m"], paths["fits"], paths["lds"])
    of_dims = paths["fits"], paths["at"], paths["lds_4"]
    encode_lds_at_dims(paths["t"], paths["m"], *of_dims, source="lds_4", dims=4)
    for source in (name for name in BASELINES if name != "lds"):
        paths[source] = folder / f"{source}.h5"
        encode_baseline(*(paths[n] for n in ("t", "p", "m", source)), source=source, seed=0)
    return paths


def put_in(values, held_out):
    """Activity with values in place of what is missing of held-out data, and fillings in train."""
    whole = activity()
    fillings = filled(whole.T, ~MISSING.T, np.zeros(NEURONS)).T
    return np.where(MISSING & (SPLIT > 0)[:, None], values, fillings) if held_out else fillings


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("missing")
    cases = {
        "whole": (activity(), None),
        "missing": (put_in(0, False), MISSING),
        "wild": (put_in(50, True), MISSING),
    }
    return {name: written(folder / name, *case) for name, case in cases.items()}


SOURCES = [*BASELINES, "lds_4"]


@pytest.mark.parametrize("source", SOURCES)
def test_what_stands_in_missing_entries_of_held_out_data_changes_nothing(files, source):
    found = []
    for case in ("missing", "wild"):
        with h5py.File(files[case][source]) as file:
            found.append({name: file[name][:] for name in file})
    assert found[0]["entries"].tolist() == (~MISSING).sum(axis=1).tolist()
    for name, values in found[0].items():
        np.testing.assert_allclose(found[1][name], values, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("source", SOURCES)
def test_scores_are_near_those_of_the_whole_recording(files, source):
    found = []
    for case in ("whole", "missing"):
        rows = source_scores(files[case][source], ["L1"], {})
        found.append({row.metric: row.value for row in rows if row.split == "test"})
    assert found[0].keys() == found[1].keys()
    assert np.isfinite(list(found[1].values())).all()
    for metric in ("cosmooth_r2", "masked_r2"):
        if metric in found[0]:
            assert found[1][metric] == pytest.approx(found[0][metric], abs=0.1)


def test_errors_are_sums_over_what_was_recorded(files):
    with h5py.File(files["wild"]["ppca"]) as file:
        sums = {name: file[name][:] for name in file}
    known = np.where(MISSING, np.nan, activity())
    expected = np.nansum(np.square(known - np.nanmean(known[:180], axis=0)), axis=1)
    np.testing.assert_allclose(sums["squared_deviation"], expected, rtol=1e-4)
    assert sums["squared_error"][318:].max() == sums["cosmooth_error"][318:].max() == 0


def test_corrections_see_nothing_that_is_missing(files, tmp_path):
    found = []
    for case in ("missing", "wild"):
        paths, out = files[case], tmp_path / f"{case}.h5"
        fit_corrections(paths["t"], paths["m"], paths["fits"], out)
        corrected = read_corrected(paths["fits"], out, read_tensor(paths["t"]).centred[:180])
        visible = np.broadcast_to(np.arange(NEURONS) % 4 > 0, (80, NEURONS)) & ~MISSING[240:]
        found.append(corrected.predict(activity()[240:] * visible, visible))
        with h5py.File(out) as file:
            found[-1] = found[-1], file["lds_weights"][:], file.attrs["private_gain"]
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_whole_neurons_are_told_from_missing_ones():
    present = ~MISSING[240:]  # one neuron is missing throughout
    folds = np.arange(NEURONS) % 4
    assert hides_neurons(present & (folds != 1))
    assert not hides_neurons(present)
    assert not hides_neurons(present & (np.random.default_rng(0).random(present.shape) > 0.25))
    assert hides_neurons(np.broadcast_to(np.arange(NEURONS) != 3, present.shape))
