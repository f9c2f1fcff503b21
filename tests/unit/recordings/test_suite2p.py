"""Folders of suite2p: what is read of them, against the arrays that they were made of."""

import re
import tracemalloc
from pathlib import Path

import h5py
import numpy as np
import pytest
from project import ROOT
from scipy.ndimage import gaussian_filter, maximum_filter1d, minimum_filter1d
from suite2p_folders import COEFFICIENT, SIGMA, STYLES, WINDOW, change, make_suite2p

from nma.io.errors import InputError
from nma.recordings import raw
from nma.recordings.checks import ArrayLike
from nma.recordings.formats import suite2p
from nma.recordings.import_recording import import_recording

EXAMPLE = ROOT.parent / "shared/recordings/suite2p_example/suite2p"


def cells(planes, name="spks", bins=None):
    """An array of all planes' cells; spks, F or Fneu."""
    return np.concatenate([getattr(p, name)[p.iscell[:, 0] == 1, :bins] for p in planes.values()])


@pytest.mark.parametrize("style", STYLES)
def test_every_version_gives_the_same_recording(tmp_path, style):
    planes = make_suite2p(tmp_path / "suite2p", style=style)
    found = suite2p.read(tmp_path / "suite2p")
    np.testing.assert_array_equal(found.activity[:], cells(planes))
    assert found.bin_seconds == 1 / 30
    assert found.planes.tolist() == ["plane0"] * 5 + ["plane1"] * 4
    assert found.ids.tolist() == [0, 1, 3, 4, 6, 7, 8, 10, 11]
    assert found.position_unit == "pixels"
    med = np.array([[*planes[0].stat[n]["med"]] for n in (0, 1, 3, 4, 6)])
    np.testing.assert_array_equal(found.positions[:2, :5], med.T[::-1])
    assert np.isnan(found.positions[2]).all()
    assert any(note.startswith("signal: spks; fs: 30 in plane0/") for note in found.notes)


@pytest.mark.parametrize("style", STYLES)
def test_fluorescence_is_less_the_neuropil(tmp_path, style):
    planes = make_suite2p(tmp_path, style=style)
    found = suite2p.read(tmp_path, signal="F").activity[:]
    expected = cells(planes, "F") - COEFFICIENT * cells(planes, "Fneu")
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("style", STYLES)
def test_dff_is_relative_to_the_baseline_of_suite2p(tmp_path, style):
    planes = make_suite2p(tmp_path, style=style, fs=12.5)
    f = cells(planes, "F") - COEFFICIENT * cells(planes, "Fneu")
    baseline = gaussian_filter(f, [0, SIGMA])
    for extremum in (minimum_filter1d, maximum_filter1d):
        baseline = extremum(baseline, int(WINDOW * 12.5), axis=1)
    found = suite2p.read(tmp_path, signal="dff").activity[:]
    np.testing.assert_array_equal(found, (f - baseline) / baseline)


def test_the_window_of_the_baseline_follows_bin_seconds_where_fs_says_nothing(tmp_path):
    make_suite2p(tmp_path / "known", fs=15)
    make_suite2p(tmp_path / "unknown", fs=1)
    known = suite2p.read(tmp_path / "known", signal="dff").activity[:]
    unknown = suite2p.read(tmp_path / "unknown", signal="dff", bin_seconds=1 / 15)
    np.testing.assert_array_equal(unknown.activity[:], known)
    assert unknown.bin_seconds is None


@pytest.mark.parametrize("spoil", [lambda f: f - 200, lambda f: np.where(f == f[9], np.nan, f)])
def test_a_roi_without_a_baseline_has_no_dff(tmp_path, spoil):
    make_suite2p(tmp_path)

    def spoiled(array):
        array[1] = spoil(array[1])

    change(tmp_path / "plane0/F.npy", spoiled)
    found = suite2p.read(tmp_path, signal="dff").activity[:]
    assert np.isnan(found[1]).all() and np.isfinite(np.delete(found, 1, axis=0)).all()
    out = tmp_path / "recording.h5"
    with pytest.raises(InputError) as error:
        import_recording(tmp_path, out, name="m", options={"signal": "dff"})
    assert "dF/F, none where its baseline is not above 0: found 240 values that" in str(error.value)
    assert str(error.value).endswith("`nan: drop_neurons` leaves these neurons out.")
    import_recording(tmp_path, out, name="m", options={"signal": "dff"}, nan="drop_neurons")
    with h5py.File(out) as file:
        assert file["neuron_ids"][:].tolist() == [0, 3, 4, 6, 7, 8, 10, 11]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (True, [0, 1, 3, 4, 6, 7, 8, 10, 11]),
        ("all", list(range(12))),
        (0.5, [3, 4, 5, 6, 9, 10, 11]),  # of 7: 0.1, 0.23, ..., 0.9; of 5: 0.1, 0.3, ...
        (0.9, [6, 11]),
        (0.0, list(range(12))),
    ],
)
def test_cells_are_chosen_by_their_flag_or_their_probability(tmp_path, asked, expected):
    planes = make_suite2p(tmp_path)
    found = suite2p.read(tmp_path, cells=asked)
    everything = np.concatenate([plane.spks for plane in planes.values()])
    assert found.ids.tolist() == expected
    np.testing.assert_array_equal(found.activity[:], everything[expected])


def test_all_rois_need_no_iscell(tmp_path):
    make_suite2p(tmp_path)
    (tmp_path / "plane1/iscell.npy").unlink()
    assert suite2p.read(tmp_path, cells="all").activity.shape == (12, 240)


def test_planes_are_cut_to_the_shortest_and_the_log_says_so(tmp_path):
    planes = make_suite2p(tmp_path, (3, 3, 3), (240, 238, 239))
    for signal in ("spks", "F", "dff"):
        found = suite2p.read(tmp_path, signal=signal)
        assert found.activity.shape == (6, 238) == found.activity[:].shape
        assert "all planes are cut to 238 frames, as many as the shortest has" in found.notes
    np.testing.assert_array_equal(suite2p.read(tmp_path).activity[:], cells(planes, bins=238))


def test_planes_are_in_the_order_of_their_numbers(tmp_path):
    make_suite2p(tmp_path, [2] * 11, [50] * 11)
    found = suite2p.read(tmp_path)
    assert found.planes[::2].tolist() == [f"plane{number}" for number in range(11)]


def test_flyback_planes_are_left_out(tmp_path):
    planes = make_suite2p(tmp_path, (4, 4, 4), [50] * 3, flyback=(0,))
    found = suite2p.read(tmp_path)
    np.testing.assert_array_equal(found.activity[:], cells(planes))
    assert set(found.planes) == {"plane1", "plane2"}
    assert "plane0: left out as flyback" in found.notes
    assert not [file for file in suite2p.files(tmp_path) if file.match("plane0/s*.npy")]


def test_a_flyback_plane_needs_no_folder(tmp_path):
    make_suite2p(tmp_path, (4, 4, 4), [50] * 3, flyback=(2,))
    for file in [*(tmp_path / "plane2").iterdir()]:
        file.unlink()
    (tmp_path / "plane2").rmdir()
    assert suite2p.read(tmp_path).activity.shape == (6, 50)


@pytest.mark.parametrize("shape", [(0, 50), (0,)])
def test_a_plane_without_rois_is_no_layer_and_no_error(tmp_path, shape):
    planes = make_suite2p(tmp_path, (4, 2, 4), [50] * 3)
    for name in ("F", "Fneu", "spks", "stat"):
        np.save(tmp_path / f"plane1/{name}.npy", np.zeros(shape if name != "stat" else 0))
    np.save(tmp_path / "plane1/iscell.npy", np.zeros((0, 2)))
    del planes[1]
    for signal in ("spks", "dff"):
        found = suite2p.read(tmp_path, signal=signal)
        assert found.planes.tolist() == ["plane0"] * 3 + ["plane2"] * 3
        assert found.ids.tolist() == [0, 1, 3, 4, 5, 7]
        assert found.activity.dtype == np.float32
    np.testing.assert_array_equal(suite2p.read(tmp_path).activity[:], cells(planes))


@pytest.mark.parametrize(
    ("plane_um", "depths"), [(None, [np.nan] * 2), (35, [35, 70]), ([-20, 110.5], [-20, 110.5])]
)
def test_positions_are_in_um_where_the_config_has_the_pixels(tmp_path, plane_um, depths):
    make_suite2p(tmp_path, (3, 3, 3), [50] * 3, flyback=(0,))
    pixels = suite2p.read(tmp_path).positions
    found = suite2p.read(tmp_path, um_per_pixel=1.5, plane_um=plane_um)
    np.testing.assert_array_equal(found.positions[:2], 1.5 * pixels[:2])
    np.testing.assert_array_equal(found.positions[2], np.repeat(depths, 2))
    assert found.position_unit == "um"


def test_traces_are_indexed_as_an_array_is(tmp_path):
    planes = make_suite2p(tmp_path, (4, 4, 4), (60, 59, 58))
    found, expected = suite2p.read(tmp_path).activity, cells(planes, bins=58)
    assert isinstance(found, ArrayLike)
    assert (found.shape, len(found), found.dtype) == ((9, 58), 9, np.float32)
    for index in (slice(2, 8), [0, 3, 8], np.array([4]), 5, np.int64(2), (7, 3), slice(0, 0)):
        np.testing.assert_array_equal(found[index], expected[index])
    np.testing.assert_array_equal(found[2:8, :20], expected[2:8, :20])


@pytest.mark.parametrize("signal", ["spks", "F", "dff"])
def test_traces_stay_in_their_files(tmp_path, signal):
    make_suite2p(tmp_path, (200,), (5000,))
    tracemalloc.start()
    found = suite2p.read(tmp_path, signal=signal)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.activity.shape == (134, 5000) and peak < 1e6


def test_a_plane_alone_is_a_recording(tmp_path):
    planes = make_suite2p(tmp_path / "suite2p", (4, 6), (60, 70))
    found = suite2p.read(tmp_path / "suite2p/plane1", um_per_pixel=2.0, plane_um=[90])
    np.testing.assert_array_equal(found.activity[:], cells({1: planes[1]}))
    assert set(found.planes) == {"plane1"} and set(found.positions[2]) == {90}
    (tmp_path / "suite2p/plane1").rename(tmp_path / "session")
    assert suite2p.read(tmp_path / "session").activity.shape == (4, 70)


def test_settings_may_lie_in_the_folder_of_all_planes(tmp_path):
    planes = make_suite2p(tmp_path / "s", style="1.0")
    for name in ("settings.npy", "db.npy"):
        (tmp_path / "s/plane0" / name).rename(tmp_path / "s" / name)
        (tmp_path / "s/plane1" / name).unlink()
    for path in ("s", "s/plane1"):
        found = suite2p.read(tmp_path / path, signal="F")
        assert found.bin_seconds == 1 / 30
    expected = cells({1: planes[1]}, "F") - COEFFICIENT * cells({1: planes[1]}, "Fneu")
    np.testing.assert_array_equal(found.activity[:], expected)
    assert tmp_path / "s/settings.npy" in suite2p.files(tmp_path / "s/plane1")


def test_a_plane_s_own_settings_go_first(tmp_path):
    make_suite2p(tmp_path)
    np.save(tmp_path / "ops.npy", {"fs": 30.0, "neucoeff": 0.1}, allow_pickle=True)
    expected = suite2p.read(tmp_path, signal="F").activity[:]
    (tmp_path / "ops.npy").unlink()
    np.testing.assert_array_equal(suite2p.read(tmp_path, signal="F").activity[:], expected)


@pytest.mark.parametrize(
    ("rates", "found"),
    [
        ((1, 1), "1 in plane0/ops.npy, a placeholder"),
        ((30, 10), "30 in plane0/ops.npy and 10 in plane1/ops.npy"),
        ((1, 30), "1 in plane0/ops.npy and 30 in plane1/ops.npy"),
        ((None, None), "none in settings.npy, ops.npy, db.npy"),
        ((0, 0), "0 in plane0/ops.npy"),
        ((np.nan, np.inf), "nan in plane0/ops.npy and inf in plane1/ops.npy"),
        (("30 Hz", "30 Hz"), "'30 Hz' in plane0/ops.npy"),
        ((True, True), "True in plane0/ops.npy"),
    ],
)
def test_a_frame_rate_that_says_nothing_asks_for_bin_seconds(tmp_path, rates, found):
    make_suite2p(tmp_path)
    for number, fs in enumerate(rates):
        change(tmp_path / f"plane{number}/ops.npy", lambda ops, fs=fs: ops.update(fs=fs))
    with pytest.raises(InputError) as error:
        suite2p.read(tmp_path)
    assert str(error.value) == (
        f"{tmp_path}: fs: found {found}, expected the frame rate of a plane in Hz; set "
        "`bin_seconds` of the recording in the config."
    )
    assert suite2p.read(tmp_path, bin_seconds=0.1).bin_seconds is None


# as a format


def test_folders_are_told_by_their_content(tmp_path):
    make_suite2p(tmp_path / "suite2p")
    (tmp_path / "other/plane").mkdir(parents=True)
    (tmp_path / "file").touch()
    assert suite2p.reads(tmp_path / "suite2p") and suite2p.reads(str(tmp_path / "suite2p/plane1"))
    for name in (".", "other", "file", "gone"):
        assert not suite2p.reads(tmp_path / name)
    assert raw.format_names(tmp_path / "suite2p") == ["suite2p"]


def test_the_size_is_told_by_headers(tmp_path):
    make_suite2p(tmp_path, frames=(240, 238))
    assert suite2p.size(tmp_path) == suite2p.size(tmp_path, signal="F", cells=0.5) == (12, 238)
    (tmp_path / "plane0/spks.npy").write_bytes(b"text")
    assert suite2p.size(tmp_path) == (5, 238)
    (tmp_path / "plane1/spks.npy").unlink()
    assert suite2p.size(tmp_path) is None


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {"iscell.npy", "spks.npy"}),
        ({"cells": "all"}, {"spks.npy"}),
        ({"signal": "F", "um_per_pixel": 2}, {"F.npy", "Fneu.npy", "iscell.npy"}),
        ({"signal": "dff", "cells": 0.5}, {"F.npy", "Fneu.npy", "iscell.npy"}),
    ],
)
def test_files_are_those_that_are_read_and_never_the_combined(tmp_path, options, expected):
    make_suite2p(tmp_path, style="1.1")
    make_suite2p(tmp_path / "combined", (12,), (240,))
    found = raw.files_of(tmp_path, **options)
    names = expected | {"stat.npy", "ops.npy", "settings.npy", "db.npy"}
    assert set(found) == {tmp_path / f"plane{n}" / name for n in (0, 1) for name in names}


# to recording.h5


def content(path):
    """{dataset: its type, bytes and attributes} and the attributes of a file."""
    datasets = {}

    def note(name, item):
        if isinstance(item, h5py.Dataset):
            attributes = {key: np.asarray(value).tolist() for key, value in item.attrs.items()}
            datasets[name] = (item.dtype, item.chunks, item[:].tobytes(), attributes)

    with h5py.File(path) as file:
        file.visititems(note)
        return datasets, dict(file.attrs)


@pytest.mark.parametrize("signal", ["spks", "F"])
@pytest.mark.parametrize("folder", [EXAMPLE, EXAMPLE / "plane0"], ids=lambda path: path.name)
def test_the_real_folder_and_a_plain_array_give_the_same_recording(tmp_path, folder, signal):
    """At 1 um a pixel positions are in um, as those of a plain array are."""
    options = {"cells": "all", "um_per_pixel": 1.0, "signal": signal}
    import_recording(folder, tmp_path / "a.h5", name="m", bin_seconds=0.025, options=options)
    stat = np.load(EXAMPLE / "plane0/stat.npy", allow_pickle=True)
    arrays = {name: np.load(EXAMPLE / f"plane0/{name}.npy") for name in ("F", "Fneu", "spks")}
    arrays["F"] -= 0.7 * arrays["Fneu"]
    np.save(tmp_path / "array.npy", arrays[signal])
    np.save(tmp_path / "xy.npy", np.array([roi["med"][::-1] for roi in stat], float).T)
    import_recording(
        tmp_path / "array.npy",
        tmp_path / "b.h5",
        name="m",
        bin_seconds=0.025,
        positions=tmp_path / "xy.npy",
    )
    (of_folder, attributes), (of_array, expected) = (
        content(tmp_path / n) for n in ("a.h5", "b.h5")
    )
    assert of_folder.pop("planes")[2] and of_folder == of_array
    assert set(of_array) == {"activity", "neuron_ids", "positions"}
    source = ("source_file", "source_sha256")
    assert {key for key in expected if attributes[key] != expected[key]} <= set(source)
    assert attributes.keys() == expected.keys()


def test_what_a_folder_has_of_its_own_arrives(tmp_path, capsys):
    make_suite2p(tmp_path / "suite2p")
    import_recording(tmp_path / "suite2p", tmp_path / "out.h5", name="m")
    with h5py.File(tmp_path / "out.h5") as file:
        assert file["planes"].asstr()[:].tolist() == ["plane0"] * 5 + ["plane1"] * 4
        assert dict(file["planes"].attrs)["units"] == "text"
        assert file["positions"].attrs["units"] == "pixels"
        assert file.attrs["source_file"] == "suite2p"
        assert re.fullmatch("[0-9a-f]{64}", file.attrs["source_sha256"])
    log = capsys.readouterr().out
    assert "plane1: 4 of 5 ROIs, 240 frames" in log


def test_bin_seconds_of_the_config_has_to_agree(tmp_path):
    make_suite2p(tmp_path / "s")
    with pytest.raises(InputError, match="found 0.0333333 in the file and 0.1 in the config"):
        import_recording(tmp_path / "s", tmp_path / "out.h5", name="m", bin_seconds=0.1)
    assert not Path(tmp_path / "out.h5").exists()
