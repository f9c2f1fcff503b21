"""Files of arrays that cannot be read give one sentence, and nothing in them is run."""

import json
import pickle
import re
import zipfile

import array_files as files
import h5py
import numpy as np
import pytest
import zarr
from scipy import sparse
from scipy.io import savemat

from nma.io.errors import InputError
from nma.io.hdf5 import new_h5
from nma.recordings.import_recording import import_recording

NEURONS, BINS = 20, 30
RATES = np.random.default_rng(0).gamma(1, 1, (NEURONS, BINS)).astype("f4")
MAKE = {
    "a.npz": files.as_npz,
    "a.h5": files.as_hdf5,
    "a.mat": files.as_mat,
    "7.3.mat": files.as_mat73,
    "a.zarr": files.as_zarr,
    "c.h5": lambda path, content: files.as_caiman(path, **content),
}


class Bomb:
    """Its pickle makes a file when it is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def caiman(**changes):
    images = np.random.default_rng(1).random((NEURONS, 4, 5))
    good = {"signals": {"C": RATES}, "footprints": images, "dims": (4, 5), "components": [0, 3]}
    return good | changes


def cut(writer, size):
    """A file of which only the first bytes are there; of negative size, without the last."""

    def write(path):
        writer(path, {"rates": RATES})
        path.write_bytes(path.read_bytes()[:size])

    return write


def text(content):
    return lambda path: path.write_bytes(content)


def in_h5(change):
    """An HDF5 file that `change` makes."""

    def write(path):
        with h5py.File(path, "w") as file:
            change(file)

    return write


def in_73(change):
    """A MATLAB file of version 7.3 with `x`, which `change` makes of its file."""

    def write(path):
        files.as_mat73(path, {})
        with h5py.File(path, "r+") as file:
            change(file)

    return write


def cell_array(*contents):
    cells = np.empty((1, len(contents)), object)
    cells[0] = [*contents, None][:-1]
    return cells


def references(file):
    file["#refs#/a"] = RATES
    rows = np.array([[file["#refs#/a"].ref] * BINS] * NEURONS, h5py.ref_dtype)
    files.marked(file.create_dataset("x", data=rows), "cell")


def sparse_73(file):
    files.marked(file.create_group("x"), "double", MATLAB_sparse=np.uint64(NEURONS))


def handle_73(file):
    files.marked(file.create_group("x"), "function_handle")


def objects_73(file):
    data = np.zeros((1, 6), "u4")
    files.marked(file.create_dataset("x", data=data), "table", MATLAB_object_decode=np.int32(3))


def complex_73(file):
    data = np.zeros((BINS, NEURONS), [("real", "f8"), ("imag", "f8")])
    files.marked(file.create_dataset("x", data=data), "double")


def empty_73(file):
    data = np.array([0, BINS], "u8")
    files.marked(file.create_dataset("x", data=data), "double", MATLAB_empty=np.uint8(1))


def damaged_h5(path):
    """A chunk is no longer what its filter wrote."""
    with h5py.File(path, "w") as file:
        dataset = file.create_dataset("rates", data=RATES, chunks=True, compression="gzip")
        chunk = dataset.id.get_chunk_info(0)
    with open(path, "r+b") as file:
        file.seek(chunk.byte_offset)
        file.write(bytes(chunk.size))


def damaged_npz(path):
    np.savez(path, rates=RATES)
    content = bytearray(path.read_bytes())
    content[500:504] = b"\xff" * 4
    path.write_bytes(content)


def npz_of(name, content):
    def write(path):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(name, content)

    return write


def handle_mat(path):
    """A variable of another class than `double`, by its byte in the file."""
    savemat(path, {"x": np.zeros((1, 1))})
    content = bytearray(path.read_bytes())
    content[128 + 16] = 16  # the class of a function handle
    path.write_bytes(content)


def zarr_with(**metadata):
    """A store of one array whose metadata is changed."""

    def write(path):
        files.as_zarr(path, {"x": RATES})
        file = path / "x/.zarray"
        file.write_text(json.dumps(json.loads(file.read_text()) | metadata))

    return write


def pickled_zarr(path):
    bomb = pickle.dumps(Bomb(path.parent / "ran"))
    zarr_with(compressor=None, filters=[{"id": "pickle"}])(path)
    (path / "x/0.0").write_bytes(bomb)


def pickled_objects(path):
    bomb = pickle.dumps(Bomb(path.parent / "ran"))
    changes = {"dtype": "|O", "compressor": None, "filters": [{"id": "pickle"}], "fill_value": None}
    zarr_with(**changes)(path)
    (path / "x/0.0").write_bytes(bomb)


def nested_codec(path):
    group = zarr.open_group(path, mode="w", zarr_format=3)
    group.create_array("x", data=RATES, chunks=(5, 5), shards=(10, 10))
    file = path / "x/zarr.json"
    metadata = json.loads(file.read_text())
    inner = metadata["codecs"][0]["configuration"]["codecs"]
    inner.append({"name": "numcodecs.pickle", "configuration": {}})
    file.write_text(json.dumps(metadata))


def damaged_zarr(path):
    files.as_zarr(path, {"x": RATES})
    (path / "x/0.0").write_bytes(b"no blosc")


def recording_h5(path):
    with new_h5(path, name="a") as file:
        file["activity"] = RATES


def both(**others):
    return {"a": RATES, "b": RATES * 2} | others


ROOTS = {"a.npz": "", "a.h5": "/", "a.mat": "", "7.3.mat": "", "a.zarr": "/"}
TWO = "2 arrays that may be the activity"
LEAST = "expected an array of numbers with at least 2 neurons and 10 bins"
# name: (the file, its content or a function that writes it, options, words of the sentence)
BAD = {
    # which array
    **{
        f"several arrays, {name}": (
            name,
            both(xyz=np.zeros((3, NEURONS))),
            {},
            [
                f"dataset: found {TWO}, {at}a (",
                f"20 x 30), {at}b (",
                f"; `dataset: {at}a` in the config would take the first",
            ],
        )
        for name, at in ROOTS.items()
    },
    **{
        f"no such array, {name}": (
            name,
            both(),
            {"dataset": "/rates"},
            [f"dataset: found no /rates among {at}a (", "the name of an array in the file"],
        )
        for name, at in ROOTS.items()
    },
    **{
        f"one dimension, {name}": (
            name,
            {"a": RATES[0], "xyz": np.zeros((3, 30))},
            {},
            ["dataset: found nothing that may be the activity among", LEAST],
        )
        for name in ("a.npz", "a.h5", "a.mat", "7.3.mat", "a.zarr")
    },
    **{
        f"three dimensions, {name}": (
            name,
            {"movie": np.zeros((4, 20, 30))},
            {"dataset": "movie"},
            ["movie: found ", "4 x 20 x 30, " + LEAST],
        )
        for name in ("a.npz", "a.h5", "a.mat", "7.3.mat", "a.zarr")
    },
    **{
        f"complex numbers, {name}": (
            name,
            {"a": RATES * 1j},
            {"dataset": "a"},
            ["a: found ", "complex"],
        )
        for name in ("a.npz", "a.h5", "a.mat", "a.zarr")
    },
    **{
        f"text, {name}": (
            name,
            {"a": RATES.astype("S6" if name == "a.h5" else "U6")},
            {},
            ["dataset: found nothing that may be the activity among", LEAST],
        )
        for name in ("a.npz", "a.h5", "a.mat")
    },
    **{
        f"no values, {name}": (
            name,
            {"a": np.zeros((0, 30))},
            {"dataset": "a"},
            ["a: found ", ", 0 x 30, " + LEAST],
        )
        for name in ("a.npz", "a.h5", "a.mat", "a.zarr")
    },
    **{
        f"too few bins, but enough the other way round, {name}": (
            name,
            {"a": RATES[:, :4]},
            {},
            ["20 x 4", "; `orientation: bins_by_neurons` in the config would turn it."],
        )
        for name in ("a.npz", "a.h5", "a.mat", "7.3.mat", "a.zarr")
    },
    "transposed, by the positions": (
        "a.h5",
        {"sresp": RATES.T, "xyz": np.zeros((3, NEURONS))},
        {},
        ["/xyz: found 20 neurons, expected 30", "transposed? `orientation` in the config says how"],
    ),
    "turned where it should not be": (
        "a.npz",
        {"sresp": RATES, "labels": np.arange(NEURONS)},
        {"orientation": "bins_by_neurons"},
        ["labels: found 20 neurons, expected 30", "neurons_by_bins, or bins_by_neurons"],
    ),
    "sresp that is no array of numbers": (
        "a.npz",
        {"sresp": RATES[0], "other": RATES},
        {},
        ["sresp: found float32, 30 values, " + LEAST],
    ),
    "NaN": (
        "a.h5",
        {"rates": np.where(RATES > 4, np.nan, RATES)},
        {},
        ["/rates: found ", "values that are NaN or infinite", "`nan: mask`"],
    ),
    "a group": (
        "a.h5",
        in_h5(lambda file: file.update({"g/x": RATES, "g/y": RATES})),
        {"dataset": "g"},
        ["/g: found a group with /g/x (float32, 20 x 30), /g/y (float32, 20 x 30), " + LEAST],
    ),
    "a group of Zarr": (
        "a.zarr",
        {"g/x": RATES},
        {"dataset": "/g"},
        ["/g: found a group with /g/x"],
    ),
    "a struct": (
        "a.mat",
        {"s": {"x": RATES}},
        {"dataset": "s"},
        ["s: found a struct with s/x (single"],
    ),
    "a struct of 7.3": (
        "7.3.mat",
        {"s/x": RATES},
        {"dataset": "s"},
        ["s: found a struct with s/x ("],
    ),
    # HDF5
    "nothing in HDF5": ("a.h5", {}, {}, ["dataset: found nothing", "among no items at all"]),
    "a table in HDF5": (
        "a.h5",
        in_h5(lambda file: file.update({"t": np.zeros(9, [("a", "f4")])})),
        {"dataset": "t"},
        ["/t: found a table of named columns, 9 values"],
    ),
    "arrays of varying length": (
        "a.h5",
        in_h5(lambda file: file.create_dataset("v", (9, 30), h5py.vlen_dtype("u1"))),
        {"dataset": "v"},
        ["/v: found objects, 9 x 30"],
    ),
    "HDF5 cut off": ("a.h5", cut(files.as_hdf5, 2000), {}, ["content: found OSError", "cut off"]),
    "HDF5 with a damaged chunk": (
        "a.h5",
        damaged_h5,
        {},
        ["/rates: found OSError", "a whole HD"],
    ),
    "NWB by another name": (
        "a.h5",
        in_h5(lambda file: file.attrs.update({"nwb_version": "2.7.0"})),
        {},
        ["content: found what pynwb cannot read", "expected an NWB file of version 2"],
    ),
    "a result of NMA": (
        "a.h5",
        recording_h5,
        {},
        ["content: found a result of NMA", "the raw recording that it was made from"],
    ),
    "a table by the name of HDF5": (
        "a.h5",
        text(b"1,2\n3,4\n"),
        {},
        ["content: found a table in t"],
    ),
    "an HTML page by the name of HDF5": (
        "a.h5",
        text(b"<html>"),
        {},
        ["found an HTML page", "; open"],
    ),
    "MATLAB by the name of HDF5": (
        "a.h5",
        lambda path: files.as_mat73(path, {"x": RATES}),
        {},
        ["content: found a MATLAB file (.mat)", "give it a name that ends in .mat"],
    ),
    "an empty file": ("a.h5", text(b""), {}, ["content: found an empty file"]),
    # npz
    "NumPy objects": (
        "a.npz",
        {"a": RATES.astype(object)},
        {"dataset": "a"},
        ["a: found objects, 20 x 30, " + LEAST],
    ),
    "a pickle that would run code": (
        "a.npz",
        lambda path: np.savez(path, a=RATES, labels=np.array([Bomb(path.parent / "ran")] * 20)),
        {},
        ["labels.npy: pickle: found", "no call of other functions"],
    ),
    "a member that is no array": (
        "a.npz",
        npz_of("a.npy", b"no array"),
        {},
        ["a.npy: found ValueError", "expected the header of a NumPy array"],
    ),
    "an archive of other files": (
        "a.npz",
        npz_of("a.txt", b""),
        {},
        ["content: found a zip archive"],
    ),
    "npz cut off": (
        "a.npz",
        cut(files.as_npz, -400),
        {},
        ["found BadZipFile", "a whole .npz file"],
    ),
    "npz with wrong bytes": ("a.npz", damaged_npz, {}, ["found BadZipFile: Bad CRC-32"]),
    "npy by the name of npz": (
        "a.npz",
        lambda path: np.save(path.open("wb"), RATES),
        {},
        ["content: found a NumPy array (.npy)", "give it a name that ends in .npy"],
    ),
    # MATLAB
    "a cell array": (
        "a.mat",
        {"x": cell_array(RATES, RATES)},
        {"dataset": "x"},
        ["x: found a cell array, 1 x 2, " + LEAST],
    ),
    "a cell array of 7.3": (
        "7.3.mat",
        in_73(references),
        {"dataset": "x"},
        ["x: found a cell array, 30 x 20, " + LEAST],
    ),
    "a sparse matrix": (
        "a.mat",
        {"x": sparse.csc_matrix(RATES)},
        {},
        ["among x (a sparse matrix, 20 x 30), " + LEAST],
    ),
    "a sparse matrix of 7.3": ("7.3.mat", in_73(sparse_73), {}, ["among x (a sparse matrix)"]),
    "a function handle": ("a.mat", handle_mat, {}, ["x (a function handle"]),
    "a function handle of 7.3": ("7.3.mat", in_73(handle_73), {}, ["x (a function handle)"]),
    "a table of MATLAB": (
        "7.3.mat",
        in_73(objects_73),
        {},
        ["x (an object of a class of MATLAB, suc"],
    ),
    "complex numbers of 7.3": (
        "7.3.mat",
        in_73(complex_73),
        {"dataset": "x"},
        ["x: found complex numbers, 20 x 30, " + LEAST],
    ),
    "an empty array of 7.3": ("7.3.mat", in_73(empty_73), {}, ["among x (double, 0 x 30)"]),
    "a struct array": (
        "a.mat",
        {"x": np.zeros((1, 2), [("a", "f8")])},
        {},
        ["among x (a struct array, 1 x 2)"],
    ),
    "labels in a struct array": (
        "a.mat",
        {"x": RATES, "labels": np.zeros((1, 2), [("a", "f8")])},
        {},
        ["labels: found a struct array, expected numbers or text; save a plain array from MATLAB"],
    ),
    "labels in a table of MATLAB": (
        "7.3.mat",
        in_73(
            lambda file: (
                files.put_73(file, "x", RATES),
                files.marked(
                    file.create_dataset("labels", data=np.zeros((1, 6), "u4")),
                    "string",
                    MATLAB_object_decode=np.int32(3),
                ),
            )
        ),
        {},
        ["labels: found an object of a class of MATLAB, such as a table or a string", "cellstr(x)"],
    ),
    "labels that are arrays": (
        "a.mat",
        {"x": RATES, "labels": cell_array(*[RATES] * NEURONS)},
        {},
        ["labels: found a ndarray for neuron 0, expected a text or an integer"],
    ),
    "MATLAB cut off": (
        "a.mat",
        cut(files.as_mat, 700),
        {},
        ["content: found ", "whole MATLAB", "cut off"],
    ),
    "MATLAB 7.3 cut off": ("7.3.mat", cut(files.as_mat73, 2000), {}, ["content: found OSError"]),
    "text by the name of MATLAB": (
        "a.mat",
        text(b"some text"),
        {},
        ["content: found a text that beg"],
    ),
    "HDF5 by the name of MATLAB": (
        "a.mat",
        in_h5(lambda file: file.update({"x": RATES})),
        {},
        ["content: found an HDF5 file (.h5 or .nwb)", "that ends in .h5 or .nwb"],
    ),
    # Zarr
    "a pickle in the place of a chunk": (
        "a.zarr",
        pickled_zarr,
        {},
        ["/x: found the codec pickle"],
    ),
    "objects in Zarr": (
        "a.zarr",
        pickled_objects,
        {},
        ["among /x (objects, 20 x 30), " + LEAST],
    ),
    "a codec inside shards": (
        "a.zarr",
        nested_codec,
        {},
        ["/x: found the codec pickle, expected c"],
    ),
    "a codec of someone's own": (
        "a.zarr",
        zarr_with(compressor={"id": "mylab"}),
        {},
        ["/x: found the codec mylab, expected codecs that cannot run code, such as blosc and zstd"],
    ),
    "a damaged chunk": (
        "a.zarr",
        damaged_zarr,
        {},
        ["/x: found ", "expected an array that can be read"],
    ),
    "metadata that is no JSON": (
        "a.zarr",
        lambda path: (files.as_zarr(path, {"x": RATES}), (path / "x/.zarray").write_text("{")),
        {},
        ["x/.zarray: found JSONDecodeError", "metadata of Zarr of version 2 or 3"],
    ),
    "metadata of another version": (
        "a.zarr",
        zarr_with(zarr_format=1),
        {},
        ["x/.zarray: found other con"],
    ),
    "a shape that is none": (
        "a.zarr",
        zarr_with(shape=[-1, 3]),
        {},
        ["x/.zarray: found the shape [-1, 3]"],
    ),
    "no order of bytes": (
        "a.zarr",
        zarr_with(order="X"),
        {},
        ["/x: found ", "an array that can be read"],
    ),
    "a folder without metadata": (
        "a.zarr",
        lambda path: path.mkdir(),
        {},
        ["content: found a folder without metadata of Zarr", "a folder that is a Zarr store"],
    ),
    "a file by the name of Zarr": (
        "a.zarr",
        text(b"PK\x03\x04"),
        {},
        ["content: found a file, which"],
    ),
    # CaImAn
    "a signal that was not computed": (
        "c.h5",
        caiman(),
        {"signal": "F_dff"},
        ["/estimates/F_dff: found text, expected an array of components x frames; the file has C,"],
    ),
    "no signal at all": (
        "c.h5",
        caiman(signals={}),
        {},
        ["/estimates/C: found text, expected an arr"],
    ),
    "a signal of suite2p": (
        "c.h5",
        caiman(),
        {"signal": "spks"},
        ["spks: found nothing, expected an array of components"],
    ),
    "a probability of cells": (
        "c.h5",
        caiman(),
        {"cells": 0.5},
        ["cells: found 0.5, expected true or all, for"],
    ),
    "components beyond the last": (
        "c.h5",
        caiman(components=[3, 20]),
        {},
        ["idx_components: found 2 numbers from 3 to 20, expected some of the components 0 to 19"],
    ),
    "no component accepted": (
        "c.h5",
        caiman(components=np.zeros(0, int)),
        {},
        ["/estimates/idx_components: found 0 numbers", "; `cells: all` reads all of them"],
    ),
    "footprints of another image": (
        "c.h5",
        caiman(dims=(4, 6)),
        {},
        ["/estimates/A: found ", "20 x 20", "the pixels of 4 x 6 in each of 20 components"],
    ),
    "footprints of other components": (
        "c.h5",
        caiman(footprints=np.ones((NEURONS - 1, 4, 5))),
        {},
        ["/estimates/A: found ", "20 x 19"],
    ),
    "a size of pixels for a volume": (
        "c.h5",
        caiman(footprints=np.ones((NEURONS, 2, 2, 5)), dims=(2, 2, 5)),
        {"um_per_pixel": 2.0},
        ["um_per_pixel: found 2 for a volume, of whose planes it says nothing"],
    ),
    "no frame rate": (
        "c.h5",
        caiman(),
        {"bin_seconds": None},
        ["bin_seconds: found none in the file and none in"],
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_it_is_one_sentence_and_leaves_no_file(tmp_path, case):
    name, content, options, said = BAD[case]
    path = tmp_path / name
    content(path) if callable(content) else MAKE[name](path, content)
    before = set(tmp_path.rglob("*"))
    settings = {"bin_seconds": 1.2} | {k: v for k, v in options.items() if k == "bin_seconds"}
    options = {key: value for key, value in options.items() if key not in settings}
    with pytest.raises(InputError) as error:
        import_recording(path, tmp_path / "recording.h5", name="mouse", options=options, **settings)
    message = str(error.value)
    for words in said:
        assert words in message
    assert message.startswith(str(path))
    assert re.search(r": found .+, expected .+\.$", message) and "\n" not in message
    assert set(tmp_path.rglob("*")) == before  # and so no bomb went off


def test_there_are_many():
    assert len(BAD) >= 80


def test_the_bombs_would_go_off(tmp_path):
    pickle.loads(pickle.dumps(Bomb(tmp_path / "ran")))
    assert (tmp_path / "ran").exists()
