"""From a raw recording to the files of its layers: names, numbers of neurons, and warnings."""

import json

import h5py
import numpy as np
import pytest
from suite2p_folders import make_suite2p

from nma.io.errors import InputError
from nma.preprocessing.grouping import Grouping
from nma.preprocessing.layer_files import slice_layers
from nma.recordings.import_recording import import_recording

BINS = 12


def sliced(folder, by, count, *, neurons="smallest", raw=None, labels=None, xyz=None, **grouping):
    """Import a recording with these labels and positions, and slice it: content of layers.json."""
    given = {"labels": labels, "xyz": xyz} | (raw or {})
    given = {key: np.asarray(value) for key, value in given.items() if value is not None}
    number = max(value.shape[-1] for value in given.values())
    activity = np.random.default_rng(0).gamma(1, 1, (number, BINS))
    np.save(folder / "raw.npy", {"sresp": activity, **given}, allow_pickle=True)
    import_recording(folder / "raw.npy", folder / "recording.h5", name="mouse", bin_seconds=1.0)
    paths = [folder / "layers" / f"L{n + 1}.h5" for n in range(count)]
    grouping = Grouping(by, count, **grouping)
    slice_layers(
        folder / "recording.h5", paths, folder / "layers.json", grouping=grouping, neurons=neurons
    )
    return json.loads((folder / "layers.json").read_text())


def regions(**sizes):
    return np.repeat(np.array([*sizes], object), [*sizes.values()])


def planes(*sizes, sd=0.5):
    rng = np.random.default_rng(1)
    z = np.repeat(30.0 * np.arange(len(sizes)), sizes) + rng.normal(0, sd, sum(sizes))
    return np.stack([*rng.uniform(0, 500, (2, len(z))), z])


FAR = np.array([[*range(30), *range(400, 429), 50_000]] * 3)
FIELD = np.array(np.meshgrid(np.arange(8) * 50, np.arange(10) * 50)).reshape(2, 80)
OUTSIDE = regions(CA1=30, DG=28, root=2)
UNNAMED = np.append(regions(VISp=20, VISl=20), [None] * 20)

CASES = {  # the recording and its layers; {name: neurons}; used; left out; a warning
    "region names": (
        ("labels", 3, {"labels": regions(CA1=60, CA3=40, DG=3)}),
        ({"CA1": 60, "CA3": 40, "DG": 3}, 3, {}),
        "DG has far fewer neurons than other layers, so only 3 of each are used, 9 of 103 neurons; "
        "in `layers:`, `except: [DG]` or `min_neurons: 40` with `count: 2` leaves 40 of each",
    ),
    "labels that are numbers": (
        ("labels", 3, {"labels": np.repeat([10, 2, 1], 5)}),
        ({"1": 5, "2": 5, "10": 5}, 5, {}),
        None,
    ),
    "labels without positions": (
        ("labels", 3, {"labels": regions(V1=30, LM=30, AL=30)}),
        ({"AL": 30, "LM": 30, "V1": 30}, 30, {}),
        None,
    ),
    "units outside": (
        ("labels", 3, {"labels": OUTSIDE}),
        ({"CA1": 30, "DG": 28, "root": 2}, 2, {}),
        "`except: [root]` or `min_neurons: 28` with `count: 2` leaves 28 of each",
    ),
    "units outside, by name": (
        ("labels", 2, {"labels": OUTSIDE, "left_out": ("root",)}),
        ({"CA1": 30, "DG": 28}, 28, {"root": 2}),
        None,
    ),
    "units outside, by number": (
        ("labels", 2, {"labels": OUTSIDE, "min_neurons": 28}),
        ({"CA1": 30, "DG": 28}, 28, {"root": 2}),
        None,
    ),
    "units without a region": (
        ("labels", 2, {"labels": UNNAMED, "unlabelled": "leave_out"}),
        ({"VISl": 20, "VISp": 20}, 20, {"no label": 20}),
        None,
    ),
    "a region of one": (
        ("labels", 2, {"labels": regions(CA1=60, CA3=40, DG=1)}),
        ({"CA1": 60, "CA3": 40}, 40, {"DG": 1}),
        None,
    ),
    "a label called all": (
        ("labels", 2, {"labels": regions(all=4, b=4)}),
        ({"all (L1)": 4, "b": 4}, 4, {}),
        None,
    ),
    "a label that YAML would misread": (
        ("labels", 3, {"labels": np.repeat(["no", "V1", "V2"], [2, 9, 9])}),
        ({"no": 2, "V1": 9, "V2": 9}, 2, {}),
        '`except: ["no"]`',
    ),
    "jittered planes": (
        ("depth", 3, {"xyz": planes(60, 40, 20)}),
        ({"L1": 60, "L2": 40, "L3": 20}, 20, {}),
        None,
    ),
    "a small plane": (
        ("depth", 3, {"xyz": planes(60, 40, 9)}),
        ({"L1": 60, "L2": 40, "L3": 9}, 9, {}),
        "in `layers:`, `min_neurons: 40` with `count: 2` leaves 40 of each",
    ),
    "a small plane, left out": (
        ("depth", 2, {"xyz": planes(60, 40, 9, sd=0), "min_neurons": 40}),
        ({"L1": 60, "L2": 40}, 40, {"z 60 um": 9}),
        None,
    ),
    "a ROI far away": (
        ("kmeans", 2, {"xyz": FAR}),
        ({"L1": 30, "L2": 29}, 29, {"clusters of fewer than 2 neurons": 1}),
        None,
    ),
    "x and y alone": (
        ("xy_blocks", 4, {"xyz": FIELD}),
        ({"L1": 20, "L2": 20, "L3": 20, "L4": 20}, 20, {}),
        None,
    ),
    "no positions": (
        ("whole", 1, {"raw": {"run": np.zeros(BINS)}, "labels": regions(V1=20)}),
        ({"L1": 20}, 20, {}),
        None,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_layers_of_recordings(tmp_path, case, capsys):
    (by, count, settings), (sizes, used, left_out), warning = CASES[case]
    found = sliced(tmp_path, by, count, **settings)
    assert {row["name"]: row["neurons"] for row in found["layers"]} == sizes
    assert {row["grouping"]: row["neurons"] for row in found["left_out"]} == left_out
    said = capsys.readouterr().out
    if warning:
        (sentence,) = found["warnings"]
        assert warning in sentence and f"warning: {sentence}\n" in said
    else:
        assert not found["warnings"] and "warning" not in said
    assert [line for line in said.splitlines() if line.startswith("left out: ")][1:] == [
        f"left out: {name} ({number} neuron{'s' * (number > 1)})"
        for name, number in left_out.items()
    ]
    ids = []
    for number, row in enumerate(found["layers"], 1):
        with h5py.File(tmp_path / "layers" / f"L{number}.h5") as file:
            assert file.attrs["layer"] == row["layer"] == f"L{number}"
            assert file.attrs["layer_name"] == row["name"]
            assert file.attrs["grouping"] == row["grouping"]
            assert len(file["neuron_ids"]) == row["used"] == used
            ids += [*file["neuron_ids"], *file["other_neuron_ids"]]
            assert ("positions" in file) == ("xyz" in settings)
    assert len(set(ids)) == len(ids) == sum(sizes.values())


WAYS_OUT = {  # the recording and its layers; the error; what it says to write, which works
    "a region of one": (
        ("labels", 3, {"labels": regions(CA1=60, CA3=40, DG=1)}),
        "labels: found 2: CA1 (60), CA3 (40) neurons, without DG (1) (layers: except, "
        "min_neurons), expected 3 layers",
        ("labels", 2, {}),
    ),
    "units without a region": (
        ("labels", 2, {"labels": UNNAMED}),
        "labels: found none for 20 of 60 neurons",
        ("labels", 2, {"unlabelled": "leave_out"}),
    ),
    "no z": (
        ("depth", 9, {"xyz": FIELD}),
        "depths (z): found none, expected z of each neuron; for one plane write `layers: {by: "
        "whole, count: 1}`, and for groups in x-y `by: kmeans` or",
        ("kmeans", 9, {}),
    ),
    "more than there are": (
        ("whole", 1, {"xyz": FIELD, "neurons": 90}),
        "layer whole: found 80 neurons, expected at least 90 (layers: neurons)",
        ("whole", 1, {"neurons": "smallest"}),
    ),
}


@pytest.mark.parametrize("case", WAYS_OUT)
def test_what_an_error_says_to_write_works(tmp_path, case):
    (by, count, settings), sentence, (other, number, way_out) = WAYS_OUT[case]
    with pytest.raises(InputError) as error:
        sliced(tmp_path, by, count, **settings)
    assert str(error.value).startswith(f"{tmp_path / 'recording.h5'}: {sentence}")
    assert not (tmp_path / "layers").exists() and not (tmp_path / "layers.json").exists()
    assert len(sliced(tmp_path, other, number, **settings | way_out)["layers"]) == number


def test_of_labels_some_positions_may_be_missing(tmp_path):
    """Scores are then made as without positions, which are of all neurons or of none."""
    xyz = planes(10, 10)
    xyz[0, 3] = np.nan
    labels = np.repeat(["a", "b"], 10)
    sliced(tmp_path, "labels", 2, labels=labels, xyz=xyz)
    for number in (1, 2):
        with h5py.File(tmp_path / "layers" / f"L{number}.h5") as file:
            assert "positions" not in file


def test_imaging_planes_are_named_and_keep_the_unit_of_positions(tmp_path):
    make_suite2p(tmp_path / "suite2p", (9, 6, 30), (50, 50, 50))
    recording = tmp_path / "recording.h5"
    import_recording(tmp_path / "suite2p", recording, name="mouse")
    paths, table = [tmp_path / f"L{n}.h5" for n in (1, 2, 3)], tmp_path / "layers.json"
    slice_layers(recording, paths, table, grouping=Grouping("planes", 3), neurons="smallest")
    found = json.loads(table.read_text())
    assert [tuple(row.values()) for row in found["layers"]] == [
        ("L1", "plane0", "plane0", 6, 4),
        ("L2", "plane1", "plane1", 4, 4),
        ("L3", "plane2", "plane2", 20, 4),
    ]
    for number, path in enumerate(paths):
        with h5py.File(path) as file:
            assert file.attrs["layer_name"] == f"plane{number}"
            assert file["positions"].attrs["units"] == "pixels"


def test_small_imaging_planes_say_what_to_write(tmp_path):
    make_suite2p(tmp_path / "suite2p", (9, 3, 9), (50, 50, 50))
    recording, table = tmp_path / "recording.h5", tmp_path / "layers.json"
    import_recording(tmp_path / "suite2p", recording, name="mouse")
    paths = [tmp_path / f"L{n}.h5" for n in (1, 2, 3)]
    slice_layers(recording, paths, table, grouping=Grouping("planes", 3), neurons="smallest")
    (warning,) = json.loads(table.read_text())["warnings"]
    assert "`except: [plane1]` or `min_neurons: 6` with `count: 2` leaves 6 of each" in warning
    grouping = Grouping("planes", 2, left_out=("plane1",))
    slice_layers(recording, paths[:2], table, grouping=grouping, neurons="smallest")
    assert [row["used"] for row in json.loads(table.read_text())["layers"]] == [6, 6]
