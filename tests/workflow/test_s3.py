"""Recordings in a bucket, on an S3 server of the tests' own."""

import logging
import os
import time
from types import SimpleNamespace

import boto3
import h5py
import numpy as np
import nwb_files as files
import pytest
from moto.server import ThreadedMotoServer
from project import SMALL, Project

from nma.experiment import buckets
from nma.io.errors import InputError
from nma.recordings.import_recording import import_recording

TARGET = "results/mouse/recording.h5"
ADDRESS = "s3://lab/mice/mouse.npy"
FILES = {
    "path": "s3://lab/mice/mouse.npy",
    "positions": "s3://lab/mice/xyz.npy",
    "labels": "s3://lab/labels.npy",
}


def recording(**changes):
    return {**SMALL, "recordings": [{"name": "mouse", "bin_seconds": 1} | changes]}


def arrays(path):
    """Everything in a recording but where it came from, and the config's policy for outliers."""
    with h5py.File(path) as file:
        found = {name: file[name][:].tolist() for name in ("activity", "positions", "labels")}
        other = ("source_file", "outliers")
        attributes = {key: value for key, value in file.attrs.items() if key not in other}
        return found | attributes, file.attrs["source_file"]


@pytest.fixture(scope="module")
def access():
    """Where the server is, in the environment; no settings of the user's own count."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("AWS_", "SNAKEMAKE_STORAGE"))]:
            patch.delenv(name)
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            patch.setenv(name, os.devnull)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        host, port = server.get_host_and_port()
        patch.setenv("SNAKEMAKE_STORAGE_S3_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("SNAKEMAKE_STORAGE_S3_ACCESS_KEY", "mouse")
        patch.setenv("SNAKEMAKE_STORAGE_S3_SECRET_KEY", "cheese")
        yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def bucket(access):
    keys = {"aws_access_key_id": "mouse", "aws_secret_access_key": "cheese"}
    s3 = boto3.resource("s3", endpoint_url=access, region_name="us-east-1", **keys)
    return s3.create_bucket(Bucket="lab")


@pytest.fixture(scope="module")
def project(bucket, tmp_path_factory):
    """A project whose recording lies in the bucket, and the same files on disk beside it."""
    project = Project(tmp_path_factory.mktemp("s3") / "a project", recording(**FILES))
    draws = np.random.default_rng(5)
    np.save(project.folder / "mouse.npy", draws.random((12, 40)))
    np.save(project.folder / "xyz.npy", draws.random((3, 12)))
    np.save(project.folder / "labels.npy", np.array(["V1", "V2"] * 6))
    for name in ("mouse.npy", "xyz.npy"):
        bucket.upload_file(str(project.folder / name), f"mice/{name}")
    bucket.upload_file(str(project.folder / "labels.npy"), "labels.npy")
    return project


def test_a_recording_in_a_bucket_is_that_on_disk_and_is_fetched_again_only_when_changed(
    project, bucket
):
    before = {item.key: item.last_modified for item in bucket.objects.all()}
    fetched = project.snakemake(TARGET).stdout
    assert all(f"Retrieving from storage: {address}" in fetched for address in FILES.values())
    remote, source = arrays(project.folder / TARGET)
    assert source == ADDRESS
    again = project.snakemake(TARGET).stdout
    assert "Nothing to be done" in again and "Retrieving" not in again
    # The bucket is read and never written; no copy of the raw files stays.
    assert {item.key: item.last_modified for item in bucket.objects.all()} == before
    assert not list((project.folder / ".snakemake" / "storage").rglob("*.npy"))

    raw, *beside = (project.folder / address.split("/")[-1] for address in FILES.values())
    local = project.folder / "local.h5"
    import_recording(raw, local, name="mouse", bin_seconds=1, positions=beside[0], labels=beside[1])
    assert arrays(local) == (remote, "mouse.npy")

    time.sleep(1.1)  # S3 counts whole seconds
    np.save(project.folder / "mouse.npy", np.random.default_rng(6).random((12, 40)))
    bucket.upload_file(str(project.folder / "mouse.npy"), "mice/mouse.npy")
    assert f"Retrieving from storage: {ADDRESS}" in project.snakemake(TARGET).stdout
    changed, _ = arrays(project.folder / TARGET)
    assert changed["activity"] != remote["activity"]
    assert changed["positions"] == remote["positions"]


def test_an_object_of_another_format_is_read_by_its_options(project, bucket):
    activity = np.random.default_rng(5).random((12, 40))
    with h5py.File(project.folder / "mouse.h5", "w") as file:
        file["a/rates"], file["b"] = activity.T, np.ones((40, 12))
    bucket.upload_file(str(project.folder / "mouse.h5"), "mice/mouse.h5")
    keys = {"dataset": "a/rates", "orientation": "bins_by_neurons"}
    project.configure(recording(path="s3://lab/mice/mouse.h5", **keys))
    project.snakemake(TARGET)
    with h5py.File(project.folder / TARGET) as file:
        assert file["activity"][:].tolist() == activity.astype("f4").tolist()
        assert file.attrs["source_file"] == "s3://lab/mice/mouse.h5"


def test_an_nwb_file_is_read_in_its_bucket_and_again_only_when_changed(
    project, bucket, tmp_path_factory
):
    path = files.plain(tmp_path_factory.mktemp("nwb") / "mouse.nwb")
    streamed = project.copied(tmp_path_factory.mktemp("streamed") / "p")
    address = "s3://lab/mice/mouse.nwb"
    streamed.configure(recording(path=address, bin_seconds=0.25))
    bucket.upload_file(str(path), "mice/mouse.nwb")
    assert "Retrieving" not in streamed.snakemake(TARGET).stdout
    assert not list((streamed.folder / ".snakemake" / "storage").rglob("*.nwb"))
    with h5py.File(streamed.folder / TARGET) as file:
        np.testing.assert_array_equal(file["activity"], files.activity().T)
        assert file.attrs["source_file"] == address
        assert file.attrs["source_bytes"] == path.stat().st_size
    assert "Nothing to be done" in streamed.snakemake(TARGET).stdout

    time.sleep(1.1)  # S3 counts whole seconds
    files.plain(path, data=files.activity(seed=1))
    bucket.upload_file(str(path), "mice/mouse.nwb")
    streamed.snakemake(TARGET)
    with h5py.File(streamed.folder / TARGET) as file:
        np.testing.assert_array_equal(file["activity"], files.activity(seed=1).T)


def test_an_error_in_the_file_names_its_address(tmp_path):
    np.save(tmp_path / "copy.npy", np.ones((12, 3)))
    with pytest.raises(InputError, match=f"^{ADDRESS}: activity: found 12 neurons x 3 bins"):
        import_recording(tmp_path / "copy.npy", tmp_path / "out.h5", name="a", address=ADDRESS)


UNREACHABLE = "http://127.0.0.1:1"
CASES = {  # name: (address, changes to the environment, what is found)
    "key": ("s3://lab/mice/gone.npy", {}, "no object s3://lab/mice/gone.npy, expected"),
    "bucket": ("s3://lob/m.npy", {}, "no object s3://lob/m.npy, as there is no bucket lob,"),
    "endpoint": (
        ADDRESS,
        {"ENDPOINT_URL": UNREACHABLE},
        f'no way to {ADDRESS} (Could not connect to the endpoint URL: "{UNREACHABLE}/',
    ),
    "no URL": (
        ADDRESS,
        {"ENDPOINT_URL": "127.0.0.1"},
        f"no way to {ADDRESS} (Invalid endpoint: 127.0.0.1), expected",
    ),
    "credentials": (
        ADDRESS,
        {"ACCESS_KEY": None, "SECRET_KEY": None},
        f"no way to {ADDRESS} (Unable to locate credentials), expected",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_cannot_be_fetched_is_named_in_one_sentence(project, monkeypatch, case):
    address, environment, sentence = CASES[case]
    for name, value in environment.items():
        name = f"SNAKEMAKE_STORAGE_S3_{name}"
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name)
    project.configure(recording(path="mouse.npy", positions=address))
    result = project.snakemake(TARGET, "--dry-run", check=False)
    assert result.returncode != 0
    assert f"config: recordings: mouse: positions: found {sentence}" in result.stdout
    assert "Traceback" not in result.stdout and "cheese" not in result.stdout


def test_a_missing_plugin_is_named(monkeypatch):
    monkeypatch.setattr(buckets, "find_spec", lambda name: None)
    storage = SimpleNamespace(s3=pytest.fail)
    with pytest.raises(InputError) as error:
        buckets.bucket_object(storage, "recordings: mouse: path", ADDRESS)
    assert str(error.value) == (
        f"config: recordings: mouse: path: found {ADDRESS} without snakemake-storage-plugin-s3, "
        "expected that package installed."
    )
