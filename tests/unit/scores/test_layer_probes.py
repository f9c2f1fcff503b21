"""One source's probes from files: what is written, and the null that is made with it."""

import h5py
import numpy as np
import pytest
from edited import edited_h5
from tensor_files import write_tensor

from nma.io.hdf5 import put
from nma.preprocessing.normalisation import population_normalise
from nma.preprocessing.tensors import bin_average, read_tensor
from nma.scores.layer_probes import (
    Permutations,
    ProbeSettings,
    point_maker,
    positions_of,
    probe_source,
)

LAYERS, EACH, BINS = 3, 40, 120
SPLIT = np.repeat([0, 1, 2], [30, 5, 25])  # of bins of two raw ones


def write(folder, *, apart, normalise="zscore", positions=True):
    """Tensors, layers and the map of raw neurons; apart: how far layers differ in one bin."""
    rng = np.random.default_rng(0)
    raw = rng.gamma(2, size=(LAYERS, EACH, BINS)).astype("f4")
    raw[:, :, -8:] += apart * np.arange(LAYERS)[:, None, None]
    paths = {"tensors": [], "layers": []}
    for number, activity in enumerate(raw):
        paths["layers"].append(folder / f"layer{number}.h5")
        with h5py.File(paths["layers"][-1], "w") as file:
            file["activity"] = activity
            if positions:
                place = [*rng.uniform(0, 500, (2, EACH)), np.full(EACH, 35.0 * number)]
                put(file, "positions", np.array(place), units="pixels", axes=("x, y, z", "neuron"))
        if normalise == "population":
            activity = population_normalise(activity)
        path, binned = folder / f"tensor{number}.h5", bin_average(activity, 2).T
        write_tensor(path, binned, SPLIT, layer=f"L{number + 1}", bin_width=2, normalise=normalise)
        paths["tensors"].append(path)
    labels = np.repeat(range(LAYERS), EACH)
    with h5py.File(folder / "map.h5", "w") as file:
        file["layer"] = labels + 1
        file["held_out"] = np.arange(labels.size) % 5 == 0
        for mode in ("supervised", "unsupervised"):
            file[mode] = rng.normal(size=(labels.size, 2)) + 9 * apart * labels[:, None]
    return paths


def settings(null=None):
    return ProbeSettings(
        source="gru", seed_of_source=3, kind="raw", time="test", in_blocks=True, null=null, seed=0
    )


def probed(folder, paths, *, null=None):
    tensors = [read_tensor(path) for path in paths["tensors"]]
    scores = probe_source(
        folder / "map.h5", paths["tensors"], tensors, paths["layers"],
        folder / "out.h5", settings(null),
    )  # fmt: skip
    where = {(score.layer, score.source, score.split, score.seed) for score in scores}
    assert where == {("all", "gru", "test", 3)}
    return {score.metric: score[5:] for score in scores}


def test_layers_that_differ_are_told_and_the_null_is_not(tmp_path):
    found = probed(tmp_path, write(tmp_path, apart=5), null=Permutations(20))
    for space in ("input", "random_folds", "xy_folds", "supervised", "unsupervised"):
        assert found[f"layer_accuracy_{space}_linear"][0] > 0.95, space
    assert found["layer_chance"][0] == pytest.approx(1 / 3)
    assert found["layer_accuracy_input_linear_null"][2] < 0.7
    assert found["layer_accuracy_input_linear_p"][0] == pytest.approx(1 / 21)
    assert found["layer_ami_unsupervised"][0] > 0.9
    with h5py.File(tmp_path / "out.h5") as file:
        confusion = file["confusion_linear"][:]
        assert confusion.sum() == LAYERS * EACH  # every neuron is held out in one fold
        assert file["linear_by_distance/rate"][0] == pytest.approx(np.trace(confusion) / 120)
        assert len(file["null_linear"]) == 20
        for name in ("confusion_linear", "linear_by_distance/rate", "null_knn", "depths"):
            assert "units" in file[name].attrs and "axes" in file[name].attrs


def test_few_held_out_neurons_have_a_null_of_all_folds(tmp_path):
    """24 of 120 neurons are held out."""
    found = probed(tmp_path, write(tmp_path, apart=5), null=Permutations(4))
    for probe in ("linear", "knn"):
        metric = f"layer_accuracy_random_folds_{probe}"
        assert found[metric][3] == found["layer_chance"][3] == LAYERS * EACH
        assert 0.1 < found[f"{metric}_null"][0] < 0.6 and found[f"{metric}_null"][3] == 4
        assert found[f"{metric}_p"][0] == pytest.approx(1 / 5)


def test_many_held_out_neurons_need_no_folds(tmp_path, monkeypatch):
    monkeypatch.setattr("nma.scores.layer_probes.FEWEST_HELD_OUT", 24)
    found = probed(tmp_path, write(tmp_path, apart=5), null=Permutations(4))
    assert "layer_accuracy_random_folds_linear_p" not in found
    assert found["layer_chance"][3] == 24


def test_noise_is_not_told(tmp_path):
    found = probed(tmp_path, write(tmp_path, apart=0), null=Permutations(20))
    for space in ("input", "random_folds", "xy_folds", "nuisance"):
        value, low, high, _ = found[f"layer_accuracy_{space}_linear"]
        assert low <= 1 / 3 <= high, space
    assert found["layer_accuracy_input_linear_p"][0] > 0.05


def test_without_positions_there_are_no_folds_in_space(tmp_path):
    paths = write(tmp_path, apart=1, positions=False)
    found = probed(tmp_path, paths)
    assert "layer_accuracy_random_folds_knn" in found
    assert "layer_accuracy_xy_folds_knn" not in found
    assert positions_of(paths["layers"]) is None


def test_depths_have_the_unit_of_positions(tmp_path):
    probed(tmp_path, write(tmp_path, apart=1))
    with h5py.File(tmp_path / "out.h5") as file:
        assert file["depths"].attrs["units"] == "pixels"


def test_one_layer_has_nothing_to_tell(tmp_path):
    paths = write(tmp_path, apart=1)
    with edited_h5(tmp_path / "map.h5") as file:
        keep = file["layer"][:] == 1
        for name in list(file):
            values = file[name][:][keep]
            del file[name]
            file[name] = values
    one = {name: files[:1] for name, files in paths.items()}
    found = probed(tmp_path, one, null=Permutations(3))
    assert not [metric for metric in found if "accuracy" in metric]


@pytest.mark.parametrize("normalise", ["zscore", "population"])
def test_points_of_the_true_labels_are_the_points(tmp_path, normalise):
    paths = write(tmp_path, apart=1, normalise=normalise)
    labels, bins = np.repeat(range(LAYERS), EACH), SPLIT == 2
    points = []
    for path in paths["tensors"]:
        with h5py.File(path) as file:
            points.append(file["activity"][:][bins].T)
    points = np.concatenate(points)
    tensors = [read_tensor(path) for path in paths["tensors"]]
    make = point_maker(points, tensors, paths["layers"], settings(Permutations(1)))
    np.testing.assert_allclose(make(labels), points, rtol=1e-5)
    permuted = np.random.default_rng(0).permutation(labels)
    same = np.allclose(make(permuted), points, rtol=1e-3)
    assert same == (normalise == "zscore")  # divided by the mean of other neurons now
