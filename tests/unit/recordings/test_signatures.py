"""Files are named for what they are, and told how NMA reads them."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import h5py
import numpy as np
import pandas as pd
import pytest
from scipy.io import savemat

from nma.io.errors import InputError
from nma.recordings.npy_files import read_npy
from nma.recordings.signatures import content_of

ARRAY = np.random.default_rng(0).random((20, 30))
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 1\n"


def npy():
    file = io.BytesIO()
    np.save(file, ARRAY)
    return file.getvalue()


def written(write):
    file = io.BytesIO()
    write(file)
    return file.getvalue()


def zipped(name):
    def write(file):
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr(name, npy())

    return written(write)


def tarred(mode):
    def write(file):
        with tarfile.open(fileobj=file, mode=mode) as archive:
            member = tarfile.TarInfo("a.npy")
            member.size = len(npy())
            archive.addfile(member, io.BytesIO(npy()))

    return written(write)


def hdf5(file):
    with h5py.File(file, "w") as h5:
        h5["sresp"] = ARRAY


MATLAB_73 = b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(512)
CONTENTS = {  # name: (the bytes of the file, what it is called)
    "lfs": (LFS, "a pointer of Git LFS"),
    "annex": (b"/annex/objects/MD5E-s12--d41d8cd98f.npy\n", "a pointer of git-annex"),
    "html": (
        b"\xef\xbb\xbf  <!doctype HTML><html>",
        "an HTML page, such as one that asks for a sign-in",
    ),
    "html without a type": (b"<HTML><BODY>moved</BODY>", "an HTML page"),
    "xml": (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "an XML text"),
    "json": (b'{"message": "Not Found"}', "a text in JSON"),
    "mat": (written(lambda file: savemat(file, {"a": ARRAY})), "a MATLAB file (.mat)"),
    "mat 7.3": (MATLAB_73 + written(hdf5), "a MATLAB file (.mat)"),
    "h5": (written(hdf5), "an HDF5 file (.h5 or .nwb)"),
    "npz": (written(lambda file: np.savez(file, sresp=ARRAY)), "an archive of NumPy arrays (.npz)"),
    "npz, packed": (
        written(lambda file: np.savez_compressed(file, sresp=ARRAY)),
        "an archive of NumPy arrays (.npz)",
    ),
    "zip": (zipped("mouse_7/readme.txt"), "a zip archive (.zip)"),
    "xlsx": (zipped("[Content_Types].xml"), "an Office file (.xlsx)"),
    "pt": (zipped("archive/data.pkl"), "a PyTorch file (.pt)"),
    "gz": (gzip.compress(npy()), "a gzip archive (.gz)"),
    "bz2": (bz2.compress(npy()), "a bzip2 archive"),
    "xz": (lzma.compress(npy()), "an xz archive"),
    "tar": (tarred("w"), "a tar archive (.tar)"),
    "tar.gz": (tarred("w:gz"), "a gzip archive (.gz)"),
    "pickle": (
        written(lambda file: pd.to_pickle({"sresp": ARRAY}, file)),
        "a Python pickle (.pkl)",
    ),
    "csv": (b"0.5,1.5,2\n1,2,3\n", "a table in text (.csv or .tsv) that begins with '0.5,1.5,2'"),
    "csv of spaces": (b"0.5 1.5 2\n1 2 3\n", "a table in text"),
    "csv with a cut letter": (b"neuron," * 146 + b"m\xc3\xa4" * 2, "a table in text"),
    "text": ("schöne Daten\n".encode(), "a text that begins with 'schöne Daten'"),
    "tiff": (b"II*\0" + bytes(99), "a TIFF image"),
    "nothing": (b"", "an empty file"),
    "zeros": (bytes(4096), "zero bytes in place of a header"),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_a_file_is_named_for_what_it_is(tmp_path, name):
    content, called = CONTENTS[name]
    path = tmp_path / "a.npy"
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        read_npy(path)
    assert f"a.npy: header: found {called}" in str(error.value)
    assert "expected the header of a .npy file; " in str(error.value)


def test_noise_has_no_name(tmp_path):
    (tmp_path / "a").write_bytes(b"\xfe\xff\xfd" * 99)
    assert content_of(tmp_path / "a") is None


@pytest.mark.parametrize(
    ("content", "suffixes"),
    [
        (npy(), (".npy",)),
        (CONTENTS["mat"][0], (".mat",)),
        (CONTENTS["mat 7.3"][0], (".mat",)),
        (CONTENTS["npz"][0], (".npz",)),
        (CONTENTS["h5"][0], (".h5", ".hdf5", ".nwb")),
        (CONTENTS["zip"][0], ()),
    ],
)
def test_what_can_be_read_has_its_suffixes(tmp_path, content, suffixes):
    (tmp_path / "a").write_bytes(content)
    found = content_of(tmp_path / "a")
    assert found.suffixes == suffixes
    assert ("a name that ends in" in found.hint) == bool(suffixes)
