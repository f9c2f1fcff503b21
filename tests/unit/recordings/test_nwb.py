"""NWB files: which series, ROIs, places, times and behaviour are read, and what is refused."""

import warnings

import h5py
import numpy as np
import nwb_files as files
import pytest
from pynwb.ecephys import ElectricalSeries

from nma.io.errors import InputError
from nma.recordings.formats import nwb
from nma.recordings.import_recording import import_recording
from nma.recordings.nwb import activity as tiles

ACTIVITY = files.activity()
UM = np.array(files.CENTRES).T * [[2], [4]]  # of the grid in files.GEOMETRY


@pytest.fixture
def path(tmp_path):
    return tmp_path / "mouse.nwb"


def content(path):
    """{name: (bytes, attributes)} of a recording.h5, and its own attributes but for the source."""
    found = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda name, item: (
                found.update({name: (item[()].tobytes(), dict(item.attrs).items())})
                if isinstance(item, h5py.Dataset) and item.dtype != object
                else None
            )
        )
        labels = file["labels"][:].tolist() if "labels" in file else None
        source = ("source_file", "source_sha256")
        attributes = {key: value for key, value in file.attrs.items() if key not in source}
    return {key: (data, str(of)) for key, (data, of) in found.items()}, labels, attributes


def test_a_file_gives_the_recording_that_plain_arrays_give(path, tmp_path):
    """Activity, positions, labels, bins and behaviour, dataset by dataset."""
    data = files.activity()
    data[5, 3], data[:, 7] = np.nan, 1.5  # a gap, and a constant neuron
    pupil = np.random.default_rng(1).normal(size=(60, 2))
    made = files.new_nwb()
    masks = [files.voxels(x, y, n % 3) for n, (x, y) in enumerate(files.CENTRES)]
    geometry = {"grid_spacing": [2.0, 4.0, 30.0], "grid_spacing_unit": "micrometers"}
    origin = {"origin_coords": [1.0, 2.0, 0.1], "origin_coords_unit": "millimeters"}
    table = files.add_plane(made, masks, kind="voxel_mask", **geometry, **origin)
    files.add_series(made, data, table)
    files.add_behaviour(made, "run", pupil[:, 0], rate=files.RATE)
    files.add_behaviour(made, "pupil", pupil, container="PupilTracking", rate=files.RATE)
    files.write(made, path)

    xyz = np.array(
        [
            [2 * (x + 1) + 1000, 4 * y + 2000, 30 * (n % 3) + 100]
            for n, (x, y) in enumerate(files.CENTRES)
        ]
    ).T
    raw = {"sresp": data.T, "xyz": xyz.astype(float), "run": pupil[:, :1], "pupil": pupil}
    raw |= {"labels": ["VISp"] * 12, "bin_seconds": 0.25}
    raw["pupilCOM"] = raw.pop("pupil")  # the one name of a dict that has two columns
    np.save(tmp_path / "mouse.npy", raw, allow_pickle=True)
    for suffix in (".nwb", ".npy"):
        out = tmp_path / f"recording{suffix}.h5"
        import_recording(path.with_suffix(suffix), out, name="mouse", nan="mask")
    found, expected = (content(tmp_path / f"recording{suffix}.h5") for suffix in (".nwb", ".npy"))
    expected[0]["behaviour/pupil"] = expected[0].pop("behaviour/pupilCOM")
    assert found == expected
    assert {"activity", "positions", "missing", "behaviour/run"} <= set(found[0])


# which series


def several(path, names=("Fluorescence/RoiResponseSeries", "Deconvolved/RoiResponseSeries")):
    """Series of the same ROIs, each with activity of its own, in these containers."""
    made = files.new_nwb()
    table = files.add_plane(made, [files.pixels(x, y) for x, y in files.CENTRES])
    for seed, name in enumerate(names):
        container, series = name.split("/")
        files.add_series(made, files.activity(seed=seed), table, container=container, name=series)
    return files.write(made, path)


@pytest.mark.parametrize(
    ("names", "asked", "seed"),
    [
        (("Fluorescence/A", "Deconvolved/A"), None, 1),
        (("Fluorescence/A", "Deconvolved/A"), "Fluorescence", 0),
        (("Fluorescence/A", "Deconvolved/A"), "fluorescence/a", 0),
        (("Fluorescence/A", "Deconvolved/A"), "ophys/Deconvolved", 1),
        (("Fluorescence/RoiResponseSeries", "Fluorescence/Deconvolved"), "Deconvolved", 1),
        (("Fluorescence/RoiResponseSeries", "DfOverF/Deconvolved"), None, 1),
        (("Fluorescence/Neuropil",), None, 0),
    ],
)
def test_the_series_is_the_one_that_is_meant(path, names, asked, seed):
    found = nwb.read(several(path, names), series=asked)
    np.testing.assert_array_equal(found.activity, files.activity(seed=seed).T)
    assert all(f"ophys/{name}" in found.notes[0].split("; in the file: ")[1] for name in names)


def planes(path, *, names=("Plane0", "Plane1"), locations=("V1", "LM"), bins=(60, 60), **options):
    """Two planes of 12 ROIs each, with tables of their own, in one container."""
    made = files.new_nwb()
    for number, (name, location) in enumerate(zip(names, locations, strict=True)):
        masks = [files.pixels(x, y) for x, y in files.CENTRES]
        grid = files.GEOMETRY if options.get("grids", (1, 1))[number] else {}
        table = files.add_plane(made, masks, name=name, location=location, **grid)
        data = files.activity(bins=bins[number], seed=number)
        rate = options.get("rates", (4.0, 4.0))[number]
        files.add_series(made, data, table, name=name, container="Deconvolved", rate=rate)
    return files.write(made, path)


def test_planes_are_read_one_after_the_other_and_labelled(path):
    found = nwb.read(planes(path), plane_um=35)
    both = np.concatenate([files.activity(seed=seed) for seed in (0, 1)], axis=1)
    np.testing.assert_array_equal(found.activity, both.T)
    np.testing.assert_allclose(found.positions, [*np.tile(UM, 2), np.repeat([0, 35], 12)])
    assert found.labels == ["V1"] * 12 + ["LM"] * 12
    assert nwb.size(path) == (24, 60)
    assert nwb.read(planes(path, locations=("V1", "V1"))).labels[::12] == [
        "ImagingPlanePlane0",
        "ImagingPlanePlane1",
    ]
    one = nwb.read(path, series="Plane1")
    np.testing.assert_array_equal(one.activity, files.activity(seed=1).T)


# ROIs


@pytest.mark.parametrize("kind", ["pixel_mask", "image_mask"])
def test_a_place_is_the_centre_of_the_mask_on_the_grid(path, kind):
    masks = [files.pixels(x, y) for x, y in files.CENTRES]
    if kind == "image_mask":
        masks = files.images(files.CENTRES)
    found = nwb.read(files.plain(path, plane={"masks": masks, "kind": kind}))
    np.testing.assert_allclose(found.positions[:2], UM, rtol=1e-6)
    assert np.isnan(found.positions[2]).all() and found.position_unit == "um"


def test_weights_of_a_mask_count(path):
    masks = [[(x, y, 3.0), (x + 4, y, 1.0)] for x, y in files.CENTRES]
    found = nwb.read(files.plain(path, plane={"masks": masks}))
    np.testing.assert_allclose(found.positions[:2], UM + [[2], [0]])


@pytest.mark.parametrize(
    ("geometry", "options", "factors", "unit"),
    [
        ({"grid_spacing": None}, {}, (1, 1), "pixels"),
        ({"grid_spacing": None}, {"um_per_pixel": 1.5}, (1.5, 1.5), "um"),
        ({}, {"um_per_pixel": 3}, (3, 3), "um"),
        ({"grid_spacing": [0.5, 0.5], "grid_spacing_unit": "microns"}, {}, (0.5, 0.5), "um"),
        ({"grid_spacing": [1e-3, 2e-3], "grid_spacing_unit": "mm"}, {}, (1, 2), "um"),
    ],
)
def test_the_grid_is_that_of_the_config_or_of_the_file(path, geometry, options, factors, unit):
    found = nwb.read(files.plain(path, plane=dict(geometry)), **options)
    expected = np.array(files.CENTRES).T * np.array(factors)[:, None]
    np.testing.assert_allclose(found.positions[:2], expected)
    assert found.position_unit == unit


def test_depth_is_that_of_the_origin_where_masks_are_flat(path):
    origin = {"origin_coords": [0.0, 0.0, 3e-4], "origin_coords_unit": "meters"}
    found = nwb.read(files.plain(path, plane=origin))
    np.testing.assert_allclose(found.positions, [*UM, np.full(12, 300)])


def test_depth_of_voxels_needs_a_step_from_plane_to_plane(path):
    masks = [files.voxels(x, y, n % 3) for n, (x, y) in enumerate(files.CENTRES)]
    origin = {"origin_coords": [0.0, 0.0, 3e-4], "origin_coords_unit": "meters"}
    made = files.plain(path, plane={"masks": masks, "kind": "voxel_mask", **origin})
    assert np.isnan(nwb.read(made).positions[2]).all()
    found = nwb.read(made, plane_um=20)
    np.testing.assert_allclose(found.positions[2], [300, 320, 340] * 4)


def test_masks_that_are_empty_have_no_place_and_cost_nothing_else(path):
    masks = files.images(files.CENTRES)
    masks[4][:] = 0
    found = nwb.read(files.plain(path, plane={"masks": masks, "kind": "image_mask"}))
    assert np.flatnonzero(np.isnan(found.positions[0])).tolist() == [4]
    assert found.notes[-1] == "positions: 11 of 12 ROIs, in um, by image_mask"
    for mask in masks:
        mask[:] = 0
    found = nwb.read(files.plain(path, plane={"masks": masks, "kind": "image_mask"}))
    assert found.positions is None and found.activity.shape == (12, 60)


ISCELL = np.array([[n % 2, n / 12] for n in range(12)])


@pytest.mark.parametrize(
    ("column", "cells", "kept"),
    [
        (("iscell", ISCELL), True, [1, 3, 5, 7, 9, 11]),
        (("iscell", ISCELL), "all", list(range(12))),
        (("iscell", ISCELL), 0.75, [9, 10, 11]),
        (("Accepted", np.arange(12) < 5), True, [0, 1, 2, 3, 4]),
        (("Rejected", (np.arange(12) < 5).astype("u1")), True, [5, 6, 7, 8, 9, 10, 11]),
        (("snr", np.arange(12.0)), True, list(range(12))),
    ],
)
def test_cells_are_those_that_the_file_accepts(path, column, cells, kept):
    found = nwb.read(files.plain(path, plane={"columns": [column]}), cells=cells)
    np.testing.assert_array_equal(found.activity, ACTIVITY.T[kept])
    np.testing.assert_allclose(found.positions[:2], UM[:, kept])
    assert found.ids.tolist() == kept and len(found.labels) == len(kept)


def test_rows_of_the_table_may_be_in_any_order(path):
    rows = [7, 2, 9]
    found = nwb.read(files.plain(path, data=ACTIVITY[:, :3], rows=rows))
    np.testing.assert_array_equal(found.activity, ACTIVITY.T[:3])
    np.testing.assert_allclose(found.positions[:2], UM[:, rows])


# values and times


def test_data_with_rois_first_are_told_by_their_region(path):
    found = nwb.read(files.plain(path, data=ACTIVITY.T))
    np.testing.assert_array_equal(found.activity, ACTIVITY.T)
    assert "has ROIs first and bins second" in found.warnings[0]


def test_values_are_those_in_their_unit(path):
    counts = np.round(100 * ACTIVITY).astype("u2")
    found = nwb.read(files.plain(path, data=counts, conversion=0.01, offset=-1.0))
    np.testing.assert_allclose(found.activity, 0.01 * counts.T - 1)
    assert nwb.read(files.plain(path, data=counts)).activity.dtype == np.uint16


@pytest.mark.parametrize("chunks", [None, (7, 5), (1, 12), (60, 1), (60, 12), (64, 4)])
@pytest.mark.parametrize("transposed", [False, True])
def test_every_layout_of_chunks_is_read_whole(tmp_path, monkeypatch, chunks, transposed):
    monkeypatch.setattr(tiles, "TILE_BYTES", 200)
    columns = np.array([0, 3, 4, 11])
    with h5py.File(tmp_path / "a.h5", "w") as file:
        data = ACTIVITY.T if transposed else ACTIVITY
        chunks = None if chunks is None else tuple(np.minimum(chunks, data.shape))
        data = file.create_dataset("data", data=data, chunks=chunks)
        part = tiles.Part("a", data, transposed, columns)
        found = tiles.by_neuron("a.h5", [part, part], 60)
    np.testing.assert_array_equal(found, ACTIVITY.T[[*columns, *columns]])


def test_timestamps_give_the_bin(path):
    times = 100 + np.arange(60) / 7.5 + np.random.default_rng(0).uniform(0, 0.01, 60)
    found = nwb.read(files.plain(path, timestamps=times))
    assert found.bin_seconds == pytest.approx((times[-1] - times[0]) / 59)


def test_behaviour_is_averaged_within_bins(path):
    """Bins of 0.25 s from 10 s on; samples of 20 Hz, five a bin, from 10.5 s to 12.5 s."""
    made = files.new_nwb()
    table = files.add_plane(made, [files.pixels(x, y) for x, y in files.CENTRES])
    files.add_series(made, ACTIVITY, table, starting_time=10.0)
    speed = np.arange(40.0)
    speed[[0, 5, 6, 7, 8, 9]] = np.nan
    files.add_behaviour(made, "speed", speed, rate=20.0, starting_time=10.5)
    times = 10.5 + np.arange(40) / 20
    add = files.add_behaviour
    add(made, "speed", np.c_[speed, -speed], container="BehavioralTimeSeries", timestamps=times)
    add(made, "pupil size (mm)", speed, container="PupilTracking", timestamps=times)
    add(made, "early", speed, rate=20.0)  # over before the activity begins
    add(made, "words", np.array(["a", "b"]), rate=1.0)
    add(made, "lick", speed, rate=20.0, module="other")
    found = nwb.read(files.write(made, path))
    expected = np.full(60, np.nan)
    expected[2:10] = np.arange(40.0).reshape(8, 5).mean(axis=1)
    expected[2], expected[3] = 2.5, np.nan
    assert set(found.behaviour) == {"speed", "behavior_speed", "pupil_size_mm_"}
    for values in found.behaviour.values():
        np.testing.assert_allclose(values[:, 0], expected)
    left_out = [note for note in found.notes if note.startswith("behaviour left out")]
    assert len(left_out) == 2 and "early" in left_out[0] and "words" in left_out[1]


# suite2p's own writer


def of_suite2p(path, planes=2):
    """What suite2p.io.save_nwb writes: one table, voxels, a series a plane, a made-up grid."""
    made = files.new_nwb("suite2p_proc")
    several = planes > 1
    grid = {"grid_spacing": [2.0, 2.0, 30.0][: 3 if several else 2]}
    masks = [files.voxels(x, y, n // 6) for n, (x, y) in enumerate(files.CENTRES)]
    if not several:
        masks = [files.pixels(x, y) for x, y in files.CENTRES]
    table = files.add_plane(
        made,
        masks,
        kind="voxel_mask" if several else "pixel_mask",
        columns=[("iscell", np.c_[np.ones(12), np.ones(12)])],
        location="V1",
        grid_spacing_unit="microns",
        **grid,
    )
    for container in ("Fluorescence", "Neuropil", "Deconvolved"):
        for plane in range(planes):
            rows = range(12 * plane // planes, 12 * (plane + 1) // planes)
            data = (container == "Deconvolved") * ACTIVITY[:, list(rows)] + 1
            files.add_series(
                made, data, table, name=f"plane{plane}", container=container, rows=rows
            )
    return files.write(made, path)


def test_a_grid_that_suite2p_made_up_has_to_be_given(path):
    with pytest.raises(InputError) as error:
        nwb.read(of_suite2p(path))
    assert str(error.value) == (
        f"{path}: grid_spacing of ImagingPlane: found 2, 2, 30 microns, which suite2p writes "
        "whatever the microscope was, expected that of the microscope; give `um_per_pixel`, and "
        "`plane_um` where planes differ in depth, in the recording."
    )
    with pytest.raises(InputError, match="which suite2p writes"):
        nwb.read(path, um_per_pixel=1)
    found = nwb.read(path, um_per_pixel=1, plane_um=[0, 35])
    np.testing.assert_array_equal(found.activity, ACTIVITY.T + 1)
    np.testing.assert_array_equal(found.positions[2], [0] * 6 + [35] * 6)
    assert found.labels == ["plane0"] * 6 + ["plane1"] * 6
    with pytest.raises(InputError, match="found 2, 2 microns, which suite2p writes"):
        nwb.read(of_suite2p(path, planes=1))
    one = nwb.read(path, um_per_pixel=0.5)
    np.testing.assert_allclose(one.positions[:2], np.array(files.CENTRES).T / 2)
    assert one.labels is None


# what is refused


def edited(path, edit, **options):
    """A plain file, changed by edit(h5py.File, its series)."""
    files.plain(path, **options)
    with h5py.File(path, "r+") as file:
        edit(file, file["processing/ophys/Fluorescence/RoiResponseSeries"])
    return path


def replaced(name, value):
    def edit(_, series):
        attributes = dict(series[name].attrs)
        del series[name]
        series[name] = value
        series[name].attrs.update(attributes)

    return edit


def without_times(_, series):
    del series["starting_time"]


def no_version(file, _):
    del file.attrs["nwb_version"]


def version_1(file, _):
    del file.attrs["nwb_version"]
    file["nwb_version"] = "NWB-1.0.6"


def electrical(path):
    made = files.new_nwb()
    device = made.create_device("probe")
    group = made.create_electrode_group("shank", description="", location="V1", device=device)
    for _ in range(4):
        made.add_electrode(group=group, location="V1")
    region = made.create_electrode_table_region([0, 1, 2, 3], "all")
    made.add_acquisition(ElectricalSeries("lfp", np.ones((50, 4)), region, rate=1000.0))
    made.add_unit(spike_times=[0.1, 0.2])
    return files.write(made, path)


def text(path):
    path.write_text("a,b\n1,2\n")
    return path


def cut_off(path):
    files.plain(path)
    path.write_bytes(path.read_bytes()[:5000])
    return path


def bare(path):
    return files.write(files.new_nwb(), path)


def with_plane(**plane):
    return lambda path: files.plain(path, plane=plane)


def with_series(**options):
    return lambda path: files.plain(path, **options)


def with_edit(edit):
    return lambda path: edited(path, edit)


def dangling(file, _):
    del file["processing/ophys/ImageSegmentation/PlaneSegmentation/pixel_mask_index"]


def external(_, series):
    del series["data"]
    series["data"] = h5py.ExternalLink("gone.h5", "/data")


def no_rois(_, series):
    del series["rois"]


INDEX = "processing/ophys/ImageSegmentation/PlaneSegmentation/pixel_mask_index"


def wild_index(file, _):
    file[INDEX][5] = 0  # before the mask of the ROI in front of it ends


TIMES = np.arange(60) / 4
BACK = np.where(np.arange(60) == 30, 7.0, TIMES)
JUMP = TIMES + np.where(np.arange(60) >= 20, 3.0, 0)
HOLE = np.where(np.arange(60) == 30, np.nan, TIMES)
MICRONS = {"grid_spacing_unit": "meters"}
SERIES = "ophys/Fluorescence/RoiResponseSeries"
BAD = {  # name: (a function of a path that writes the file, options, what the error must say)
    "a text": (text, {}, ["content: found a table in text", "expected an NWB file of version 2"]),
    "cut off": (cut_off, {}, ["content: found no HDF5 file that can be opened", "cut off"]),
    "an HDF5 file": (with_edit(no_version), {}, ["nwb_version: found an HDF5 file that is no NWB"]),
    "NWB 1": (with_edit(version_1), {}, ["nwb_version: found NWB-1.0.6, expected an NWB file of"]),
    "nothing in it": (bare, {}, ["series: found no RoiResponseSeries, but no series at all"]),
    "electrodes": (electrical, {}, ["no RoiResponseSeries, but ElectricalSeries, Units"]),
    "several": (
        lambda path: several(path, ("Fluorescence/A", "DfOverF/B")),
        {},
        ["found 2 series, ophys/DfOverF/B, ophys/Fluorescence/A, expected one", "`series:`"],
    ),
    "several of one container": (
        lambda path: several(path, ("Fluorescence/A", "Fluorescence/B")),
        {},
        ["series: found 2 series of the same ROIs, ophys/Fluorescence/A, ophys/Fluorescence/B"],
    ),
    "no such series": (
        with_series(),
        {"series": "spikes"},
        [f"series: found no series spikes among {SERIES}, expected the name of one"],
    ),
    "no times": (
        with_edit(without_times),
        {},
        [f"processing/{SERIES}: found what pynwb cannot read (TypeError: either 'timestamps' or"],
    ),
    "no rate": (
        with_edit(lambda _, s: s["starting_time"].attrs.modify("rate", 0.0)),
        {},
        [f"{SERIES}: found a rate of 0 Hz, expected a rate above 0 Hz, or timestamps"],
    ),
    "a negative rate": (
        with_edit(lambda _, s: s["starting_time"].attrs.modify("rate", -4.0)),
        {},
        ["rate of -4 Hz"],
    ),
    "a rate that is no number": (
        with_edit(lambda _, s: s["starting_time"].attrs.modify("rate", np.nan)),
        {},
        ["rate of nan Hz"],
    ),
    "times go back": (
        with_series(timestamps=BACK),
        {},
        [f"{SERIES}: timestamps: found 7.25 s and then 7 s at bin 30, expected times that inc"],
    ),
    "times jump": (
        with_series(timestamps=JUMP),
        {},
        ["found 1 of 59 intervals out of step, the first of 3.25 s at bin 20, expected about"],
    ),
    "times are missing": (
        with_series(timestamps=HOLE),
        {},
        ["timestamps: found 1 of 60 that are NaN or infinite, expected seconds"],
    ),
    "too few times": (
        lambda path: edited(path, replaced("timestamps", TIMES[:50]), timestamps=TIMES),
        {},
        ["timestamps: found shape (50,), expected shape (60,), one a bin"],
    ),
    "ROIs on neither axis": (
        with_series(rows=range(7)),
        {},
        [f"{SERIES}: found data of shape (60, 12), expected bins x 7, as many ROIs as its region"],
    ),
    "three dimensions": (
        with_edit(replaced("data", np.zeros((60, 12, 2)))),
        {},
        ["(60, 12, 2)"],
    ),
    "texts": (
        with_edit(replaced("data", np.full((60, 12), b"a"))),
        {},
        [f"{SERIES}: found values of type |S1, expected numbers"],
    ),
    "data in a file that is gone": (with_edit(external), {}, ["data"]),
    "no region": (with_edit(no_rois), {}, [f"processing/{SERIES}: found what pynwb cannot read"]),
    "rows that are not there": (
        with_edit(lambda _, s: s["rois"].__setitem__(3, 40)),
        {},
        [f"{SERIES}: rois: found row 40, expected rows of PlaneSegmentation, 0 to 11"],
    ),
    "masks of other ROIs": (
        with_edit(wild_index),
        {},
        ["PlaneSegmentation: pixel_mask: found masks that do not fit", "each of 12 ROIs"],
    ),
    "an unknown unit": (
        with_plane(grid_spacing_unit="furlongs"),
        {},
        ["found unit 'furlongs', expected meters, micrometers", "give `um_per_pixel`"],
    ),
    "micrometers called meters": (
        with_plane(grid_spacing=[2.0, 2.0], grid_spacing_unit="meters"),
        {},
        ["found 2e+06 um from pixel to pixel (meters), expected above 0 and at most 1000 um"],
    ),
    "a grid of 0": (with_plane(grid_spacing=[0.0, 1e-6]), {}, ["found 0 um from pixel to pixel"]),
    "a negative grid": (with_plane(grid_spacing=[-1e-6, 1e-6]), {}, ["found -1 um from pixel"]),
    "depths without a grid": (
        with_plane(grid_spacing=None),
        {"plane_um": 30},
        ["plane_um: found it alone, expected `um_per_pixel` too, as the file has no grid"],
    ),
    "a grid of one plane alone": (
        lambda path: planes(path, grids=(1, 0)),
        {},
        ["grid_spacing of ImagingPlanePlane1: found none, expected one, as other planes have"],
    ),
    "too few depths": (
        lambda path: planes(path),
        {"plane_um": [0]},
        ["plane_um: found 1 depths, expected the depths of at least 2 planes"],
    ),
    "planes of other lengths": (
        lambda path: planes(path, bins=(60, 59)),
        {},
        ["ophys/Deconvolved/Plane1: found 59 bins, expected 60 as in the first plane"],
    ),
    "planes of other rates": (
        lambda path: planes(path, rates=(4.0, 5.0)),
        {},
        ["found bins of 0.2 s, expected 0.25 s as in the first plane"],
    ),
    "no probabilities": (
        with_plane(columns=[("Accepted", np.ones(12))]),
        {"cells": 0.5},
        ["PlaneSegmentation: iscell: found no probabilities of cells", "`cells: 0.5`"],
    ),
    "cells that are texts": (
        with_plane(columns=[("iscell", ["yes"] * 12)]),
        {},
        ["PlaneSegmentation: iscell: found", "expected numbers or booleans for each of 12 ROIs"],
    ),
    "no cells": (
        with_plane(columns=[("iscell", np.zeros((12, 2)))]),
        {},
        ["activity: found 0 neurons x 60 bins, expected at least 2 neurons"],
    ),
    "two times of a bin": (
        with_series(),
        {"bin_seconds": 0.5},
        ["bin_seconds: found 0.25 in the file and 0.5 in the config"],
    ),
    "gaps": (
        with_series(data=np.where(np.arange(60)[:, None] == 9, np.nan, ACTIVITY)),
        {},
        ["activity: found 12 values that are NaN or infinite", "`nan: drop_bins`"],
    ),
    "few bins": (with_series(data=ACTIVITY[:5]), {}, ["found 12 neurons x 5 bins"]),
    "no bins": (with_series(data=ACTIVITY[:0]), {}, ["found 12 neurons x 0 bins"]),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_read_is_named_in_one_sentence(path, tmp_path, name):
    make, options, said = BAD[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pynwb's, of files that are wrong on purpose
        make(path)
        seconds = options.get("bin_seconds")
        options = {key: value for key, value in options.items() if key != "bin_seconds"}
        with pytest.raises(InputError) as error:
            import_recording(
                path, tmp_path / "out.h5", name="a", options=options, bin_seconds=seconds
            )
    sentence = str(error.value)
    assert sentence.startswith(f"{path}: ") and all(part in sentence for part in said), sentence
    assert "\n" not in sentence and sentence.endswith(".")
    assert not (tmp_path / "out.h5").exists()


def test_size_of_what_cannot_be_read_is_none(path):
    assert nwb.size(text(path)) is None and nwb.size(path.with_name("gone.nwb")) is None
    assert nwb.size(bare(path)) is None
