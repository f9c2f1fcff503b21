"""NaN and infinity in activity: what each policy leaves out, and where an error's hint leads."""

import re

import h5py
import numpy as np
import pytest

from nma.io.errors import InputError
from nma.recordings.import_recording import import_recording
from nma.recordings.selection import POLICIES

NEURONS, BINS = 12, 60
PLAIN = np.random.default_rng(0).gamma(1, 1, (NEURONS, BINS)).astype("f4")


def without(*places, value=np.nan):
    """PLAIN with other values at these (neurons, bins)."""
    activity = PLAIN.copy()
    for place in places:
        activity[place] = value
    return activity


EVERY = slice(None)
FRAMES = without((EVERY, [10, 11, 40]))
ENDS = without((EVERY, slice(4)), (EVERY, slice(-2, None)))
SCATTERED = without(*((n, 5 * n + 1) for n in range(10)))
BAD_NEURONS = without(([2, 7], EVERY))
HALF = without((3, slice(30)))
CONSTANT = without((4, EVERY), value=3)
CONSTANT[4, 6] = np.nan
MIXED = without((2, EVERY), (EVERY, [10, 11]))
EVERYTHING = without((2, EVERY), (EVERY, [10, 11]), (5, 20))


def imported(folder, activity, nan, **more):
    np.save(folder / "raw.npy", {"sresp": activity, **more}, allow_pickle=True)
    np.save(folder / "xyz.npy", np.zeros((3, NEURONS)))
    path = folder / "recording.h5"
    places = None if "xyz" in more else folder / "xyz.npy"
    import_recording(
        folder / "raw.npy", path, name="mouse", bin_seconds=0.5, nan=nan, positions=places
    )
    with h5py.File(path) as file:
        read = {name: file[name][:] for name in file if name != "behaviour"}
        return read | {k: v[:] for k, v in file.get("behaviour", {}).items()}, dict(file.attrs)


KEPT = {  # name: (activity, policy, neurons left out, bins left out, values missing)
    "frames, dropped": (FRAMES, "drop_bins", [], [10, 11, 40], 0),
    "frames, masked": (FRAMES, "mask", [], [], 36),
    "frames at both ends, dropped": (ENDS, "drop_bins", [], [0, 1, 2, 3, 58, 59], 0),
    "frames at both ends, masked": (ENDS, "mask", [], [], 72),
    "infinite frames, masked": (without((EVERY, 9), value=np.inf), "mask", [], [], 12),
    "scattered, masked": (SCATTERED, "mask", [], [], 10),
    "scattered, bins dropped": (SCATTERED, "drop_bins", [], list(range(1, 50, 5)), 0),
    "scattered, neurons dropped": (SCATTERED, "drop_neurons", list(range(10)), [], 0),
    "whole neurons, dropped": (BAD_NEURONS, "drop_neurons", [2, 7], [], 0),
    "whole neurons, masked": (BAD_NEURONS, "mask", [2, 7], [], 0),
    "whole neurons, bins dropped": (BAD_NEURONS, "drop_bins", [2, 7], [], 0),
    "half of one neuron, masked": (HALF, "mask", [], [], 30),
    "a neuron and frames, masked": (MIXED, "mask", [2], [], 22),
    "a neuron and frames, bins dropped": (MIXED, "drop_bins", [2], [10, 11], 0),
    "nothing, masked": (PLAIN, "mask", [], [], 0),
    "constant but for NaN, masked": (CONSTANT, "mask", [4], [], 0),
}


@pytest.mark.parametrize("case", KEPT)
def test_what_a_policy_keeps(tmp_path, case):
    activity, nan, neurons, bins, count = KEPT[case]
    run, pupil = np.arange(BINS) * 1.0, np.full(BINS, np.nan)
    found, attributes = imported(tmp_path, activity, nan, run=run, pupilArea=pupil)
    ids, times = np.delete(np.arange(NEURONS), neurons), np.delete(np.arange(BINS), bins)
    expected = activity[np.ix_(ids, times)]
    missing = ~np.isfinite(expected)
    assert found["neuron_ids"].tolist() == ids.tolist()
    np.testing.assert_array_equal(found["activity"][~missing], expected[~missing])
    assert np.isfinite(found["activity"]).all()
    assert missing.sum() == count == attributes.get("missing_values", 0)
    assert ("missing" in found) == (count > 0)
    if count:
        np.testing.assert_array_equal(found["missing"], missing)
    # Behaviour follows, and time is said where it has gaps.
    assert found["run"][:, 0].tolist() == times.tolist()
    assert np.isnan(found["pupilArea"]).all()
    assert attributes.get("dropped_nan_bins", 0) == len(bins)
    assert ("bins" in found) == (len(bins) > 0)
    if bins:
        assert found["bins"].tolist() == times.tolist()


def test_short_gaps_are_interpolated_and_long_ones_are_the_mean(tmp_path):
    activity = without((0, slice(20, 22)), (1, slice(20, 40)), (2, slice(3)))
    found, _ = imported(tmp_path, activity, "mask")
    filled = found["activity"]
    expected = np.interp([20, 21], [19, 22], activity[0, [19, 22]])
    np.testing.assert_allclose(filled[0, 20:22], expected, rtol=1e-6)
    np.testing.assert_allclose(filled[1, 20:40], np.nanmean(activity[1]), rtol=1e-6)
    np.testing.assert_allclose(filled[2, :3], np.nanmean(activity[2]), rtol=1e-6)


LED = {  # name: (activity, the policies that the hint of the error names)
    "frames": (FRAMES, ["drop_bins", "mask"]),
    "many frames": (without((EVERY, slice(10, 30))), ["drop_bins"]),
    "frames at both ends": (
        without((EVERY, slice(2)), (EVERY, slice(58, None))),
        ["drop_bins", "mask"],
    ),
    "infinite frames": (without((EVERY, 9), value=-np.inf), ["drop_bins", "mask"]),
    "scattered": (SCATTERED, ["mask"]),
    "half of a neuron": (HALF, ["mask"]),
    "whole neurons": (BAD_NEURONS, ["drop_neurons"]),
    "a neuron and frames": (MIXED, ["drop_bins", "mask"]),
    "everything": (EVERYTHING, ["mask"]),
}


@pytest.mark.parametrize("case", LED)
def test_every_policy_that_an_error_names_works(tmp_path, case):
    activity, expected = LED[case]
    with pytest.raises(InputError, match="NaN or infinite") as error:
        imported(tmp_path, activity, "error")
    named = re.findall("`nan: (\\w+)`", str(error.value))
    assert named == expected
    for nan in named:
        _, attributes = imported(tmp_path, activity, nan)
        assert "warnings" not in attributes


BLIND = {  # name: (activity, a policy that leaves nothing, the policies that its error names)
    "frames, neurons dropped": (FRAMES, "drop_neurons", ["drop_bins", "mask"]),
    "a value in each neuron, neurons dropped": (
        without((range(NEURONS), range(NEURONS))),
        "drop_neurons",
        ["mask"],
    ),
    "a value in each bin, bins dropped": (
        without(([n % NEURONS for n in range(BINS)], range(BINS))),
        "drop_bins",
        ["mask"],
    ),
    "frames, bins dropped": (without((EVERY, slice(5, None))), "drop_bins", ["mask"]),
}


@pytest.mark.parametrize("case", BLIND)
def test_a_policy_that_leaves_nothing_names_one_that_does(tmp_path, case):
    activity, nan, expected = BLIND[case]
    with pytest.raises(InputError, match="usable|of 60 bins") as error:
        imported(tmp_path, activity, nan)
    named = re.findall("`nan: (\\w+)`", str(error.value))
    assert named == expected
    for policy in named:
        imported(tmp_path, activity, policy)


def test_where_all_is_nan_no_policy_is_named(tmp_path):
    for nan in POLICIES:
        with pytest.raises(InputError, match="usable|bins without|in 12 of 12") as error:
            imported(tmp_path, np.full((NEURONS, BINS), np.nan), nan)
        assert "`nan:" not in str(error.value)


@pytest.mark.parametrize(
    ("nan", "said"),
    [
        ("drop_neurons", "left out 10 of 12 neurons for 10 values that are NaN or infinite"),
        ("drop_bins", "left out 10 of 60 bins for 10 values that are NaN or infinite"),
        ("mask", None),
    ],
)
def test_much_that_is_left_out_for_little_is_a_warning(tmp_path, capsys, nan, said):
    _, attributes = imported(tmp_path, SCATTERED, nan)
    assert (said is None) == ("warnings" not in attributes)
    if said:
        assert said in attributes["warnings"][0] and "`nan: mask`" in attributes["warnings"][0]
        assert f"warning: `nan: {nan}` {said}" in capsys.readouterr().out
