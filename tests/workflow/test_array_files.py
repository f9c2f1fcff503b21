"""Recordings in files of arrays, each named by one line of the config, in the real workflow."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import array_files as files
import h5py
import numpy as np
import pytest
from project import SMALL, Project

DRAWS = np.random.default_rng(7)
ACTIVITY, XYZ = DRAWS.random((12, 40)).astype("f4"), DRAWS.random((3, 12))
FIELDS = {"rates": ACTIVITY, "xyz": XYZ}
RECORDINGS = {  # name: (how its file is written, other keys)
    "a.npz": (files.as_npz, {}),
    "b.h5": (files.as_hdf5, {}),
    "c.mat": (files.as_mat, {}),
    "d.mat": (files.as_mat73, {"dataset": "rates"}),
    "e.zarr": (files.as_zarr, {}),
    "f.npy": (lambda path, _: np.save(path, ACTIVITY.T), {"orientation": "bins_by_neurons"}),
    "g.hdf5": (lambda path, _: files.as_caiman(path, {"S": ACTIVITY}), {"signal": "S"}),
}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *words):
        pass


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """All of them imported, and one of them from a server by an address without a suffix."""
    project = Project(tmp_path_factory.mktemp("arrays") / "p", SMALL)
    items = []
    for name, (write, keys) in RECORDINGS.items():
        write(project.folder / name, FIELDS)
        items.append({"name": name[0], "path": name, "bin_seconds": 0.5, **keys})
    (project.folder / "42").write_bytes((project.folder / "d.mat").read_bytes())
    handler = partial(Quiet, directory=project.folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/42?token=x.npy"
    items.append({"name": "web", "url": url, "sha256": "unchecked", "bin_seconds": 0.5})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        project.configure({**SMALL, "recordings": items, "layers": {"by": "whole", "count": 1}})
        project.targets = [f"results/{item['name']}/recording.h5" for item in items]
        project.snakemake(*project.targets)
    server.shutdown()
    server.server_close()
    thread.join()
    return project


def test_every_format_gives_the_same_activity(project):
    for target in project.targets:
        with h5py.File(project.folder / target) as file:
            assert file["activity"][:].tolist() == ACTIVITY.tolist()
            if file.attrs["name"] not in ("f", "g"):
                assert file["positions"][:].tolist() == XYZ.tolist()


def test_a_changed_chunk_imports_its_store_again_and_nothing_else(project):
    assert project.pending(*project.targets) == {}
    files.as_zarr(project.folder / "e.zarr", {**FIELDS, "rates": 2 * ACTIVITY})
    assert project.pending(*project.targets) == {"import_recording": 1}
    project.snakemake(*project.targets)
    with h5py.File(project.folder / "results/e/recording.h5") as file:
        assert file["activity"][:].tolist() == (2 * ACTIVITY).tolist()


def test_another_array_of_a_download_is_no_other_download(project):
    settings = project.folder / "test.yaml"
    text = settings.read_text()
    settings.write_text(text.replace("url:", "dataset: rates\n  url:"))
    assert project.pending(*project.targets) == {"import_recording": 1}
    settings.write_text(text)
