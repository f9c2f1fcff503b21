"""Recordings that may not be what was meant, and activity on an offset that float32 would lose."""

import h5py
import numpy as np
import pytest

from nma.recordings.import_recording import import_recording
from nma.recordings.selection import large_offsets
from nma.recordings.suspicions import of_bin_seconds, of_shape

RNG = np.random.default_rng


def slow(neurons, bins, decay=0.9, seed=0):
    """Positive activity (neurons, bins) of a few latents, with noise; neurons differ in size."""
    rng, z = RNG(seed), np.zeros((bins, 5))
    for t in range(1, bins):
        z[t] = decay * z[t - 1] + np.sqrt(1 - decay**2) * rng.normal(size=5)
    size = rng.lognormal(0, 1, (neurons, 1))
    return (
        size * np.exp(rng.normal(size=(neurons, 5)) @ z.T / 2) * rng.gamma(2, 0.5, (neurons, bins))
    )


def sorted_by_size(activity):
    return activity[np.argsort(activity.mean(axis=1))]


SHAPES = {  # name: (activity, whether it looks transposed)
    "slow": (slow(80, 400), False),
    "more neurons than bins": (slow(300, 150), False),
    "sorted by size": (sorted_by_size(slow(300, 150)), False),
    "fast": (slow(100, 300, 0.5), False),
    "white noise": (RNG(1).gamma(1, 1, (200, 300)), False),
    "many neurons, slow": (slow(900, 80), False),
    "transposed": (slow(80, 400).T, True),
    "transposed, more rows than columns": (slow(150, 300).T, True),
    "transposed, fewer rows than columns": (slow(300, 150).T, True),
    "transposed, with a missing bin": (np.insert(slow(80, 400).T, 7, np.nan, axis=0), True),
    "rows by far": (RNG(1).gamma(1, 1, (400, 20)), True),
    "few of both": (slow(12, 20).T, False),
}


@pytest.mark.parametrize("case", SHAPES)
def test_bins_x_neurons_are_told_from_neurons_x_bins(case):
    activity, expected = SHAPES[case]
    found = list(of_shape(activity))
    assert len(found) == expected
    assert all("looks transposed" in sentence for sentence in found)
    assert all("`orientation` in the config says how it lies" in sentence for sentence in found)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (33, "if 33 is in milliseconds, `bin_seconds` is 0.033, and if it is a rate in Hz, 0.0303"),
        (1000 / 30, "`bin_seconds` is 0.0333333"),
        (3e-5, "is very short"),
        (1.2, None),
        (1 / 30, None),
        (0.001, None),
        (2.5, None),
    ],
)
def test_a_suspicious_bin_is_said(seconds, said):
    found = list(of_bin_seconds(seconds))
    assert len(found) == (said is not None)
    assert said is None or said in found[0]


def imported(folder, activity, **settings):
    np.save(folder / "a.npy", activity)
    out = folder / "recording.h5"
    import_recording(folder / "a.npy", out, name="x", **{"bin_seconds": 0.5} | settings)
    with h5py.File(out) as file:
        return {n: file[n][:] for n in file if n != "behaviour"}, dict(file.attrs)


def test_warnings_are_in_the_log_and_the_file(tmp_path, capsys):
    _, attributes = imported(tmp_path, slow(80, 400).T, bin_seconds=33)
    assert len(attributes["warnings"]) == 2
    said = capsys.readouterr().out
    assert all(f"warning: {warning}\n" in said for warning in attributes["warnings"])
    _, attributes = imported(tmp_path, slow(80, 400))
    assert "warnings" not in attributes


def test_positions_tell_neurons_from_bins(tmp_path):
    activity = slow(80, 400).T
    np.save(tmp_path / "xyz.npy", np.zeros((3, 400)))
    _, attributes = imported(tmp_path, activity, positions=tmp_path / "xyz.npy")
    assert "warnings" not in attributes


COUNTS = (slow(12, 60) * 10).astype(np.int64)
OFFSETS = {  # name: activity whose differences float32 would lose
    "uint32": (COUNTS + 2**28).astype(np.uint32),
    "int64": COUNTS + 2**40,
    "float64": slow(12, 60) + 1e9,
    "below zero": COUNTS - 2**40,
    "of some neurons": np.where(np.arange(12)[:, None] < 3, COUNTS + 2**40, COUNTS),
}


@pytest.mark.parametrize("case", OFFSETS)
def test_nothing_is_lost_next_to_an_offset(tmp_path, case):
    """Differences from bin to bin are those of the raw file."""
    raw = OFFSETS[case]
    found, attributes = imported(tmp_path, raw)
    assert len(found["neuron_ids"]) == 12  # none looks constant
    expected = np.diff(raw.astype(np.float64), axis=1)
    np.testing.assert_allclose(
        np.diff(found["activity"], axis=1), expected, atol=1e-3 * np.ptp(raw[5])
    )
    np.testing.assert_allclose(found["activity"] + found["offset"][:, None], raw, rtol=1e-7)
    (warning,) = attributes["warnings"]
    neurons = 3 if case == "of some neurons" else 12
    assert f"activity of {neurons} neurons lies on an offset" in warning


def test_without_an_offset_activity_is_as_it_was(tmp_path):
    for raw in (COUNTS, slow(12, 60) + 1000, (slow(12, 60) + 1e9).astype(np.float32)):
        assert large_offsets(raw) is None
        found, _ = imported(tmp_path, raw)
        assert "offset" not in found
        np.testing.assert_array_equal(found["activity"], raw[found["neuron_ids"]].astype("f4"))


def test_a_missing_value_hides_no_offset(tmp_path):
    raw = slow(12, 60) + 1e9
    raw[3, 5], raw[4] = np.nan, np.inf
    found, _ = imported(tmp_path, raw, nan="mask")
    assert found["neuron_ids"].tolist() == [n for n in range(12) if n != 4]
    np.testing.assert_allclose(found["offset"][3], np.nanmin(raw[3]))
