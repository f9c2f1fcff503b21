"""Arrays in files of every format give the recording.h5 that plain arrays give."""

import array_files as files
import h5py
import numpy as np
import pytest

from nma.io.errors import InputError
from nma.recordings import unpacking
from nma.recordings.import_recording import import_recording
from nma.recordings.raw import files_of, format_of
from nma.recordings.unpacking import by_neuron

NEURONS, BINS = 20, 30
DRAWS = np.random.default_rng(0)
ACTIVITY = DRAWS.gamma(1, 1, (NEURONS, BINS)).astype("f4")
XYZ = DRAWS.uniform(0, 500, (3, NEURONS))
LABELS = [f"V{n % 3}" for n in range(NEURONS)]
RUN = DRAWS.normal(size=(BINS, 1))
FIELDS = {"sresp": ACTIVITY, "xyz": XYZ, "labels": LABELS, "run": RUN, "bin_seconds": 1.2}
WRITERS = {
    "a.npz": files.as_npz,
    "a.h5": files.as_hdf5,
    "a.hdf5": lambda path, fields: files.as_hdf5(path, fields, chunks=(3, 1), compression="gzip"),
    "a.mat": files.as_mat,
    "7.3.mat": files.as_mat73,
    "2.zarr": lambda path, fields: files.as_zarr(path, fields, chunks=(7, 4)),
    "3.zarr": files.as_zarr3,
}
SOURCE = ("source_file", "source_sha256")


def content(path):
    """Every dataset of a recording with its type and layout, and all attributes but the source."""
    found = {}

    def note(name, node):
        if isinstance(node, h5py.Dataset):
            values = node[()]
            values = values.tolist() if values.dtype == object else values.tobytes()
            attributes = {key: list(value) for key, value in node.attrs.items()}
            found[name] = (values, node.dtype, node.shape, node.chunks, attributes)

    with h5py.File(path) as file:
        file.visititems(note)
        return found, {key: value for key, value in file.attrs.items() if key not in SOURCE}


def imported(folder, source, **settings):
    out = folder / "recording.h5"
    import_recording(source, out, name="mouse", **settings)
    return content(out)


def plain(folder, activity=ACTIVITY, **fields):
    """What the plain array gives, with positions and labels in files of their own."""
    paths = {name: folder / f"plain_{name}.npy" for name in ("activity", *fields)}
    np.save(paths["activity"], activity)
    for name, values in fields.items():
        np.save(paths[name], values)
    others = {name: path for name, path in paths.items() if name != "activity"}
    return imported(folder, paths["activity"], bin_seconds=1.2, **others)


@pytest.mark.parametrize("name", WRITERS)
def test_one_line_reads_every_format_as_the_stringer_form_is_read(tmp_path, name):
    np.save(tmp_path / "dict.npy", FIELDS)
    expected = imported(tmp_path, tmp_path / "dict.npy")
    WRITERS[name](tmp_path / name, FIELDS)
    assert imported(tmp_path, tmp_path / name) == expected


@pytest.mark.parametrize("name", WRITERS)
def test_the_only_array_needs_no_name(tmp_path, name):
    WRITERS[name](tmp_path / name, {"F": ACTIVITY, "xyz": XYZ, "trials": np.arange(5.0)})
    found = imported(tmp_path, tmp_path / name, bin_seconds=1.2)
    assert found == plain(tmp_path, positions=XYZ)


@pytest.mark.parametrize("name", WRITERS)
def test_dataset_and_orientation_choose_and_turn(tmp_path, name):
    WRITERS[name](tmp_path / name, {"a": ACTIVITY, "b": 2 * ACTIVITY.T, "c": ACTIVITY[:9]})
    options = {"dataset": "b", "orientation": "bins_by_neurons"}
    assert format_of(tmp_path / name).size(tmp_path / name, **options) == (NEURONS, BINS)
    found = imported(tmp_path, tmp_path / name, options=options, bin_seconds=1.2)
    assert found == plain(tmp_path, 2 * ACTIVITY)


@pytest.mark.parametrize("name", ["a.h5", "a.mat", "7.3.mat", "2.zarr", "3.zarr"])
@pytest.mark.parametrize("dataset", ["s/rates", "/s/rates"])
def test_what_is_beside_an_array_in_a_group_belongs_to_it(tmp_path, name, dataset):
    """A struct in MATLAB. Where the group has no such field, that at the top is taken."""
    inside = {"rates": ACTIVITY, "xyz": XYZ}
    nested = {"s": inside} if name == "a.mat" else {f"s/{key}": x for key, x in inside.items()}
    WRITERS[name](
        tmp_path / name, {**nested, "xyz": XYZ[:, :4], "labels": LABELS, "other": ACTIVITY}
    )
    found = imported(tmp_path, tmp_path / name, options={"dataset": dataset}, bin_seconds=1.2)
    assert found == plain(tmp_path, positions=XYZ, labels=LABELS)


@pytest.mark.parametrize("name", WRITERS)
def test_several_arrays_are_told_with_their_sizes_in_the_log(tmp_path, name, capsys):
    WRITERS[name](tmp_path / name, FIELDS | {"spikes": ACTIVITY > 1})
    imported(tmp_path, tmp_path / name)
    assert "spikes" in capsys.readouterr().out.split("not copied: ")[1]


KINDS = ["f2", "f4", ">f4", "f8", ">f8", "g", "i1", "<i2", ">i4", "i8", "u1", "u2", ">u4", "?"]


@pytest.mark.parametrize("orientation", ["neurons_by_bins", "bins_by_neurons"])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("kind", KINDS)
def test_npy_of_every_type_and_order_is_mapped(tmp_path, kind, order, orientation):
    counts = np.round(ACTIVITY * 20).astype(kind)
    array = counts.T if orientation == "bins_by_neurons" else counts
    np.save(tmp_path / "a.npy", np.array(array, order=order))
    raw = format_of("a.npy").read(tmp_path / "a.npy", orientation=orientation)
    assert isinstance(raw.activity, np.memmap) and raw.activity.dtype == counts.dtype
    options = {"orientation": orientation}
    found = imported(tmp_path, tmp_path / "a.npy", options=options, bin_seconds=1.2)
    assert found == plain(tmp_path, counts.astype("f4"))


def test_a_dict_may_have_its_activity_the_other_way_round(tmp_path):
    np.save(tmp_path / "dict.npy", FIELDS)
    np.save(tmp_path / "turned.npy", FIELDS | {"sresp": ACTIVITY.T})
    options = {"orientation": "bins_by_neurons"}
    found = imported(tmp_path, tmp_path / "turned.npy", options=options)
    assert found == imported(tmp_path, tmp_path / "dict.npy")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "g"])
@pytest.mark.parametrize("name", ["a.npz", "a.h5", "2.zarr", "3.zarr"])
def test_numbers_of_every_type_are_read(tmp_path, name, kind):
    counts = np.round(ACTIVITY * 20).astype(kind)
    WRITERS[name](tmp_path / name, {"counts": counts})
    found = imported(tmp_path, tmp_path / name, bin_seconds=1.2)
    assert found == plain(tmp_path, counts.astype("f4"))


def test_a_matlab_file_of_version_4_is_read(tmp_path):
    from scipy.io import savemat

    savemat(tmp_path / "a.mat", {"rates": ACTIVITY}, format="4")
    assert imported(tmp_path, tmp_path / "a.mat", bin_seconds=1.2) == plain(tmp_path)


@pytest.mark.parametrize("name", ["a.mat", "7.3.mat"])
def test_vectors_of_matlab_may_lie_either_way(tmp_path, name):
    labels = np.arange(NEURONS, dtype="f8")
    vectors = {"labels": labels[:, None], "run": RUN.T, "bin_seconds": np.array([[1.2]])}
    WRITERS[name](tmp_path / name, FIELDS | vectors | {"pupilArea": np.zeros((0, 0))})
    np.save(tmp_path / "dict.npy", FIELDS | {"labels": labels})
    expected = imported(tmp_path, tmp_path / "dict.npy")
    assert imported(tmp_path, tmp_path / name) == expected


def test_rows_of_a_char_array_are_labels(tmp_path):
    for name in ("a.mat", "7.3.mat"):
        files.as_mat(tmp_path / "a.mat", FIELDS | {"labels": np.array(["V1", "CA"] * 10)})
        files.as_mat73(tmp_path / "7.3.mat", FIELDS)
        with h5py.File(tmp_path / "7.3.mat", "r+") as file:
            del file["labels"]
            codes = np.array([[ord(c) for c in text] for text in ["V1", "CA"] * 10], "u2")
            files.marked(file.create_dataset("labels", data=codes.T), "char")
        found = format_of(tmp_path / name).read(tmp_path / name)
        assert list(found.labels) == ["V1", "CA"] * 10


def test_a_zarr_array_may_be_the_store_itself(tmp_path):
    import zarr

    store = zarr.open_array(tmp_path / "a.zarr", mode="w", shape=ACTIVITY.shape, dtype="f4")
    store[:] = ACTIVITY
    assert imported(tmp_path, tmp_path / "a.zarr", bin_seconds=1.2) == plain(tmp_path)
    found = imported(tmp_path, tmp_path / "a.zarr", bin_seconds=1.2, options={"dataset": "/"})
    assert found == plain(tmp_path)


def test_the_files_of_a_zarr_store_are_those_of_the_arrays_read(tmp_path):
    files.as_zarr(
        tmp_path / "a.zarr", {"rates": ACTIVITY, "movie": np.zeros((9, 9, 9)), "xyz": XYZ}
    )
    found = {
        path.relative_to(tmp_path / "a.zarr").as_posix() for path in files_of(tmp_path / "a.zarr")
    }
    assert {"rates/.zarray", "rates/0.0", "xyz/.zarray", "xyz/0.0"} <= found
    assert not any(path.startswith("movie") for path in found)
    (tmp_path / "a.zarr/rates/.zarray").write_text("{}")  # which cannot be read
    found = [path.name for path in files_of(tmp_path / "a.zarr")]
    assert set(found) == {".zarray", ".zgroup"}


def test_chunks_that_are_not_there_are_told(tmp_path):
    files.as_zarr(tmp_path / "a.zarr", {"rates": ACTIVITY}, chunks=(5, 30))
    (tmp_path / "a.zarr/rates/1.0").unlink()
    _, attributes = imported(tmp_path, tmp_path / "a.zarr", bin_seconds=1.2)
    (warning,) = attributes["warnings"]
    assert warning.startswith(
        "1 of 4 chunks of /rates are not in the store and were taken to hold 0"
    )
    assert attributes["dropped_constant_neurons"] == 5


def test_a_file_without_a_suffix_is_told_by_its_content(tmp_path):
    for name in ("a.npz", "a.h5", "a.mat", "7.3.mat"):
        WRITERS[name](tmp_path / name, FIELDS)
        (tmp_path / name).rename(tmp_path / "downloaded")
        assert format_of(tmp_path / "downloaded").SUFFIXES[0] in (f".{name.rpartition('.')[2]}",)
        assert imported(tmp_path, tmp_path / "downloaded")


# unpacking


@pytest.mark.parametrize("chunks", [None, (1, BINS), (NEURONS, 1), (3, 7), True])
@pytest.mark.parametrize("by_bins", [False, True])
def test_a_copy_is_made_in_blocks_of_whole_chunks(tmp_path, monkeypatch, chunks, by_bins):
    monkeypatch.setattr(unpacking, "BLOCK_BYTES", 8 * 4 * NEURONS)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        dataset = file.create_dataset("a", data=ACTIVITY, chunks=chunks)
        found = by_neuron(dataset, by_bins=by_bins)
    expected = ACTIVITY.T if by_bins else ACTIVITY
    assert found.flags.c_contiguous and found.tolist() == expected.tolist()


def test_every_chunk_is_read_once(monkeypatch):
    monkeypatch.setattr(unpacking, "BLOCK_BYTES", 1)

    class Chunked:
        shape, dtype, chunks, read = ACTIVITY.shape, ACTIVITY.dtype, (20, 4), []

        def __getitem__(self, part):
            self.read.append(part[1])
            return ACTIVITY[part]

    by_neuron(Chunked())
    assert Chunked.read == [slice(n, min(n + 4, BINS)) for n in range(0, BINS, 4)]


def test_no_room_is_told_before_the_disk_is_full(tmp_path):
    """As for a file that claims to be larger than it is."""
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("a", (10**8, 10**8), "f8", chunks=(100, 100))
    with pytest.raises(InputError, match="file: found no space left on the disk, expected room to"):
        format_of(tmp_path / "a.h5").read(tmp_path / "a.h5")


# CaImAn

IMAGE = (6, 9)  # y, x


def footprints(count=NEURONS, dims=IMAGE):
    return np.random.default_rng(1).random((count, *dims)) * (
        np.random.default_rng(2).random((count, *dims)) < 0.2
    )


def centre_of(image):
    """x, y (and z) of a component, by hand."""
    weights = image / image.sum()
    y, x, *z = (float((weights * place).sum()) for place in np.indices(image.shape))
    return [x, y, *z]


def caiman(path, **changes):
    settings = {
        "components": [1, 4, 7, 19],
        "footprints": footprints(),
        "dims": IMAGE,
        "rate": 12.5,
    }
    files.as_caiman(path, {"C": ACTIVITY.astype("f8"), "S": ACTIVITY * 3}, **settings | changes)
    return path


def test_a_caiman_file_gives_what_its_arrays_give(tmp_path):
    kept = [1, 4, 7, 19]
    xyz = np.array([centre_of(image) for image in footprints()]).T
    found, attributes = imported(tmp_path, caiman(tmp_path / "a.hdf5"))
    np.save(tmp_path / "p.npy", ACTIVITY[kept])
    np.save(tmp_path / "xyz.npy", xyz[:, kept])
    expected, of_plain = imported(
        tmp_path, tmp_path / "p.npy", positions=tmp_path / "xyz.npy", bin_seconds=0.08
    )
    assert attributes == of_plain
    positions, ids = found.pop("positions"), found.pop("neuron_ids")
    np.testing.assert_allclose(
        np.frombuffer(positions[0]), np.frombuffer(expected.pop("positions")[0]), rtol=1e-12
    )
    assert positions[4]["units"] == list("pixels")
    assert np.frombuffer(ids[0], "i8").tolist() == kept
    expected.pop("neuron_ids")
    assert found == expected


@pytest.mark.parametrize(
    ("options", "factor", "ids"),
    [
        ({"signal": "S"}, 3, [1, 4, 7, 19]),
        ({"cells": "all"}, 1, range(NEURONS)),
        ({"cells": True, "signal": "C"}, 1, [1, 4, 7, 19]),
    ],
)
def test_the_signal_and_the_components_are_chosen(tmp_path, options, factor, ids):
    path = caiman(tmp_path / "a.hdf5")
    raw = format_of(path).read(path, **options)
    assert raw.ids.tolist() == list(ids)
    assert raw.activity.tolist() == (factor * ACTIVITY[ids].astype("f8")).astype("f4").tolist()
    assert format_of(path).size(path, **options) == (len(ids), BINS)


def test_um_per_pixel_scales_positions(tmp_path):
    path = caiman(tmp_path / "a.h5")
    read = format_of(path).read
    pixels, um = read(path), read(path, um_per_pixel=1.5)
    assert (pixels.position_unit, um.position_unit) == ("pixels", "um")
    np.testing.assert_allclose(um.positions, 1.5 * pixels.positions)


def test_a_volume_has_z(tmp_path):
    volume = (4, 5, 3)
    path = caiman(tmp_path / "a.h5", footprints=footprints(dims=volume), dims=volume)
    expected = np.array([centre_of(image) for image in footprints(dims=volume)]).T
    found = format_of(path).read(path, cells="all").positions
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_what_caiman_has_not_noted_is_told(tmp_path):
    path = caiman(tmp_path / "a.h5", components=None, footprints=None, rate=30)
    raw = format_of(path).read(path)
    assert (len(raw.ids), raw.positions, raw.bin_seconds) == (NEURONS, None, 1 / 30)
    assert raw.notes == (
        "no /estimates/idx_components: all 20 components are read",
        "no positions: /estimates/A or the dims of the image are not in the file",
        "/params/data/fr is 30, which CaImAn writes too where nobody has set it",
    )


def test_a_component_without_weights_has_no_position(tmp_path):
    images = footprints()
    images[4] = 0
    path = caiman(tmp_path / "a.h5", footprints=images)
    assert (
        np.isnan(format_of(path).read(path).positions).tolist() == [[False, True, False, False]] * 2
    )


def test_an_hdf5_file_of_arrays_is_not_taken_for_caiman_s(tmp_path):
    files.as_hdf5(tmp_path / "a.h5", FIELDS)
    assert format_of(tmp_path / "a.h5").__name__.endswith("formats.hdf5")
    assert format_of(caiman(tmp_path / "b.h5")).__name__.endswith("formats.caiman")
