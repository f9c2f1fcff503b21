"""A layer's activity as the models see it, against plain formulas."""

import h5py
import numpy as np
import pytest

from nma.io.errors import InputError
from nma.preprocessing.make_tensor import make_tensor
from nma.preprocessing.normalisation import neuron_statistics, population_normalise
from nma.preprocessing.splits import evaluated, held_out, in_split, segments, split_bounds
from nma.preprocessing.tensors import bin_average, read_tensor

SPLIT = {"train": 0.7, "validation": 0.1, "test": 0.2, "gap": 2}
NEURONS, BINS = 8, 201


def gamma(neurons=NEURONS, bins=BINS, seed=0):
    return np.random.default_rng(seed).gamma(1, 1, (neurons, bins)).astype("f4")


# bins


@pytest.mark.parametrize(("bins", "width", "left"), [(7018, 2, 3509), (7, 2, 3), (9, 4, 2)])
def test_means_of_bins_drop_a_last_partial_bin(bins, width, left):
    activity = gamma(3, bins)
    averaged = bin_average(activity, width)
    assert averaged.shape == (3, left)
    for n in (0, left // 2, left - 1):
        expected = activity[:, n * width : (n + 1) * width].astype(float).mean(axis=1)
        np.testing.assert_allclose(averaged[:, n], expected, rtol=1e-6)


def test_bins_of_width_one_are_the_raw_bins():
    assert np.array_equal(bin_average(gamma(), 1), gamma())


# splits


def test_the_split_of_the_study():
    bounds = split_bounds(3509, train=0.8, validation=0.2, test=0, gap=0)
    assert bounds == {"train": (0, 2807), "validation": (2807, 3509)}


def test_gaps_stand_before_each_later_split():
    bounds = split_bounds(100, train=0.7, validation=0.1, test=0.2, gap=3)
    assert bounds == {"train": (0, 70), "validation": (73, 80), "test": (83, 100)}


@pytest.mark.parametrize("bins", range(20, 60))
def test_splits_cover_time_in_order(bins):
    bounds = split_bounds(bins, train=0.7, validation=0.1, test=0.2, gap=0)
    edges = [edge for start_stop in bounds.values() for edge in start_stop]
    assert edges[0] == 0 and edges[-1] == bins
    assert edges[1] == edges[2] and edges[3] == edges[4]
    assert abs(edges[1] - 0.7 * bins) <= 0.5 + 1e-9
    assert abs(edges[3] - 0.8 * bins) <= 0.5 + 1e-9


def test_a_split_without_a_bin_is_an_error():
    with pytest.raises(ValueError, match="validation has no bin left of 1 after a gap of 5"):
        split_bounds(10, train=0.7, validation=0.1, test=0.2, gap=5)
    with pytest.raises(ValueError, match="test has no bin left of 20 after a gap of 20"):
        split_bounds(100, train=0.5, validation=0.3, test=0.2, gap=20)
    with pytest.raises(ValueError, match="train has no bin"):
        split_bounds(0, train=0.7, validation=0.1, test=0.2, gap=0)


# normalisation


def test_population_normalisation_divides_each_bin_by_its_mean():
    activity = gamma()
    expected = np.empty(activity.shape)
    for t in range(BINS):
        expected[:, t] = activity[:, t] / (sum(map(float, activity[:, t])) / NEURONS)
    normalised = population_normalise(activity)
    np.testing.assert_allclose(normalised, expected, rtol=1e-5)
    assert normalised.dtype == np.float32


@pytest.mark.parametrize("value", [0, -1])
def test_a_population_mean_that_is_not_positive_is_an_error(value):
    activity = gamma()
    activity[:, 5] = activity[:, 9] = value
    with pytest.raises(ValueError, match=rf"mean of {value} in bin 5 \(2 such\)"):
        population_normalise(activity)


def test_zscore_statistics_are_mean_and_standard_deviation():
    offset, scale = neuron_statistics(gamma(), "zscore")
    np.testing.assert_allclose(offset, gamma().astype(float).mean(axis=1), rtol=1e-6)
    deviation = gamma().astype(float) - gamma().astype(float).mean(axis=1, keepdims=True)
    np.testing.assert_allclose(scale, np.sqrt((deviation**2).sum(axis=1) / BINS), rtol=1e-6)


def test_mean_statistics_divide_alone():
    offset, scale = neuron_statistics(gamma(), "mean")
    assert not offset.any()
    np.testing.assert_allclose(scale, gamma().astype(float).mean(axis=1), rtol=1e-6)


@pytest.mark.parametrize("normalise", ["none", "population"])
def test_other_normalisations_have_no_statistics(normalise):
    offset, scale = neuron_statistics(gamma(), normalise)
    assert not offset.any()
    assert (scale == 1).all()


@pytest.mark.parametrize("value", [0, 1 / 3, 12345.678, -7])
def test_a_constant_neuron_is_divided_by_one(value):
    activity = gamma()
    activity[3] = value
    offset, scale = neuron_statistics(activity, "zscore")
    assert offset[3] == pytest.approx(value)
    assert scale[3] == 1
    assert (scale[[0, 7]] != 1).all()


def test_a_silent_neuron_is_divided_by_one():
    activity = gamma()
    activity[3] = 0
    assert neuron_statistics(activity, "mean")[1][3] == 1


def test_a_mean_below_zero_is_an_error():
    with pytest.raises(ValueError, match="a mean below zero in 2 neurons"):
        neuron_statistics(gamma() * np.array([-1, -1, 1, 1, 1, 1, 1, 1])[:, None], "mean")


# the file


def layer_file(path, activity, missing=None):
    with h5py.File(path, "w") as file:
        attributes = {"recording": "hand", "layer": "L2", "grouping": "z 35 um", "bin_seconds": 1.2}
        file.attrs.update(attributes)
        file["activity"] = activity
        file["neuron_ids"] = np.arange(len(activity)) * 11
        if missing is not None:
            file["missing"] = missing
    return path


def made(tmp_path, activity=None, missing=None, *, normalise="zscore", bin_width=2, **split):
    """The tensor of a layer made by hand: its datasets and attributes."""
    source = layer_file(tmp_path / "L2.h5", gamma() if activity is None else activity, missing)
    out = tmp_path / "tensors" / "L2.h5"
    make_tensor(source, out, normalise=normalise, bin_width=bin_width, split=SPLIT | split)
    with h5py.File(out) as file:
        return {name: file[name][:] for name in file}, dict(file.attrs)


def averaged():
    """The means of pairs of bins, (bins, neurons) in float64: 100 bins of the 201."""
    return (gamma()[:, 0:200:2].astype(float) + gamma()[:, 1:200:2]).T / 2


def test_a_tensor_is_binned_cut_and_scored_by_the_statistics_of_train(tmp_path):
    tensor, attributes = made(tmp_path)
    mean, sd = averaged()[:70].mean(axis=0), averaged()[:70].std(axis=0)
    np.testing.assert_allclose(tensor["activity"], (averaged() - mean) / sd, atol=1e-5)
    np.testing.assert_allclose(tensor["offset"], mean, rtol=1e-5)
    np.testing.assert_allclose(tensor["scale"], sd, rtol=1e-5)
    np.testing.assert_allclose(tensor["train_mean"], 0, atol=1e-6)
    assert tensor["activity"].dtype == np.float32
    assert tensor["neuron_ids"].tolist() == [11 * n for n in range(NEURONS)]
    assert attributes["bin_seconds"] == 2.4
    assert attributes["normalise"] == "zscore"
    assert (attributes["layer"], attributes["recording"]) == ("L2", "hand")


def test_splits_are_slices_of_the_whole(tmp_path):
    tensor, _ = made(tmp_path)
    expected = np.repeat([0, -1, 1, -1, 2], [70, 2, 8, 2, 18])
    assert np.array_equal(tensor["split"], expected)
    for code, name in enumerate(("train", "validation", "test")):
        assert np.array_equal(tensor[name], tensor["activity"][expected == code])


def test_the_activity_is_in_the_file_once(tmp_path):
    made(tmp_path, gamma(50, 4001), bin_width=1)
    with h5py.File(tmp_path / "tensors" / "L2.h5") as file:
        assert [name for name in file if file[name].is_virtual] == ["test", "train", "validation"]
    assert (tmp_path / "tensors" / "L2.h5").stat().st_size < 1.3 * 50 * 4001 * 4


def test_a_tensor_moved_to_another_folder_keeps_its_splits(tmp_path):
    tensor, _ = made(tmp_path)
    (tmp_path / "tensors").rename(tmp_path / "elsewhere")
    with h5py.File(tmp_path / "elsewhere" / "L2.h5") as file:
        assert np.array_equal(file["test"][:], tensor["test"])


def test_statistics_see_train_alone(tmp_path):
    changed = gamma()
    changed[:, 140:] *= 100
    before, _ = made(tmp_path)
    after, _ = made(tmp_path, changed)
    for name in ("offset", "scale", "train_mean", "train"):
        assert np.array_equal(before[name], after[name])
    assert not np.allclose(before["validation"], after["validation"])


def test_the_train_mean_is_the_mean_over_train_as_normalised(tmp_path):
    tensor, _ = made(tmp_path, normalise="none")
    np.testing.assert_allclose(tensor["activity"], averaged(), rtol=1e-6)
    np.testing.assert_allclose(tensor["train_mean"], averaged()[:70].mean(axis=0), rtol=1e-6)


def test_division_by_the_mean(tmp_path):
    tensor, _ = made(tmp_path, normalise="mean")
    np.testing.assert_allclose(
        tensor["activity"], averaged() / averaged()[:70].mean(axis=0), rtol=1e-5
    )
    np.testing.assert_allclose(tensor["train_mean"], 1, rtol=1e-5)


def test_the_study_divides_before_it_averages_bins(tmp_path):
    tensor, _ = made(tmp_path, normalise="population")
    divided = (gamma() / gamma().astype(float).mean(axis=0))[:, :200]
    expected = (divided[:, ::2] + divided[:, 1::2]).T / 2
    np.testing.assert_allclose(tensor["activity"], expected, rtol=1e-5)


def test_a_split_of_no_share_has_no_dataset(tmp_path):
    tensor, _ = made(tmp_path, train=0.8, validation=0.2, test=0, gap=0)
    assert "test" not in tensor
    assert set(tensor["split"]) == {0, 1}


def test_every_dataset_says_its_units_and_axes(tmp_path):
    made(tmp_path)
    with h5py.File(tmp_path / "tensors" / "L2.h5") as file:
        assert set(file) == {
            "activity", "train", "validation", "test", "split", "neuron_ids", "offset", "scale",
            "train_mean",
        }  # fmt: skip
        for dataset in file.values():
            assert isinstance(dataset.attrs["units"], str) and dataset.attrs["units"]
            assert len(dataset.attrs["axes"]) == dataset.ndim


def test_a_tensor_is_read_once_and_whole(tmp_path):
    datasets, _ = made(tmp_path)
    tensor = read_tensor(tmp_path / "tensors" / "L2.h5")
    for name in ("activity", "split", "train_mean", "neuron_ids", "offset", "scale"):
        assert np.array_equal(getattr(tensor, name), datasets[name])
    assert np.array_equal(tensor.train, datasets["train"])
    assert np.array_equal(tensor.of("test"), datasets["test"])
    assert np.array_equal(tensor.held_out, datasets["split"] > 0)
    np.testing.assert_allclose(tensor.centred[datasets["split"] == 0].mean(axis=0), 0, atol=1e-5)
    assert (tensor.layer, tensor.normalise, tensor.bin_width) == ("L2", "zscore", 2)


def test_splits_by_name():
    index = np.array([0, 0, -1, 1, 1, -1, 2], np.int8)
    assert in_split(index, "validation").tolist() == [0, 0, 0, 1, 1, 0, 0]
    assert held_out(index).tolist() == [0, 0, 0, 1, 1, 0, 1]
    assert [(name, bins.sum()) for name, bins in evaluated(index)] == [
        ("validation", 2),
        ("test", 1),
    ]
    assert [name for name, _ in evaluated(index[:5])] == ["validation"]


REFUSED = {  # name: (activity, settings, what the error must say)
    "too short": (gamma(bins=20), {}, r"bins: found 20 \(10 after averaging\): validation has no"),
    "shorter than a bin": (gamma(bins=1), {}, r"bins: found 1 \(0 after averaging\): train has no"),
    "silent population": (
        np.zeros((NEURONS, BINS), "f4"),
        {"normalise": "population"},
        "activity: found a population mean of 0 in bin 0 .*normalise: population",
    ),
    "negative means": (
        -gamma(),
        {"normalise": "mean"},
        "activity: found a mean below zero in 8 neurons.*normalise: mean",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_a_tensor_gives_one_sentence_and_no_file(case, tmp_path):
    activity, settings, sentence = REFUSED[case]
    with pytest.raises(InputError, match=f"L2.h5: {sentence}"):
        made(tmp_path, activity, **settings)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["L2.h5"]


# segments


def test_segments_are_runs_of_one_split():
    split = np.repeat([0, -1, 1, -1, 2], [5, 1, 2, 1, 4]).astype("i1")
    assert segments(split) == [
        (0, slice(0, 5)),
        (-1, slice(5, 6)),
        (1, slice(6, 8)),
        (-1, slice(8, 9)),
        (2, slice(9, 13)),
    ]
    assert segments(np.zeros(3, "i1")) == [(0, slice(0, 3))]


# missing entries


def with_missing():
    """Which of gamma() is missing: one raw bin, a pair, long runs, all but the end of a neuron."""
    missing = np.zeros((NEURONS, BINS), bool)
    missing[0, 10] = missing[1, 20:22] = missing[2, 30:60] = missing[:, 100:104] = True
    missing[3, :6] = missing[4, :138] = missing[:, 164:166] = True
    return missing


@pytest.mark.parametrize("normalise", ["zscore", "mean", "none"])
def test_statistics_and_means_of_bins_are_over_what_was_recorded(tmp_path, normalise):
    missing = with_missing()
    tensor, _ = made(tmp_path, gamma() * np.where(missing, 1e3, 1), missing, normalise=normalise)
    known = np.where(missing, np.nan, gamma())[:, :200].astype(float)
    known = np.ma.masked_invalid(known.reshape(NEURONS, 100, 2)).mean(axis=2).filled(np.nan).T
    gone = np.isnan(known)
    gone[:, 4] = True  # a value in 1 of 70 bins of train
    np.testing.assert_array_equal(tensor["missing"], gone)
    known[gone] = np.nan
    train = np.delete(known[:70], 4, axis=1)
    mean, sd = np.nanmean(train, axis=0), np.nanstd(train, axis=0)
    offset, scale = {"zscore": (mean, sd), "mean": (0, mean), "none": (0, 1)}[normalise]
    found, expected = np.delete(tensor["activity"], 4, axis=1), np.delete(known, 4, axis=1)
    there = ~np.isnan(expected)
    np.testing.assert_allclose(found[there], ((expected - offset) / scale)[there], atol=1e-4)
    means = np.delete(tensor["train_mean"], 4)
    np.testing.assert_allclose(means, (mean - offset) / scale, atol=1e-5)
    # Short gaps lie between their neighbours; long ones, and those at ends, are the mean of train.
    filled = tensor["activity"]
    np.testing.assert_allclose(filled[10, 1], (filled[9, 1] + filled[11, 1]) / 2, atol=1e-5)
    for bins, neuron in ((slice(15, 30), 2), (slice(3), 3), (EVERY, 4)):
        np.testing.assert_allclose(filled[bins, neuron], tensor["train_mean"][neuron], atol=1e-6)


EVERY = slice(None)


def test_values_of_one_split_fill_no_other(tmp_path):
    """Gaps at the edges of blocks, and all that lies outside a block is changed."""
    missing = np.zeros((NEURONS, BINS), bool)
    missing[:, 136:140] = missing[:, 164:168] = True
    changed = gamma()
    changed[:, 140:164] *= 50
    before, after = (made(tmp_path, x, missing)[0] for x in (gamma(), changed))
    for name in ("train", "test", "offset", "scale"):
        np.testing.assert_array_equal(before[name], after[name])


def test_where_nothing_is_missing_from_averages_nothing_is_written(tmp_path):
    missing = np.zeros((NEURONS, BINS), bool)
    missing[3, 7] = True
    assert "missing" not in made(tmp_path, None, missing)[0]
    assert "missing" in made(tmp_path, None, missing, bin_width=1)[0]


@pytest.mark.parametrize(("split", "bins"), [("train", slice(140)), ("test", slice(164, None))])
def test_a_split_without_a_value_is_an_error(tmp_path, split, bins):
    missing = np.zeros((NEURONS, BINS), bool)
    missing[:, bins] = True
    with pytest.raises(InputError, match=f"{split}: found no value .*`nan: drop_bins`"):
        made(tmp_path, None, missing)
