"""NWB files on a web server: read by ranges where it has them, else downloaded first."""

import os
import subprocess
import sys
import threading

import h5py
import numpy as np
import nwb_files as files
import pytest
import requests
from project import ROOT
from pynwb import TimeSeries
from web_server import web_server

from nma.io.errors import InputError
from nma.io.files import sha256_of
from nma.recordings import ranges
from nma.recordings.formats import nwb
from nma.recordings.import_recording import import_recording


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A file of 20 MB, most of it a film that is not read."""
    made = files.new_nwb()
    table = files.add_plane(made, [files.pixels(x, y) for x, y in files.CENTRES])
    film = np.random.default_rng(0).bytes(20_000_000)
    film = np.frombuffer(film, np.uint8).reshape(1000, -1)
    made.add_acquisition(TimeSeries(name="film", data=film, unit="a.u.", rate=30.0))
    files.add_series(made, files.activity(), table)
    folder = tmp_path_factory.mktemp("web")
    files.write(made, folder / "mouse.nwb")
    (folder / "my mouse.nwb").symlink_to(folder / "mouse.nwb")
    (folder / "page.nwb").write_text("<!DOCTYPE html><html></html>")
    return folder


@pytest.fixture
def server(folder, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with web_server(folder) as server:
        yield server


@pytest.mark.parametrize("name", ["blobs/mouse.nwb", "api/mouse.nwb", "blobs/my%20mouse.nwb"])
def test_a_file_is_read_by_ranges_through_redirects(server, folder, name):
    found = nwb.read(f"{server.address}/{name}")
    local = nwb.read(folder / "mouse.nwb")
    np.testing.assert_array_equal(found.activity, local.activity)
    np.testing.assert_array_equal(found.positions, local.positions)
    size = (folder / "mouse.nwb").stat().st_size
    assert found.origin == {"source_bytes": size, "source_etag": "v1"} and local.origin == {}
    assert server.sent() < size / 4


def test_a_file_is_downloaded_where_there_are_no_ranges(server, folder, capsys):
    found = nwb.read(f"{server.address}/whole/mouse.nwb")
    np.testing.assert_array_equal(found.activity, files.activity().T)
    assert found.origin == {"source_sha256": sha256_of(folder / "mouse.nwb")}
    assert "sends no ranges of bytes, so the file is downloaded first" in capsys.readouterr().out


def test_a_recording_says_where_it_was_read_and_in_which_version(server, tmp_path):
    address = f"{server.address}/api/mouse.nwb"
    import_recording(address, tmp_path / "a.h5", name="mouse", address=address)
    with h5py.File(tmp_path / "a.h5") as file:
        assert file.attrs["source_file"] == address
        assert file.attrs["source_etag"] == "v1" and "source_sha256" not in file.attrs


def test_bytes_are_fetched_in_the_thread_that_reads(server, monkeypatch):
    """Another one would wait for HDF5's lock for ever, once it collects an HDF5 object."""
    threads = set()
    get = requests.Session.get

    def noted(*arguments, **options):
        threads.add(threading.current_thread())
        return get(*arguments, **options)

    monkeypatch.setattr(requests.Session, "get", noted)
    nwb.read(f"{server.address}/blobs/mouse.nwb")
    assert threads == {threading.current_thread()}


UNREACHABLE = "http://127.0.0.1:1/mouse.nwb"
BAD = {  # path on the server, or an address: what is said
    "blobs/gone.nwb": "HTTP status: found 404 Not Found, expected 200 or 206 and the file.",
    "403/mouse.nwb": "found 403 Forbidden, expected 200 or 206 and the file; it may need a login",
    "blobs/page.nwb": "content: found an HTML page, such as one that asks for a sign-in, expected",
    "whole/page.nwb": "content: found an HTML page, such as one that asks for a sign-in, expected",
    "shy/mouse.nwb": "connection: found ChunkedEncodingError at byte 0, 5 times, expected all ",
    "late/mouse.nwb": "connection: found ChunkedEncodingError at byte ",
    UNREACHABLE: "address: found no way to it (ConnectionError), expected a file that can be",
}


@pytest.mark.parametrize("path", BAD)
def test_what_cannot_be_read_at_an_address_is_named_in_one_sentence(
    server, tmp_path, monkeypatch, path
):
    monkeypatch.setattr(ranges, "WAIT", 0)
    address = path if "://" in path else f"{server.address}/{path}"
    with pytest.raises(InputError) as error:
        import_recording(address, tmp_path / "a.h5", name="mouse", address=address)
    sentence = str(error.value)
    assert sentence.startswith(f"{address}: ") and BAD[path] in sentence, sentence
    assert "secret" not in sentence and not (tmp_path / "a.h5").exists()


BROKEN = """
import sys
from nma.io.errors import InputError
from nma.recordings import ranges
from nma.recordings.formats import nwb

ranges.WAIT = 0
try:
    nwb.read(sys.argv[1])
except InputError:
    print("refused")
"""


@pytest.mark.parametrize("way", ["shy", "late"])
def test_a_broken_connection_does_not_crash_the_process_at_its_end(server, way):
    """HDF5 would, if anything of the file that it reads by outlived Python."""
    command = [sys.executable, "-c", BROKEN, f"{server.address}/{way}/mouse.nwb"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "workflow" / "scripts")}
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (result.returncode, result.stdout.splitlines()[-1]) == (0, "refused")
