"""The format of a raw file is found by its suffix and content, and its size by its header."""

from inspect import signature
from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pytest

from nma.io.errors import InputError, either
from nma.recordings import raw
from nma.recordings.checks import Field, check_activity
from nma.recordings.formats import npy
from nma.recordings.selection import activity_blocks, select_neurons
from nma.recordings.suspicions import of_shape
from nma.registry import member, names


@pytest.mark.parametrize("name", names(raw.FORMATS))
def test_a_format_has_what_the_others_rely_on(name):
    module = member(raw.FORMATS, name)
    assert all(suffix[0] == "." and suffix.islower() for suffix in module.SUFFIXES)
    assert callable(module.read) and callable(module.size)
    keywords = {
        parameter.name
        for parameter in signature(module.read).parameters.values()
        if parameter.kind is parameter.KEYWORD_ONLY
    }
    assert keywords == set(module.OPTIONS)


@pytest.mark.parametrize("path", ["a.npy", "/data/A.NPY", "s3://lab/m.x/1.npy", "b.npz.npy"])
def test_npy_is_found_by_its_suffix(path):
    assert raw.format_names(path) == ["npy"]
    assert raw.format_of(path) is npy


@pytest.mark.parametrize(
    ("path", "name", "streamed"),
    [
        ("https://api.dandiarchive.org/api/assets/7/download/", "nwb", True),
        ("https://lab.org/mouse.NWB?version=1", "nwb", True),
        ("https://lab.org/mouse.npy", "npy", False),
        ("s3://lab/mouse.nwb", "nwb", True),
        ("s3://lab/mouse.npy", "npy", False),
        ("mouse.nwb", "nwb", False),
    ],
)
def test_an_address_is_read_where_it_is_by_formats_that_can(path, name, streamed):
    assert raw.format_names(path) == [name]
    assert raw.is_streamed(path) == streamed
    assert raw.files_of(path) == ([] if streamed else [Path(path)])


@pytest.mark.parametrize("path", ["lab/mouse.doc", "npy", "a.npy/b"])
def test_another_suffix_is_named_with_those_there_are(path):
    with pytest.raises(InputError) as error:
        raw.format_of(path)
    known = either(raw.suffixes())
    assert str(error.value) == (
        f"{Path(path)}: file name: found {Path(path).name}, expected one that ends in {known}."
    )


@pytest.fixture
def formats(monkeypatch):
    """Formats of tables, of which one has a mark, and of folders."""

    modules = {
        "folders": SimpleNamespace(
            SUFFIXES=(),
            OPTIONS=("bin_seconds", "cells"),
            reads=Path.is_dir,
            files=lambda path: [path / "a"],
        ),
        "marked": SimpleNamespace(
            SUFFIXES=(".csv",),
            OPTIONS=("cells", "mark"),
            reads=lambda path: path.is_file() and path.read_text() == "mark",
        ),
        "npy": npy,
        "tables": SimpleNamespace(SUFFIXES=(".csv", ".tsv"), OPTIONS=()),
    }
    monkeypatch.setattr(raw, "names", lambda package: sorted(modules))
    monkeypatch.setattr(raw, "member", lambda package, name: modules[name])
    return modules


def test_a_new_format_is_one_more_module(formats):
    assert raw.suffixes() == [".csv", ".npy", ".tsv"]
    # bin_seconds is a key of recordings of any format.
    assert raw.options() == {
        "cells": ["folders", "marked"],
        "mark": ["marked"],
        "orientation": ["npy"],
    }
    assert raw.format_of("a.tsv") is formats["tables"]
    assert raw.format_of("a.npy") is npy
    with pytest.raises(InputError, match="expected one that ends in .csv, .npy or .tsv"):
        raw.format_of("a.mat")


def test_formats_that_share_a_suffix_are_told_apart_by_content(formats, tmp_path):
    path = tmp_path / "a.csv"
    assert raw.format_names(path) == ["marked", "tables"]  # as long as it is not there
    path.write_text("mark")
    assert raw.format_names(path) == ["marked"]
    path.write_text("1, 2")
    assert raw.format_names(path) == ["tables"]


def test_another_folder_is_named_with_the_formats_of_folders(formats, tmp_path):
    formats["folders"].reads = lambda path: False
    with pytest.raises(InputError, match=r"found a folder, .* or \.tsv, or a folder of folders\."):
        raw.format_names(tmp_path)


def test_a_folder_is_read_by_the_files_that_its_format_names(formats, tmp_path):
    assert raw.format_names(tmp_path) == ["folders"]
    assert raw.files_of(tmp_path) == [tmp_path / "a"]
    assert raw.files_of("a.npy") == [Path("a.npy")]


def test_activity_may_stay_in_its_file(tmp_path):
    """An HDF5 dataset is imported as the array in it is."""
    activity = np.random.default_rng(0).gamma(1, size=(9, 40))
    activity[4] = 2
    with h5py.File(tmp_path / "a.h5", "w") as file:
        on_disk = Field("a.h5", "rates", file.create_dataset("rates", data=activity))
        places = Field("a.h5", "places", None)
        assert check_activity(on_disk) is on_disk.value
        found = select_neurons(on_disk, places, "error")
        kept = found.kept
        assert kept.tolist() == [0, 1, 2, 3, 5, 6, 7, 8]
        assert (found.constant, found.not_finite, found.offsets) == (1, 0, None)
        assert not list(of_shape(on_disk.value))
        blocks = [block for _, block in activity_blocks(on_disk.value, kept)]
    np.testing.assert_array_equal(np.concatenate(blocks), activity[kept].astype("f4"))


# .npy


def test_a_plain_array_has_activity_alone(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(12.0).reshape(3, 4))
    found = npy.read(tmp_path / "a.npy")
    assert found.activity.tolist() == np.arange(12.0).reshape(3, 4).tolist()
    assert (found.positions, found.labels, found.bin_seconds) == (None, None, None)
    assert (found.behaviour, found.keys, found.unused) == ({}, (), ())


def test_a_dict_says_what_it_has_and_what_is_not_read(tmp_path):
    content = {"sresp": np.ones((2, 3)), "run": np.zeros(3), "stat": [], "labels": None, 5: 1}
    np.save(tmp_path / "a.npy", content, allow_pickle=True)
    found = npy.read(tmp_path / "a.npy")
    assert found.activity.shape == (2, 3) and set(found.behaviour) == {"run"}
    assert (found.positions, found.labels) == (None, None)
    assert found.keys == ("5", "run", "sresp", "stat")
    assert found.unused == ("5", "stat")


def test_the_size_of_an_array_is_its_shape(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((3, 40), "i2"))
    assert npy.size(tmp_path / "a.npy") == (3, 40)


def test_the_size_of_a_dict_follows_from_its_bytes(tmp_path):
    """As many float32 numbers as fit, in the proportions of 11983 neurons to 7018 bins."""
    np.save(tmp_path / "a.npy", {"sresp": np.ones((1200, 700), "f4")}, allow_pickle=True)
    neurons, bins = npy.size(tmp_path / "a.npy")
    assert neurons == pytest.approx(1200, rel=0.02) and bins == pytest.approx(700, rel=0.02)


def test_the_size_of_what_cannot_be_read_is_none(tmp_path):
    (tmp_path / "a.npy").write_bytes(b"1,2,3\n")
    assert npy.size(tmp_path / "a.npy") is None
    assert npy.size(tmp_path / "gone.npy") is None
