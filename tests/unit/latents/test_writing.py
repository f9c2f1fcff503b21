"""The latents file of one layer and of all, its scores, and the table made of them."""

import csv
from dataclasses import replace

import h5py
import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import r2_score
from tensor_files import tensor

from nma.latents.describe import Description, reconstruction_sums, sums_of_mean
from nma.latents.reading import read_latents
from nma.latents.writing import write_latents
from nma.scores.held_out import collect, source_scores
from nma.scores.table import Score, write_scores

NEURONS, DIMS = 6, 2
FAMILIES = ("gaussian", "zero_inflated_gamma")  # of activity that is never negative
SPLIT = np.repeat([0, -1, 1, -1, 2], [50, 2, 12, 2, 23]).astype("i1")
CODES = {"train": 0, "validation": 1, "test": 2}


def arrays(layer):
    """Activity, latents and reconstruction of a layer, (bins, neurons or dims)."""
    rng = np.random.default_rng(layer)
    activity = rng.gamma(1, 1, (len(SPLIT), NEURONS)).astype("f4")
    latents = rng.normal(size=(len(SPLIT), DIMS)).astype("f4")
    return activity, latents, (activity + rng.normal(0, 0.6, activity.shape)).astype("f4")


def train_mean(activity):
    return activity[SPLIT == 0].mean(axis=0)


def errors_of_hidden(layer):
    """Sums (bins,) as describe gives them: a number on held-out bins alone."""
    rng = np.random.default_rng(50 + layer)
    names = [f"{kind}_{part}" for kind in ("cosmooth", "masked") for part in ("error", "deviation")]
    names += [f"cosmooth_{family}_log_likelihood" for family in FAMILIES]
    return {name: np.where(SPLIT > 0, rng.gamma(9, 1, len(SPLIT)), np.nan) for name in names}


def written(folder, layers, name="0.h5", split=SPLIT, **attributes):
    """A latents file of these layers: shared by all where there is more than one."""
    described = []
    for layer in layers:
        _, latents, reconstruction = arrays(layer)
        mine = tensor(arrays(layer)[0], split, layer=f"L{layer}", first_id=100 * layer)
        sums = reconstruction_sums(mine, reconstruction) | errors_of_hidden(layer)
        described.append(Description(mine, latents, reconstruction, sums))
    shown = f"L{layers[0]}" if len(layers) == 1 else "all"
    attributes = {"source": "gru", "layer": shown, "seed": 0} | attributes
    write_latents(folder / name, described, **attributes)
    return folder / name


@pytest.fixture(params=[[1], [1, 2, 3]], ids=["one layer", "shared"])
def layers(request):
    return request.param


def test_what_is_written_is_read(tmp_path, layers):
    path = written(tmp_path, layers)
    for number, layer in enumerate(layers):
        _, latents, reconstruction = arrays(layer)
        assert np.array_equal(read_latents(path, "latents", number), latents)
        assert np.array_equal(read_latents(path, "reconstruction", number), reconstruction)
        ids = read_latents(path, "neuron_ids", number)
        assert ids.tolist() == [100 * layer + n for n in range(NEURONS)]
    assert np.array_equal(read_latents(path, "split"), SPLIT)
    with h5py.File(path) as file:
        assert file.attrs["bin_seconds"] == 1.0
        assert (file.attrs["source"], file.attrs["seed"]) == ("gru", 0)
        assert file["latents"].dtype == file["reconstruction"].dtype == np.float32


def test_r2_of_each_neuron_and_split(tmp_path, layers):
    path = written(tmp_path, layers)
    for number, layer in enumerate(layers):
        activity, _, reconstruction = arrays(layer)
        for split, code in CODES.items():
            x, y = (a[code == SPLIT].astype(float) for a in (activity, reconstruction))
            sst = ((x - train_mean(activity)) ** 2).sum(axis=0)
            expected = 1 - ((x - y) ** 2).sum(axis=0) / sst
            found = read_latents(path, f"r2_{split}", number)
            np.testing.assert_allclose(found, expected, rtol=1e-5)
            if split == "train":
                expected = r2_score(x, y, multioutput="raw_values")
                np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_squared_errors_of_each_bin(tmp_path, layers):
    path = written(tmp_path, layers)
    for number, layer in enumerate(layers):
        activity, _, reconstruction = arrays(layer)
        for name, other in {
            "squared_error": reconstruction,
            "squared_deviation": train_mean(activity),
        }.items():
            expected = ((activity.astype(float) - other) ** 2).sum(axis=1)
            np.testing.assert_allclose(read_latents(path, name, number), expected, rtol=1e-5)


def test_every_dataset_says_its_units_and_axes(tmp_path, layers):
    with h5py.File(written(tmp_path, layers)) as file:
        assert len(file) == 19
        for name, dataset in file.items():
            assert isinstance(dataset.attrs["units"], str) and dataset.attrs["units"]
            axes = list(dataset.attrs["axes"])
            assert len(axes) == dataset.ndim
            assert (axes[0] == "layer") == (len(layers) > 1 and name != "split")


def test_time_constants_are_written_where_there_are_any(tmp_path):
    found = np.array([[2.0, 5], [0, 0.1], [0.3, 0.7]])
    with h5py.File(written(tmp_path, [1], time_constants=found)) as file:
        names = ("time_constants", "frequencies", "time_constant_weights")
        np.testing.assert_array_equal([file[name][:] for name in names], found)
        assert [file[name].attrs["units"] for name in names[:2]] == ["s", "Hz"]
    with h5py.File(written(tmp_path, [1], name="1.h5")) as file:
        assert "time_constants" not in file


def test_a_split_that_is_not_there_has_no_r2(tmp_path):
    no_test = np.where(SPLIT == 2, -1, SPLIT).astype("i1")
    with h5py.File(written(tmp_path, [1], split=no_test)) as file:
        assert "r2_test" not in file
        assert {"r2_train", "r2_validation"} < set(file)


# metrics.tsv


def pca_file(path, layer):
    with h5py.File(path, "w") as file:
        file["explained_variance_ratio"] = np.full(5, 0.2)
        file.attrs["explained_at_n10"] = np.float64(0.6 + layer / 100)
        file.attrs.update({"dims_50": 3 + layer, "dims_80": 4 + layer, "dims_90": 5 + layer})
    return path


@pytest.fixture
def table(tmp_path):
    """The rows of a recording of two layers: PCA, a network a layer of two seeds, a shared one."""
    paths = [
        written(tmp_path, [1], "pca_1.h5", source="pca", layer="L1"),
        written(tmp_path, [2], "pca_2.h5", source="pca", layer="L2"),
        written(tmp_path, [2], "gru_2_0.h5", source="gru", layer="L2", seed=0),
        written(tmp_path, [1], "gru_2_7.h5", source="gru", layer="L2", seed=7),
        written(tmp_path, [1, 2], "lstm.h5", source="lstm", layer="all", seed=7),
    ]
    collect(
        tmp_path / "metrics.tsv",
        recording="hand",
        layers=["L1", "L2"],
        pca_paths=[pca_file(tmp_path / f"curve_{layer}.h5", layer) for layer in (1, 2)],
        score_paths=[],
        latents_paths=paths,
    )
    with open(tmp_path / "metrics.tsv", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def row(table, **keys):
    (found,) = [r for r in table if all(r[key] == str(value) for key, value in keys.items())]
    return found


def test_columns_are_those_of_the_contract(table, tmp_path):
    header = (tmp_path / "metrics.tsv").read_text().splitlines()[0]
    assert header.replace("\t", " ") == (
        "recording layer source metric split seed value ci_low ci_high n"
    )
    assert {r["recording"] for r in table} == {"hand"}
    assert not any(None in r or None in r.values() for r in table)


def test_rows_are_all_there_and_unique(table):
    keys = [tuple(r[k] for k in ("layer", "source", "metric", "split", "seed")) for r in table]
    assert len(keys) == len(set(keys))
    networks = 6  # PCA and GRU of seed 7 hold one layer a file; the shared LSTM holds two
    above_pca = 4 * 2  # of the networks on each split
    per_split = 4 + 1 + 4 * len(FAMILIES)  # r2_median too
    assert len(table) == 2 * 4 + networks * 2 * per_split + above_pca


@pytest.mark.parametrize(
    ("layer", "source", "seed", "data"),
    [
        ("L1", "pca", 0, 1),
        ("L2", "pca", 0, 2),
        ("L2", "gru", 0, 2),
        ("L2", "gru", 7, 1),
        ("L1", "lstm", 7, 1),
        ("L2", "lstm", 7, 2),
    ],
)
@pytest.mark.parametrize("split", ["validation", "test"])
def test_values_are_those_of_the_arrays(table, layer, source, seed, data, split):
    activity, _, reconstruction = arrays(data)
    x, y = (a[CODES[split] == SPLIT].astype(float) for a in (activity, reconstruction))
    mse = ((x - y) ** 2).mean()
    r2 = 1 - mse / ((x - train_mean(activity)) ** 2).mean()
    hidden = {
        name: values[CODES[split] == SPLIT].sum() for name, values in errors_of_hidden(data).items()
    }
    cosmooth = 1 - hidden["cosmooth_error"] / hidden["cosmooth_deviation"]
    masked = 1 - hidden["masked_error"] / hidden["masked_deviation"]
    scores = {"r2": r2, "mse": mse, "cosmooth_r2": cosmooth, "masked_r2": masked}
    train, held_out = SPLIT == 0, CODES[split] == SPLIT
    of_mean = stats.norm.logpdf(activity, train_mean(activity), activity[train].std(0))[held_out]
    deviation = np.sqrt(np.square(activity - reconstruction)[train].mean(0))
    likelihood = stats.norm.logpdf(activity, reconstruction, deviation)[held_out].mean()
    hidden_one = hidden["cosmooth_gaussian_log_likelihood"] / of_mean.size
    scores["gaussian_log_likelihood"] = likelihood
    scores["gaussian_log_likelihood_gain"] = likelihood - of_mean.mean()
    scores["cosmooth_gaussian_log_likelihood"] = hidden_one
    scores["cosmooth_gaussian_log_likelihood_gain"] = hidden_one - of_mean.mean()
    for metric, expected in scores.items():
        found = row(table, layer=layer, source=source, seed=seed, split=split, metric=metric)
        assert float(found["value"]) == pytest.approx(expected, rel=1e-5)
        assert float(found["ci_low"]) < expected < float(found["ci_high"])
        assert found["n"] == "10"


def test_one_neuron_moves_no_median(tmp_path):
    """r2 of 5 neurons: the mean of all is decided by one, the median is not; NaN does not count."""
    activity, latents, reconstruction = arrays(1)
    of_neurons = np.linspace(0.1, 0.5, activity.shape[1])
    of_neurons[0], of_neurons[1] = -600, np.nan
    sums = errors_of_hidden(1) | {"cosmooth_r2_of_neurons_test": of_neurons}
    mine = tensor(activity, SPLIT)
    sums |= sums_of_mean(mine)
    described = Description(mine, latents, reconstruction, sums)
    write_latents(tmp_path / "0.h5", [described], source="gru", layer="L1", seed=0)
    (found,) = [
        score
        for score in source_scores(tmp_path / "0.h5", ["L1"], {})
        if score.metric == "cosmooth_r2_median"
    ]
    assert (found.split, found.n) == ("test", len(of_neurons) - 1)
    assert found.value == pytest.approx(np.nanmedian(of_neurons)) and found.value > 0.1


def test_pca_has_its_curve_in_the_table(table):
    for layer in (1, 2):
        of_layer = {"layer": f"L{layer}", "source": "pca", "split": "train", "seed": 0}
        found = row(table, metric="explained_variance_at_n10", **of_layer)
        assert float(found["value"]) == pytest.approx(0.6 + layer / 100)
        assert (found["ci_low"], found["ci_high"], found["n"]) == ("", "", "5")
        for percent, dims in {50: 3, 80: 4, 90: 5}.items():
            assert row(table, metric=f"dims_{percent}", **of_layer)["value"] == str(dims + layer)


def test_the_shared_network_of_a_single_layer(tmp_path):
    """Its layer is called `all` too, and its datasets have no layer axis."""
    path = written(tmp_path, [1], layer="all")
    collect(
        tmp_path / "metrics.tsv",
        recording="hand",
        layers=["L1"],
        pca_paths=[pca_file(tmp_path / "curve.h5", 1)],
        score_paths=[],
        latents_paths=[path],
    )
    rows = (tmp_path / "metrics.tsv").read_text().splitlines()[5:]
    assert [r.split("\t")[1:3] for r in rows] == [["L1", "gru"]] * 26


def test_rows_of_score_files_follow(tmp_path):
    row = Score("L1", "gru", "behavior_r2", "test", 0, 0.25, n=10)
    write_scores(tmp_path / "scores.tsv", [row])
    collect(
        tmp_path / "metrics.tsv",
        recording="hand",
        layers=[],
        pca_paths=[],
        score_paths=[tmp_path / "scores.tsv"],
        latents_paths=[],
    )
    lines = (tmp_path / "metrics.tsv").read_text().splitlines()
    assert lines[1:] == ["hand\tL1\tgru\tbehavior_r2\ttest\t0\t0.25\t\t\t10"]


def test_a_source_without_reconstruction_and_entries_has_no_scores_of_them(tmp_path):
    activity = arrays(1)[0]
    sums = {n: x for n, x in errors_of_hidden(1).items() if "masked" not in n}
    mine = tensor(activity, SPLIT)
    sums |= sums_of_mean(mine)
    path = tmp_path / "0.h5"
    write_latents(
        path, [Description(mine, None, None, sums)], source="kernel_ridge", layer="L1", seed=0
    )
    with h5py.File(path) as file:
        assert not {"latents", "reconstruction", "masked_error"} & set(file)
    hidden = [f"cosmooth_{family}_log_likelihood" for family in FAMILIES]
    expected = ["cosmooth_r2", *(name + end for name in hidden for end in ("", "_gain"))]
    found = source_scores(path, ["L1"], {})
    assert [s.metric for s in found] == 2 * expected
    test = sums["cosmooth_error"][SPLIT == 2].sum() / sums["cosmooth_deviation"][SPLIT == 2].sum()
    assert found[len(expected)].value == pytest.approx(1 - test)


def test_means_are_over_what_was_recorded(tmp_path):
    """Of one layer of a shared network a third is missing, of the other nothing."""
    described, missing = [], np.random.default_rng(0).random((len(SPLIT), NEURONS)) < 0.3
    for layer, gone in ((1, None), (2, missing)):
        activity, latents, reconstruction = arrays(layer)
        mine = replace(tensor(activity, SPLIT, layer=f"L{layer}"), missing=gone)
        sums = reconstruction_sums(mine, reconstruction) | errors_of_hidden(layer)
        described.append(Description(mine, latents, reconstruction, sums))
    write_latents(tmp_path / "0.h5", described, source="gru", layer="all", seed=0)
    scores = source_scores(tmp_path / "0.h5", ["L1", "L2"], {})
    found = {
        score.layer: score for score in scores if (score.metric, score.split) == ("mse", "test")
    }
    for layer, present in (("L1", ~missing | True), ("L2", ~missing)):
        activity, _, reconstruction = arrays(int(layer[1]))
        errors = np.square(activity - reconstruction)[SPLIT == 2]
        assert found[layer].value == pytest.approx(errors[present[SPLIT == 2]].mean(), rel=1e-5)


def test_scores_without_copies_and_over_interpolation(tmp_path):
    """A layer without neurons hidden with their copies, in test, has no score of them."""
    activity = arrays(1)[0]
    mine, of_hidden = tensor(activity, SPLIT), errors_of_hidden(1)
    sums = of_hidden | sums_of_mean(mine)
    alone = {f"{name}_without_copies": x / 2 for name, x in of_hidden.items() if "masked" in name}
    alone |= {
        f"{name}_without_copies": np.where(SPLIT == 2, 0, x)
        for name, x in of_hidden.items()
        if name in ("cosmooth_error", "cosmooth_deviation")
    }
    path = tmp_path / "0.h5"
    described = Description(mine, None, None, sums | alone)
    write_latents(path, [described], source="ridge", layer="L1", seed=0)
    hidden = {("masked", "interpolation", "L1"): 2 * of_hidden["masked_error"]}
    found = {(s.split, s.metric): s for s in source_scores(path, ["L1"], hidden)}
    assert ("test", "cosmooth_r2_without_copies") not in found
    same = found["validation", "cosmooth_r2_without_copies"]
    assert same[5:] == found["validation", "cosmooth_r2"][5:]
    error, deviation = (of_hidden[f"masked_{p}"][SPLIT == 2].sum() for p in ("error", "deviation"))
    without = found["test", "masked_r2_without_copies"].value
    assert without == pytest.approx(1 - error / deviation)
    above = found["test", "masked_r2_above_interpolation"]
    assert above.value == pytest.approx(error / deviation) and above.ci_low < above.value
