"""Importing recordings: good ones arrive whole, bad ones give one clear sentence and no file."""

import datetime
import hashlib
import pathlib
import re
import tracemalloc

import h5py
import numpy as np
import pandas as pd
import pytest

from nma.io.errors import InputError
from nma.recordings.checks import Field, check_positions
from nma.recordings.import_recording import import_recording

NEURONS, BINS = 20, 30


def stringer(**changes):
    """A small recording in the form of the Stringer file; a change to None drops the key."""
    rng = np.random.default_rng(0)
    raw = {
        "sresp": rng.gamma(1, 1, (NEURONS, BINS)).astype("f4"),
        "xyz": rng.uniform(0, 1000, (3, NEURONS)),
        "run": rng.normal(size=(BINS, 1)),
        "pupilArea": rng.normal(size=(BINS, 1)),
        "pupilCOM": rng.normal(size=(BINS, 2)),
        "beh_svd_time": rng.normal(size=(BINS, 5)).astype("f4"),
        "beh_svd_mask": np.zeros((4, 5, 5)),
        "stat": [{"ypix": np.arange(3), "med": [1.0, 2.0]} for _ in range(NEURONS)],
        "bin_seconds": 1.2,
    } | changes
    return {key: value for key, value in raw.items() if value is not None}


def changed(array, index, value):
    array = np.array(array)
    array[index] = value
    return array


def activity(*index, value=np.nan):
    return changed(stringer()["sresp"], index or (3, 7), value)


def positions(index, value):
    return changed(stringer()["xyz"], index, value)


XYZ = stringer()["xyz"]
PLAIN = stringer()["sresp"]
LABELS = [f"V{n % 3}" for n in range(NEURONS)]
GOOD_BYTES = object()  # stands for the bytes of a good file, to be cut


BAD = {  # name: (the raw file, settings and further files, what the error must say)
    # keys and forms
    "no sresp": (stringer(sresp=None), {}, ["raw.npy: sresp: found no such key among beh", "xyz"]),
    "a table in the place of sresp": (
        stringer(sresp=pd.DataFrame(PLAIN)),
        {},
        ["sresp: found a pandas.", "DataFrame, expected an array of numbers"],
    ),
    "a date in the place of bin_seconds": (
        stringer(bin_seconds=datetime.timedelta(seconds=1)),
        {},
        ["bin_seconds: found a datetime.timedelta", "one number of seconds"],
    ),
    "paths in the place of labels": (
        stringer(labels=[pathlib.Path("V1")] * NEURONS),
        {},
        ["labels: found a pathlib.", "for neuron 0, expected a text or an integer"],
    ),
    "an empty dict": ({}, {}, ["sresp: found no such key among none at all"]),
    "one list": (np.array(None), {}, ["content: found one NoneType", "a dict with sresp, and xyz"]),
    "a dict in a list": (
        np.array([{"sresp": PLAIN}], object),
        {},
        ["activity: found values of type object", "numbers"],
    ),
    "xyz and a positions file": (
        stringer(),
        {"positions": XYZ},
        ["xyz: found xyz in the file and `positions: ", "only one of the two"],
    ),
    "labels and a labels file": (
        stringer(labels=LABELS),
        {"labels": np.array(LABELS)},
        ["labels: found labels in the file and `labels: ", "only one of the two"],
    ),
    # activity
    "sresp of three dimensions": (
        stringer(sresp=np.zeros((2, 3, 40))),
        {},
        ["sresp: found 3 dimensions, shape (2, 3, 40)", "2, neurons x bins"],
    ),
    "sresp of one dimension": (stringer(sresp=PLAIN[0]), {}, ["sresp: found 1 dimensions"]),
    "plain array of one dimension": (PLAIN[0], {}, ["activity: found 1 dimensions"]),
    "plain number": (np.float32(3), {}, ["activity: found 0 dimensions, shape ()"]),
    "sresp is a list": (stringer(sresp=PLAIN.tolist()), {}, ["sresp: found a list", "an array"]),
    "sresp is a number": (stringer(sresp=1.5), {}, ["sresp: found a float", "an array of numbers"]),
    "complex sresp": (
        stringer(sresp=PLAIN * 1j),
        {},
        ["sresp: found values of type complex64", "numbers (integers or floats)"],
    ),
    "text sresp": (stringer(sresp=PLAIN.astype("U9")), {}, ["sresp: found values of type <U9"]),
    "object sresp": (
        stringer(sresp=PLAIN.astype(object)),
        {},
        ["sresp: found values of type object", "numbers"],
    ),
    "structured array": (
        np.zeros((NEURONS, BINS), [("t", "f4")]),
        {},
        ["activity: found values of type [('t', '<f4')]"],
    ),
    "dates": (PLAIN.astype("M8[s]"), {}, ["activity: found values of type datetime64[s]"]),
    "no neurons": (np.zeros((0, BINS)), {}, ["found 0 neurons x 30 bins", "at least 2 neurons"]),
    "no bins": (np.zeros((NEURONS, 0)), {}, ["found 20 neurons x 0 bins", "10 bins"]),
    "nine bins": (PLAIN[:, :9], {}, ["activity: found 20 neurons x 9 bins", "10 bins"]),
    "one neuron": (PLAIN[:1], {}, ["activity: found 1 neurons x 30 bins", "at least 2 neurons"]),
    "one NaN": (
        stringer(sresp=activity()),
        {},
        [
            "sresp: found 1 values that are NaN or infinite in 1 of 20 neurons",
            "the first (nan) at neuron 3, bin 7",
            "expected numbers within float32; `nan: mask` keeps all neurons and bins",
        ],
    ),
    "an infinity": (
        stringer(sresp=activity(5, slice(2, 4), value=-np.inf)),
        {},
        ["sresp: found 2 values that are NaN or infinite in 1 of", "(-inf) at neuron 5, bin 2"],
    ),
    "NaN in a plain array": (
        changed(PLAIN, (slice(4, 6), 0), np.nan),
        {},
        ["activity: found 2 values that are NaN", "in 2 of 20 neurons", "neuron 4, bin 0"],
    ),
    "beyond float32": (
        stringer(sresp=changed(PLAIN.astype("f8"), (1, 1), 1e200)),
        {},
        ["sresp: found 1 values", "the first (1e+200) at neuron 1, bin 1", "within float32"],
    ),
    "NaN everywhere, dropped": (
        stringer(sresp=activity(slice(None), 0)),
        {"nan": "drop_neurons"},
        ["sresp: found 0 usable of 20 neurons (0 constant, 20 with NaN", "at least 2 that vary"],
    ),
    "all constant": (
        stringer(sresp=np.ones((NEURONS, BINS))),
        {},
        ["sresp: found 0 usable of 20 neurons (20 constant, 0 with", "at least 2 that vary"],
    ),
    "one neuron left": (
        changed(PLAIN, (slice(1, None),), 0),
        {},
        ["activity: found 1 usable of 20 neurons (19 constant"],
    ),
    # positions
    "positions of four coordinates": (
        stringer(xyz=np.zeros((4, NEURONS))),
        {},
        ["xyz: found shape (4, 20), expected 3 x 20, the x, y and z of each neuron in um, or 2 x"],
    ),
    "xyz of one dimension": (stringer(xyz=XYZ[0]), {}, ["xyz: found shape (20,)"]),
    "a position too few": (
        stringer(xyz=XYZ[:, 1:]),
        {},
        ["xyz: found 19 neurons, expected 20 as in the activity of 20 neurons x 30 bins"],
    ),
    "a position too few of N x 3": (
        stringer(xyz=XYZ[:, 1:].T),
        {},
        ["xyz: found 19 neurons, expected 20 as in the activity of 20 neurons x 30 bins"],
    ),
    "positions file too long": (
        PLAIN,
        {"positions": np.zeros((3, 25))},
        ["positions.npy: positions: found 25 neurons, expected 20"],
    ),
    "transposed sresp": (
        stringer(sresp=PLAIN.T, run=None, pupilArea=None, pupilCOM=None, beh_svd_time=None),
        {},
        ["xyz: found 20 neurons, expected 30", "is the activity transposed?"],
    ),
    "transposed plain array": (
        PLAIN.T,
        {"positions": XYZ},
        ["positions.npy: positions: found 20 neurons, expected 30", "is the activity transposed?"],
    ),
    "text positions": (stringer(xyz=XYZ.astype("U5")), {}, ["xyz: found values of type <U5"]),
    "boolean positions": (stringer(xyz=XYZ > 0), {}, ["xyz: found values of type bool"]),
    "xyz is a list": (stringer(xyz=XYZ.tolist()), {}, ["xyz: found a list", "an array of numbers"]),
    "positions file of objects": (
        PLAIN,
        {"positions": {"xyz": XYZ}},
        ["positions.npy: positions: found a dict", "an array of numbers"],
    ),
    "positions file is not NumPy's": (
        PLAIN,
        {"positions": b"x,y,z\n1,2,3\n"},
        ["positions.npy: header: found a table in text", "a .npy file; load it with numpy.loadtxt"],
    ),
    # behaviour
    "run too short": (
        stringer(run=np.zeros((BINS - 1, 1))),
        {},
        ["run: found 29 bins, expected 30 as in the activity"],
    ),
    "run of neurons": (
        stringer(run=np.zeros((NEURONS, 1))),
        {},
        ["run: found 20 bins, expected 30", "is the activity transposed?"],
    ),
    "pupilCOM transposed": (
        stringer(pupilCOM=np.zeros((2, BINS))),
        {},
        ["pupilCOM: found 2 x 30, expected 30 bins x features; it looks transposed"],
    ),
    "infinite pupilArea": (
        stringer(pupilArea=np.full((BINS, 1), np.inf)),
        {},
        ["pupilArea: found 30 infinite values, the first (inf) at bin 0, feature 0", "float32"],
    ),
    "beh_svd_time of no features": (
        stringer(beh_svd_time=np.zeros((BINS, 0))),
        {},
        ["beh_svd_time: found shape (30, 0), expected 30 bins x features"],
    ),
    "beh_svd_time of three dimensions": (
        stringer(beh_svd_time=np.zeros((BINS, 2, 2))),
        {},
        ["beh_svd_time: found shape (30, 2, 2)"],
    ),
    "text run": (stringer(run=np.array(["a"] * BINS)), {}, ["run: found values of type <U1"]),
    "run is a number": (stringer(run=3.5), {}, ["run: found a float, expected an array"]),
    # labels
    "labels too few": (stringer(labels=LABELS[1:]), {}, ["labels: found 19 neurons, expected 20"]),
    "labels of bins": (
        PLAIN,
        {"labels": np.arange(BINS)},
        ["labels.npy: labels: found 30 neurons, expected 20", "is the activity transposed?"],
    ),
    "labels of two dimensions": (
        PLAIN,
        {"labels": np.zeros((NEURONS, 2), int)},
        ["labels.npy: labels: found shape (20, 2), expected a text or an integer for each neuron"],
    ),
    "labels of fractions": (
        PLAIN,
        {"labels": np.linspace(0, 1, NEURONS)},
        ["labels.npy: labels: found a float64 for neuron 1"],
    ),
    "labels of truth": (
        stringer(labels=[True] * NEURONS),
        {},
        ["labels: found a bool for neuron 0, expected a text or an integer"],
    ),
    "labels of no characters": (
        PLAIN,
        {"labels": np.full(NEURONS, 0x7FFFFFFF, "<u4").view("<U1")},
        ["labels.npy: labels: found text that is no Unicode, expected a text"],
    ),
    "an unprintable label": (
        stringer(labels=["a\0b", *LABELS[1:]]),
        {},
        ["labels: found 'a\\x00b' for neuron 0"],
    ),
    "labels are one text": (stringer(labels="V1"), {}, ["labels: found a str, expected a text"]),
    # bins and settings
    "no bin_seconds": (
        stringer(bin_seconds=None),
        {"bin_seconds": None},
        [
            "bin_seconds: found none in the file and none in the config",
            "set `bin_seconds` of mouse",
        ],
    ),
    "two bin_seconds": (
        stringer(bin_seconds=0.45),
        {"bin_seconds": 1.2},
        ["bin_seconds: found 0.45 in the file and 1.2 in the config", "the same in both"],
    ),
    "bin_seconds of 0": (stringer(bin_seconds=0.0), {}, ["bin_seconds: found 0.0", "above 0"]),
    "bin_seconds of -1": (
        PLAIN,
        {"bin_seconds": -1},
        ["config: bin_seconds of mouse: found -1, expected one number of seconds above 0"],
    ),
    "bin_seconds is NaN": (stringer(bin_seconds=np.array(np.nan)), {}, ["found nan", "above 0"]),
    "bin_seconds is infinite": (stringer(bin_seconds=np.inf), {}, ["found inf", "above 0"]),
    "bin_seconds is a text": (
        stringer(bin_seconds="1.2 s"),
        {},
        ["bin_seconds: found a str", "one number of seconds"],
    ),
    "bin_seconds of each bin": (
        stringer(bin_seconds=np.ones(BINS)),
        {},
        ["bin_seconds: found a ndarray of 30 values of type float64", "one number"],
    ),
    "another nan": (PLAIN, {"nan": "zero"}, ["config: nan of mouse: found 'zero'", "drop_neurons"]),
    # files
    "cut off": (
        (GOOD_BYTES, PLAIN, -100),
        {},
        ["size: found 2300 bytes of data, expected 2400 for float32 of shape (20, 30)", "cut off"],
    ),
    "cut off in the pickle": (
        (GOOD_BYTES, stringer(), -100),
        {},
        [
            "pickle: found EOFError",
            "a whole pickle of NumPy arrays; the file may have been cut off",
        ],
    ),
    "cut off in the activity": (
        (GOOD_BYTES, stringer(), 500),
        {},
        [
            "pickle: found EOFError",
            "a whole pickle of NumPy arrays; the file may have been cut off",
        ],
    ),
    "cut off in the header": ((GOOD_BYTES, PLAIN, 40), {}, ["header: found ValueError: EOF"]),
    "empty file": (b"", {}, ["header: found an empty file", "the header of a .npy file; copy"]),
    "a table": (b"1,2,3\n4,5,6\n", {}, ["header: found a table in text", "begins with '1,2,3'"]),
    "HDF5": (
        b"\x89HDF\r\n\x1a\n" + bytes(99),
        {},
        ["header: found an HDF5 file", "a name that ends in .h5 or"],
    ),
    "a folder": ("folder", {}, ["file name: found a folder, raw.npy, expected a file that"]),
    "missing": ("missing", {}, ["file: found no way to read it (No such file or directory)"]),
}


def lay(path, content):
    """Put `content` where `path` says: an array or dict, bytes, part of a file, or no file."""
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif isinstance(content, tuple):
        np.save(path, content[1])
        path.write_bytes(path.read_bytes()[: content[2]])
    elif isinstance(content, str):
        if content == "folder":
            path.mkdir()
    else:
        np.save(path, content)
    return path


def imported(folder, raw, *, name="mouse", **settings):
    """Import `raw` with these settings; arrays among them become files. The path of the result."""
    files = {
        key: lay(folder / f"{key}.npy", settings.pop(key))
        for key in ("positions", "labels")
        if key in settings
    }
    if not isinstance(raw, dict):
        settings = {"bin_seconds": 1.2} | settings
    out = folder / "results" / "recording.h5"
    import_recording(lay(folder / "raw.npy", raw), out, name=name, **files, **settings)
    return out


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gives_one_clear_sentence_and_no_file(tmp_path, case):
    raw, settings, said = BAD[case]
    (tmp_path / "results").mkdir()
    with pytest.raises(InputError) as error:
        imported(tmp_path, raw, **settings)
    message = str(error.value)
    for words in said:
        assert words in message
    assert re.search(r"(\w+\.npy|config): [\w ]+: found .+, expected .+\.$", message)
    if "config: " not in said[0]:
        assert str(tmp_path) in message
    assert list((tmp_path / "results").iterdir()) == []


def test_there_are_many_bad_inputs():
    assert len(BAD) >= 45


def test_a_stringer_recording_arrives_whole(tmp_path, capsys):
    raw = stringer()
    with h5py.File(imported(tmp_path, raw)) as file:
        assert file["activity"][:].tolist() == raw["sresp"].tolist()
        assert file["activity"].dtype == np.float32
        assert file["activity"].chunks == (1, BINS)
        assert file["positions"][:].tolist() == raw["xyz"].tolist()
        assert file["neuron_ids"][:].tolist() == list(range(NEURONS))
        assert set(file["behaviour"]) == {"run", "pupilArea", "pupilCOM", "beh_svd_time"}
        for key, dataset in file["behaviour"].items():
            assert dataset.dtype == np.float32
            assert dataset[:].tolist() == raw[key].astype("f4").tolist()
        assert set(file) == {"activity", "positions", "neuron_ids", "behaviour"}
        assert dict(file.attrs) == {
            "name": "mouse",
            "bin_seconds": 1.2,
            "source_file": "raw.npy",
            "source_sha256": hashlib.sha256((tmp_path / "raw.npy").read_bytes()).hexdigest(),
            "dropped_constant_neurons": 0,
            "dropped_nan_neurons": 0,
            "outliers": "report",
            "outlier_neurons": 0,
            "dropped_outlier_neurons": 0,
            "capped_outlier_neurons": 0,
        }
    assert "not copied: beh_svd_mask, stat" in capsys.readouterr().out


def test_every_dataset_says_its_units_and_axes(tmp_path):
    expected = {
        "activity": ("arbitrary", ["neuron", "bin"]),
        "positions": ("um", ["x, y, z", "neuron"]),
        "neuron_ids": ("index in the source file", ["neuron"]),
        "labels": ("text", ["neuron"]),
        **{
            f"behaviour/{key}": ("arbitrary", ["bin", "feature"])
            for key in ("run", "pupilArea", "pupilCOM", "beh_svd_time")
        },
    }
    found = {}

    def note(name, item):
        if isinstance(item, h5py.Dataset):
            found[name] = (item.attrs["units"], list(item.attrs["axes"]))
            assert len(item.attrs["axes"]) == item.ndim

    with h5py.File(imported(tmp_path, stringer(labels=LABELS))) as file:
        file.visititems(note)
    assert found == expected


def test_a_plain_array_has_only_what_it_is_given(tmp_path):
    with h5py.File(imported(tmp_path, PLAIN, bin_seconds=0.5)) as file:
        assert set(file) == {"activity", "neuron_ids"}
        assert file["activity"][:].tolist() == PLAIN.tolist()
        assert file.attrs["bin_seconds"] == 0.5


def test_positions_and_labels_come_from_files(tmp_path):
    labels = np.array(["Cortex", "midbräin"] * 10)
    with h5py.File(imported(tmp_path, PLAIN, positions=XYZ, labels=labels)) as file:
        assert file["positions"][:].tolist() == XYZ.tolist()
        assert file["labels"].asstr()[:].tolist() == labels.tolist()


def test_a_dict_needs_no_positions(tmp_path):
    with h5py.File(imported(tmp_path, stringer(xyz=None, labels=LABELS))) as file:
        assert set(file) == {"activity", "neuron_ids", "labels", "behaviour"}


@pytest.mark.parametrize("nothing", [np.array(None, object), [], np.array([]), np.nan])
def test_a_behaviour_that_was_not_recorded_may_be_there(tmp_path, nothing):
    with h5py.File(imported(tmp_path, stringer(run=nothing))) as file:
        assert set(file["behaviour"]) == {"pupilArea", "pupilCOM", "beh_svd_time"}


def test_keys_that_cannot_be_read_are_noted(tmp_path, capsys):
    raw = stringer(date=datetime.datetime(2024, 3, 1), folder=pathlib.Path("/data"), trials=None)
    with h5py.File(imported(tmp_path, raw)) as file:
        assert file["activity"][:].tolist() == raw["sresp"].tolist()
    said = capsys.readouterr().out
    assert "not copied: beh_svd_mask, date, folder, stat" in said
    assert "skipped without reading them: objects of datetime.datetime, pathlib.PosixPath" in said


def test_positions_file_fills_in_for_a_dict_without_xyz(tmp_path):
    with h5py.File(imported(tmp_path, stringer(xyz=None), positions=XYZ)) as file:
        assert file["positions"][:].tolist() == XYZ.tolist()


@pytest.mark.parametrize(
    "labels",
    [
        list(range(NEURONS)),
        tuple(map(str, range(NEURONS))),
        np.arange(NEURONS),
        np.arange(NEURONS).astype("S2"),
        np.arange(NEURONS).astype("U2"),
        np.array([str(n) for n in range(NEURONS)], object),
    ],
    ids=["list", "tuple", "integers", "bytes", "text", "objects"],
)
def test_labels_become_text(tmp_path, labels):
    with h5py.File(imported(tmp_path, stringer(labels=labels))) as file:
        assert file["labels"].asstr()[:].tolist() == [str(n) for n in range(NEURONS)]
        assert h5py.check_string_dtype(file["labels"].dtype).length is None


def test_constant_neurons_are_left_out_everywhere_and_counted(tmp_path, capsys):
    raw = stringer(sresp=changed(changed(PLAIN, (2,), 0), (5,), 7.5), labels=LABELS)
    kept = [n for n in range(NEURONS) if n not in (2, 5)]
    with h5py.File(imported(tmp_path, raw)) as file:
        assert file["neuron_ids"][:].tolist() == kept
        assert file["activity"][:].tolist() == PLAIN[kept].tolist()
        assert file["positions"][:].tolist() == XYZ[:, kept].tolist()
        assert file["labels"].asstr()[:].tolist() == [LABELS[n] for n in kept]
        assert file.attrs["dropped_constant_neurons"] == 2
        assert file.attrs["dropped_nan_neurons"] == 0
    assert "left out: 2 constant neurons, 0 neurons with NaN" in capsys.readouterr().out


def test_drop_neurons_leaves_out_neurons_with_nan_in_activity_or_position(tmp_path):
    sresp = changed(changed(activity(3, 7), (4, 0), np.inf), (9,), 0)
    raw = stringer(sresp=sresp, xyz=changed(positions((2, 6), np.nan), (0, 9), np.nan))
    with h5py.File(imported(tmp_path, raw, nan="drop_neurons")) as file:
        kept = [n for n in range(NEURONS) if n not in (3, 4, 6, 9)]
        assert file["neuron_ids"][:].tolist() == kept
        assert file["activity"][:].tolist() == PLAIN[kept].tolist()
        assert file["positions"][:].tolist() == XYZ[:, kept].tolist()
        assert file.attrs["dropped_nan_neurons"] == 4
        assert file.attrs["dropped_constant_neurons"] == 0


@pytest.mark.parametrize(
    ("xyz", "known"),
    [
        (XYZ[:2], XYZ[:2]),
        (changed(XYZ, (2,), np.nan), XYZ[:2]),
        (changed(XYZ, (2,), np.inf), XYZ[:2]),
        (changed(XYZ, (slice(0, 2),), np.nan), XYZ[2:]),
    ],
)
@pytest.mark.parametrize("nan", ["error", "drop_neurons"])
def test_a_coordinate_that_no_neuron_has_costs_no_neuron(tmp_path, xyz, known, nan):
    with h5py.File(imported(tmp_path, stringer(xyz=xyz), nan=nan)) as file:
        positions = file["positions"][:]
    assert positions.shape == (3, NEURONS)
    assert positions[np.isfinite(positions)].tolist() == known.ravel().tolist()


@pytest.mark.parametrize("axes", [2, 3])
def test_positions_may_be_neurons_x_axes(tmp_path, axes):
    with h5py.File(imported(tmp_path, stringer(xyz=XYZ[:axes].T))) as file:
        assert file["positions"][:axes].tolist() == XYZ[:axes].tolist()


@pytest.mark.parametrize(
    ("xyz", "expected"),
    [
        (XYZ[:, :3], XYZ[:, :3]),
        (XYZ[:2, :3], XYZ[:2, :3]),
        (XYZ[:2, :3].T, XYZ[:2, :3]),
    ],
    ids=["3 x 3", "2 x 3", "3 x 2"],
)
def test_coordinates_of_three_neurons_are_the_rows_where_they_can_be(xyz, expected):
    found = check_positions(Field("a.npy", "xyz", xyz), (3, 30))
    assert found[: len(expected)].tolist() == expected.tolist()


def test_a_missing_position_is_no_error_of_the_import(tmp_path):
    """Layers by labels do not need it, and those that do say so."""
    with h5py.File(imported(tmp_path, stringer(xyz=positions((2, 4), np.nan)))) as file:
        assert np.argwhere(np.isnan(file["positions"][:])).tolist() == [[2, 4]]


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([*LABELS[:5], None, *LABELS[6:]], [*LABELS[:5], "", *LABELS[6:]]),
        (np.array([*LABELS[:5], np.nan, *LABELS[6:]], object), [*LABELS[:5], "", *LABELS[6:]]),
        (changed(np.array(LABELS), (slice(2, 4),), ["", " "]), [*LABELS[:2], "", "", *LABELS[4:]]),
        (changed(np.arange(20.0), (1,), np.nan), ["0", "", *map(str, range(2, 20))]),
        (np.full(NEURONS, None), [""] * NEURONS),
    ],
)
def test_a_missing_label_stays_empty_and_is_counted(tmp_path, labels, expected, capsys):
    with h5py.File(imported(tmp_path, stringer(labels=labels))) as file:
        assert file["labels"].asstr()[:].tolist() == expected
    said = f"labels: {expected.count('')} of 20 neurons have none"
    assert said in capsys.readouterr().out


def test_nan_in_behaviour_is_kept_and_counted(tmp_path, capsys):
    pupil = changed(stringer()["pupilArea"], (slice(3, 6),), np.nan)
    with h5py.File(imported(tmp_path, stringer(pupilArea=pupil))) as file:
        assert np.flatnonzero(np.isnan(file["behaviour/pupilArea"][:, 0])).tolist() == [3, 4, 5]
    assert "pupilArea: 3 of 30 values are NaN and stay so" in capsys.readouterr().out


def test_behaviour_of_one_dimension_is_one_feature(tmp_path):
    run = np.arange(BINS)
    with h5py.File(imported(tmp_path, stringer(run=run))) as file:
        assert file["behaviour/run"][:].tolist() == run[:, None].tolist()


def variants():
    counts = np.round(PLAIN * 20)
    for code in ("|u1", "<i2", ">i4", "<i8", "<f2", ">f4", "<f8", ">f8"):
        yield code, counts.astype(code)
    yield "bool", counts > 20
    yield "fortran", np.asfortranarray(counts)
    yield "big-endian fortran", np.asfortranarray(counts.astype(">f4"))
    yield "strided", np.repeat(counts, 2, axis=1)[:, ::2]


@pytest.mark.parametrize("in_dict", [True, False], ids=["dict", "plain"])
@pytest.mark.parametrize("array", [pytest.param(a, id=name) for name, a in variants()])
def test_numbers_of_any_type_and_order_are_read(tmp_path, array, in_dict):
    with h5py.File(imported(tmp_path, stringer(sresp=array) if in_dict else array)) as file:
        assert file["activity"].dtype == np.float32
        assert file["activity"][:].tolist() == array.astype("f4").tolist()


@pytest.mark.parametrize("value", [1.2, np.float64(1.2), np.array(1.2), np.array([[1.2]])])
def test_bin_seconds_of_the_file_may_have_any_form(tmp_path, value):
    with h5py.File(imported(tmp_path, stringer(bin_seconds=value))) as file:
        assert file.attrs["bin_seconds"] == 1.2


@pytest.mark.parametrize("in_file, setting", [(None, 1.2), (1.2, 1.2), (np.float32(1.2), 1.2)])
def test_bin_seconds_of_the_config_fills_in_or_agrees(tmp_path, in_file, setting):
    raw = stringer(bin_seconds=in_file)
    with h5py.File(imported(tmp_path, raw, bin_seconds=setting)) as file:
        assert file.attrs["bin_seconds"] == pytest.approx(1.2)


def test_ten_bins_and_two_neurons_are_enough(tmp_path):
    with h5py.File(imported(tmp_path, PLAIN[:2, :10])) as file:
        assert file["activity"].shape == (2, 10)


def test_many_blocks_give_the_same_file_as_one(tmp_path, monkeypatch):
    raw = stringer(sresp=changed(activity(3, 7), (11,), 0))
    whole = imported(tmp_path, raw, nan="drop_neurons").read_bytes()
    monkeypatch.setattr("nma.recordings.selection.BLOCK_BYTES", 3 * 4 * BINS)
    assert imported(tmp_path, raw, nan="drop_neurons").read_bytes() == whole
    with pytest.raises(InputError, match="2 values .* in 2 of 20 .* at neuron 3, bin 7"):
        imported(tmp_path, changed(activity(3, 7), (17, 1), np.nan))


def test_the_result_does_not_depend_on_where_the_file_lies(tmp_path):
    for folder in ("here", "there"):
        (tmp_path / folder).mkdir()
        imported(tmp_path / folder, stringer())
    one, two = (tmp_path / folder / "results" / "recording.h5" for folder in ("here", "there"))
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize("order", ["C", "F"])
def test_memory_stays_within_one_recording(tmp_path, order, monkeypatch):
    monkeypatch.setattr("nma.recordings.selection.BLOCK_BYTES", 2**20)
    array = np.random.default_rng(0).random((1000, 10_000), np.float32)
    np.save(
        tmp_path / "raw.npy", {"sresp": np.asarray(array, order=order), "xyz": XYZ[:, [0] * 1000]}
    )
    tracemalloc.start()
    import_recording(tmp_path / "raw.npy", tmp_path / "out.h5", name="large", bin_seconds=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < array.nbytes + 8e6
