"""Settings of regressions, chosen once and used by the scores and by what networks start from."""

import h5py
import numpy as np
import pytest
from tensor_files import write_tensor

from nma.baselines.pca import write_pca
from nma.io.errors import InputError
from nma.latents.baselines import encode_baseline
from nma.latents.corrections import corrected_lds, fit_corrections
from nma.latents.regressions import read_choice, write_choice
from nma.latents.state_space import encode_lds
from nma.preprocessing.masks import write_masks
from nma.sources import REGRESSIONS

NEURONS = 16
SPLIT = np.repeat([0, -1, 1, -1, 2], [240, 5, 60, 5, 60]).astype("i1")
# No choice comes to these, which stand on no grid.
OTHER = {
    "ridge": {"squashed": True, "penalty": 0.07},
    "kernel_ridge": {"squashed": False, "width": 0.7, "penalty": 0.7},
}


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(0)
    activity = rng.standard_normal((len(SPLIT), 3)) @ rng.standard_normal((3, NEURONS))
    activity += 0.5 * rng.standard_normal(activity.shape)
    paths = {name: tmp_path / f"{name}.h5" for name in ("tensor", "pca", "hidden")}
    write_tensor(paths["tensor"], activity, SPLIT)
    write_pca(paths["tensor"], paths["pca"])
    write_masks(paths["tensor"], paths["hidden"], seed=0)
    return paths


@pytest.mark.parametrize("source", REGRESSIONS)
def test_a_baseline_is_fitted_with_the_settings_that_it_would_choose(files, tmp_path, source):
    write_choice(files["tensor"], tmp_path / "choice.json", seed=3)
    chosen = read_choice(tmp_path / "choice.json")
    assert set(chosen) == set(REGRESSIONS)
    found = []
    for settings in (None, chosen, OTHER):
        out = tmp_path / f"{len(found)}.h5"
        encode_baseline(**files, out=out, source=source, seed=3, settings=settings)
        with h5py.File(out) as file:
            found.append(file["cosmooth_error"][:])
    np.testing.assert_array_equal(found[0], found[1])
    assert np.nanmax(np.abs(found[2] - found[0])) > 1e-3


def test_what_networks_start_from_takes_the_settings(files, tmp_path, monkeypatch):
    fits, choice = tmp_path / "fits.h5", tmp_path / "choice.json"
    encode_lds(files["tensor"], files["hidden"], fits, tmp_path / "latents.h5")
    write_choice(files["tensor"], choice, seed=3)
    given = []

    def watched(*arguments):
        given.append(arguments[-1])
        return corrected_lds(*arguments)

    monkeypatch.setattr("nma.latents.corrections.corrected_lds", watched)
    out = tmp_path / "corrections.h5"
    fit_corrections(files["tensor"], files["hidden"], fits, out, choice)
    assert given == [read_choice(choice)] and out.exists()


def test_a_choice_that_is_cut_off_is_refused(files, tmp_path):
    write_choice(files["tensor"], tmp_path / "choice.json", seed=3)
    text = (tmp_path / "choice.json").read_text()
    (tmp_path / "choice.json").write_text(text[: len(text) // 2])
    with pytest.raises(InputError, match="choice.json"):
        read_choice(tmp_path / "choice.json")
