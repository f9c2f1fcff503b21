"""Neurons without information in train, or far outside it later: which, and what is done."""

from functools import partial

import h5py
import numpy as np
import pytest

from nma.io.errors import InputError
from nma.preprocessing.grouping import Grouping
from nma.preprocessing.layer_files import slice_layers
from nma.preprocessing.make_tensor import make_tensor
from nma.preprocessing.splits import split_bounds, split_parts
from nma.recordings.checks import Field
from nma.recordings.import_recording import import_recording
from nma.recordings.outliers import OutlierRule, find_outliers
from nma.recordings.selection import select_neurons

BINS, TRAIN, TEST = 600, 420, 490  # train ends before bin 420; 490 is in test
SHARES = {"train": 0.7, "validation": 0.1, "test": 0.2}
SPLIT = SHARES | {"gap": 5}


def rule(policy="drop_neurons"):
    """The default settings."""
    return OutlierRule(policy, 0.99, 20, 20, partial(split_parts, **SHARES))


def events():
    """Neurons that are seldom active, with events of very different sizes."""
    rng = np.random.default_rng(1)
    return (rng.random((20, BINS)) < 0.04) * rng.gamma(1, 1, (20, BINS))


def population():
    """Twenty neurons with bursts, a bright one and one that drifts among them: no outliers."""
    rng = np.random.default_rng(0)
    found = rng.gamma(1.7, 1, (20, BINS)) * np.exp(rng.standard_normal((20, 1)))
    found[1] *= 100
    found[2] += np.linspace(0, 20, BINS)
    return found.astype(np.float32)


def edit(activity, neurons, bins, value):
    activity = activity.copy()
    activity[neurons, bins] = value
    return activity


def nearly_constant():
    found = population()
    found[3, :TRAIN] = 5 + 1e-4 * np.random.default_rng(2).standard_normal(TRAIN)
    return found


def one_event():
    found = edit(population(), 3, slice(None, TRAIN), 0)
    found[3, 100] = 1e-6
    return found


FOUND = {  # name: (activity, {neuron: beginning of the reason})
    "nothing": (population(), {}),
    "events": (events(), {}),
    "silent in train": (
        edit(population(), [3, 4], slice(None, TRAIN), 0),
        dict.fromkeys([3, 4], "constant in train"),
    ),
    "a baseline and no more": (
        edit(population(), 3, slice(None, TRAIN), 2000),
        {3: "constant in train"},
    ),
    "nearly constant in train": (nearly_constant(), {3: "outside its range in train by"}),
    "one event of nearly nothing": (one_event(), {3: "3 bins hold 100 % of its variance"}),
    "two wild values in train": (
        edit(population(), 3, [100, 101], 3e38),
        {3: "3 bins hold 100 % of its variance"},
    ),
    "many wild values in train": (
        edit(population(), 3, slice(0, 100, 9), 3e38),
        {3: "activity of 3e+38 in train"},
    ),
    "too large throughout": (
        np.where(np.arange(20)[:, None] == 3, 1e20, 1) * population(),
        {3: "activity of 1.13e+21 in train"},
    ),
    **{
        f"{value:g} in test": (
            edit(population(), 3, TEST, value),
            {3: "outside its range in train by"},
        )
        for value in (1e4, -1e4, 1e10, 1e25, 3e38)
    },
    "wild in validation": (
        edit(population(), 3, 430, 1e4),
        {3: "outside its range in train by"},
    ),
    "wild in the gap": (edit(population(), 3, TRAIN, 1e4), {3: "outside its range in train by"}),
    "wild in the last bin": (
        edit(population(), 3, BINS - 1, 1e4),
        {3: "outside its range in train by"},
    ),
    "another baseline in test": (
        edit(population(), 3, slice(TEST, None), 15 * population()[3, :TRAIN].max()),
        {3: "92.6 standard deviations from its mean in train"},
    ),
}


def sliced_whole(recording, out):
    table = out.with_name("layers.json")
    slice_layers(recording, [out], table, grouping=Grouping("whole", 1), neurons="smallest")


def found_in(activity, policy="drop_neurons"):
    field = Field("raw.npy", "activity", activity)
    return find_outliers(
        field, select_neurons(field, Field("a.npy", "positions", None), "mask"), rule(policy)
    )


@pytest.mark.parametrize("case", FOUND)
def test_outliers_are_found_and_no_others(case):
    activity, expected = FOUND[case]
    outliers = found_in(activity)
    assert outliers.of("left out") == list(expected)
    for neuron, reason in expected.items():
        assert outliers.found[neuron].reason.startswith(reason)


def test_rounding_is_no_information():
    activity = population()
    activity[3, :TRAIN] = 2000
    activity[3, :TRAIN:7] = np.nextafter(np.float32(2000), np.float32(3000))
    assert found_in(activity).found[3].reason == "constant in train"


def test_missing_values_are_neither_far_nor_near():
    activity = edit(population(), 3, [5, 430, TEST], np.nan)
    assert not found_in(activity).found


@pytest.mark.parametrize("case", ["1e+25 in test", "two wild values in train"])
def test_clip_caps_at_the_range_in_train(case):
    activity = FOUND[case][0]
    outliers = found_in(activity, "clip")
    assert outliers.of("capped") == [3]
    capped = activity.copy()
    outliers.cap(np.arange(20), capped)
    usual = population()[3, :TRAIN]
    assert usual.min() <= capped[3].min() and capped[3].max() <= usual.max()
    assert capped[3].max() > usual.max() / 2
    np.testing.assert_array_equal(np.delete(capped, 3, 0), np.delete(activity, 3, 0))


def test_clip_leaves_out_what_it_would_make_constant():
    outliers = found_in(FOUND["silent in train"][0], "clip")
    assert (outliers.of("left out"), outliers.of("capped")) == ([3, 4], [])


def test_many_neurons_outside_train_are_capped_as_the_recording_has_changed():
    flash = edit(population(), slice(None), TEST, 1e5)
    flash[3, :TRAIN] = 0
    outliers = found_in(flash)
    assert outliers.of("left out") == [3]
    assert set(outliers.of("capped")) == set(range(20)) - {3}


BAD = {  # name: (activity, policy, words of the error)
    "a dark train": (
        edit(population(), slice(None), slice(None, TRAIN), 0),
        "drop_neurons",
        ["activity: found 0 usable of 20 neurons", "`tensors: split`"],
    ),
    "a wild value that is kept": (
        FOUND["1e+25 in test"][0],
        "report",
        ["found 1e+25 in neuron 3", "`tensors: outliers: drop_neurons` leaves it out"],
    ),
    "too large throughout": (
        np.where(np.arange(20)[:, None] == 3, 1e20, 1) * population(),
        "report",
        ["in neuron 3", "up to 1e+15", "`tensors: outliers: drop_neurons`"],
    ),
    "all too large": (1e20 * population(), "clip", ["0 usable of 20 neurons", "exceed 1e+15"]),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_analysed_is_one_sentence(case):
    activity, policy, said = BAD[case]
    with pytest.raises(InputError) as error:
        found_in(activity, policy)
    assert all(words in str(error.value) for words in said)


@pytest.mark.parametrize("case", ["a wild value that is kept", "too large throughout"])
def test_the_hint_works(case):
    assert found_in(BAD[case][0], "drop_neurons").of("left out") == [3]


def test_parts_end_where_splits_end():
    assert split_parts(BINS, **SHARES) == [
        slice(0, TRAIN),
        slice(TRAIN, 480),
        slice(480, BINS),
    ]
    assert [stop for _, stop in split_bounds(BINS, **SPLIT).values()] == [TRAIN, 480, BINS]
    assert split_parts(BINS, train=0.8, validation=0.2, test=0) == [
        slice(0, 480),
        slice(480, BINS),
    ]
    assert split_parts(10, train=0.01, validation=0.5, test=0.49) == []


@pytest.mark.parametrize(
    ("policy", "neurons", "treatment"),
    [("drop_neurons", 19, "left out"), ("clip", 20, "capped"), ("report", 20, "kept")],
)
def test_recording_layer_and_tensor_say_what_was_done(tmp_path, capsys, policy, neurons, treatment):
    np.save(tmp_path / "raw.npy", edit(population(), 3, TEST, 1e4))
    paths = {name: tmp_path / f"{name}.h5" for name in ("recording", "layer", "tensor")}
    import_recording(
        tmp_path / "raw.npy", paths["recording"], name="a", bin_seconds=1, outliers=rule(policy)
    )
    log = capsys.readouterr().out
    assert f"outliers: 1 of 20 neurons\n  neuron 3 {treatment}: outside its range in train" in log
    sliced_whole(paths["recording"], paths["layer"])
    make_tensor(paths["layer"], paths["tensor"], normalise="zscore", bin_width=2, split=SPLIT)
    for path in paths.values():
        with h5py.File(path) as file:
            assert file.attrs["outliers"] == policy
            assert file.attrs["outlier_neurons"] == 1
            assert file.attrs["dropped_outlier_neurons"] == 20 - neurons
            assert file.attrs["capped_outlier_neurons"] == (policy == "clip")
            assert len(file["neuron_ids"]) == neurons
            assert (3 in file["neuron_ids"][:]) == (neurons == 20)
            assert (np.abs(file["activity"][:]).max() > 2000) == (policy == "report")
    with h5py.File(paths["recording"]) as file:
        assert file["outliers/neuron_ids"][:].tolist() == [3]
        assert file["outliers/treatment"].asstr()[:].tolist() == [treatment]
        assert file["outliers/reason"].asstr()[0].startswith("outside its range in train")
        assert all(list(x.attrs["axes"]) == ["outlier"] for x in file["outliers"].values())


def test_a_tensor_that_float32_cannot_hold_is_an_error(tmp_path):
    activity = population()
    activity[3, :TRAIN] *= 1e-8
    activity[3, TEST] = 1e14
    np.save(tmp_path / "raw.npy", activity)
    paths = [tmp_path / f"{name}.h5" for name in ("recording", "layer", "tensor")]
    import_recording(
        tmp_path / "raw.npy", paths[0], name="a", bin_seconds=1, outliers=rule("report")
    )
    sliced_whole(paths[0], paths[1])
    with pytest.raises(InputError, match="at most 1e.15; `tensors: outliers: drop_neurons`"):
        make_tensor(*paths[1:], normalise="zscore", bin_width=2, split=SPLIT)
