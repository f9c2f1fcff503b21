"""Files that appear whole or not at all, and scripts that say in one sentence what went wrong."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

import nma
from nma.io.files import atomic_path
from nma.io.hdf5 import new_h5, open_h5, put

# atomic_path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_under_its_name_once_it_is_written(tmp_path):
    target = tmp_path / "new" / "folder" / "metrics.tsv"
    with atomic_path(target) as temporary:
        temporary.write_text("whole")
        assert not target.exists()
        assert names(target.parent) == [temporary.name]
        file = temporary.stat().st_ino
    assert names(target.parent) == ["metrics.tsv"]
    assert target.read_text() == "whole"
    assert target.stat().st_ino == file  # renamed, never copied


def test_a_path_may_be_text(tmp_path):
    with atomic_path(str(tmp_path / "a.txt")) as temporary:
        temporary.write_text("whole")
    assert names(tmp_path) == ["a.txt"]


def test_an_old_file_is_replaced_whole(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old and long")
    with atomic_path(target) as temporary:
        temporary.write_text("new")
        assert target.read_text() == "old and long"
    assert target.read_text() == "new"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_failure_leaves_nothing_and_keeps_an_old_file(tmp_path, error):
    target = tmp_path / "a.txt"
    for before in (None, "old"):
        if before:
            target.write_text(before)
        with pytest.raises(error), atomic_path(target) as temporary:
            temporary.write_text("half")
            raise error
        assert names(tmp_path) == (["a.txt"] if before else [])
    assert target.read_text() == "old"


def test_a_failure_before_the_first_byte(tmp_path):
    with pytest.raises(ValueError), atomic_path(tmp_path / "a.txt"):
        raise ValueError
    assert names(tmp_path) == []


def test_a_file_that_was_never_written_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError), atomic_path(tmp_path / "a.txt"):
        pass
    assert names(tmp_path) == []


def test_two_writers_never_mix(tmp_path):
    target = tmp_path / "a.txt"
    with atomic_path(target) as first, atomic_path(target) as second:
        assert first != second
        first.write_text("first")
        second.write_text("second")
    assert target.read_text() == "first"  # the last to finish
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("name", ["figure.svg", "0.history.csv", "0.safetensors"])
def test_a_temporary_name_is_hidden_and_keeps_the_suffix(tmp_path, name):
    with atomic_path(tmp_path / name) as temporary:
        assert temporary.parent == tmp_path
        assert temporary.name.startswith(".")
        assert temporary.suffixes[-1] == Path(name).suffix
        temporary.touch()


# HDF5


def test_an_hdf5_file_has_its_attributes_and_datasets(tmp_path):
    data = np.arange(6, dtype="f4").reshape(2, 3)
    with new_h5(tmp_path / "a.h5", layer="L1", bin_seconds=1.2) as file:
        dataset = put(
            file, "activity", data, units="um", axes=("neuron", "bin"), chunks=(1, 3), shuffle=True
        )
        assert dataset.name == "/activity"
        assert not (tmp_path / "a.h5").exists()
    with h5py.File(tmp_path / "a.h5") as file:
        assert dict(file.attrs) == {"layer": "L1", "bin_seconds": 1.2}
        assert np.array_equal(file["activity"], data)
        assert file["activity"].dtype == np.float32
        assert file["activity"].chunks == (1, 3)
        assert file["activity"].attrs["units"] == "um"
        assert list(file["activity"].attrs["axes"]) == ["neuron", "bin"]
    assert names(tmp_path) == ["a.h5"]


def test_an_hdf5_file_that_fails_is_not_there(tmp_path):
    with pytest.raises(ValueError), new_h5(tmp_path / "a.h5") as file:
        put(file, "activity", np.zeros(3), units="um", axes=("bin",))
        raise ValueError
    assert names(tmp_path) == []


def test_an_hdf5_file_is_read_without_locks(tmp_path):
    """HDF5's own would fail here, as on a file system that has none."""
    path = tmp_path / "a.h5"
    with new_h5(path) as file:
        put(file, "x", [1, 2], units="1", axes=("n",))
    with path.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(BlockingIOError):
            h5py.File(path)
        with open_h5(path) as file:
            assert file["x"][:].tolist() == [1, 2]


def test_the_same_hdf5_file_is_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        with new_h5(tmp_path / name, layer="L1") as file:
            put(file, "activity", np.zeros(3), units="um", axes=("bin",))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


# job


def run(folder, *lines):
    """Run a script whose work is these lines; what it did, and its log."""
    script = folder / "script.py"
    work = "".join(f"        {line}\n" for line in lines)
    script.write_text(
        "import os, sys\n"
        "from nma.io.errors import InputError\n"
        "from nma.jobs.job import job\n"
        'if __name__ == "__main__":\n'
        '    with job("job.log"):\n' + work
    )
    result = subprocess.run(
        [sys.executable, script.name],
        cwd=folder,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(nma.__file__).parent.parent)},
        timeout=60,
    )
    return result, (folder / "job.log").read_text()


def test_what_a_script_prints_is_in_its_log(tmp_path):
    result, log = run(
        tmp_path,
        "print('by print')",
        "print('to stderr', file=sys.stderr)",
        "os.write(1, b'by descriptor 1\\n')",
        "os.write(2, b'by descriptor 2\\n')",
        "os.system('echo by a child')",
        "import warnings; warnings.warn('a warning')",
    )
    assert result.returncode == 0
    for text in ("print", "stderr", "descriptor 1", "descriptor 2", "a child", "a warning"):
        assert text in log
    assert result.stderr == ""
    assert "by print" not in result.stdout


def test_an_input_error_is_one_sentence_and_no_traceback(tmp_path):
    result, log = run(
        tmp_path,
        "print('on the way')",
        "raise InputError('raw.npy', 'sresp', found='a list', expected='an array', hint='fix it')",
    )
    sentence = "nma: error: raw.npy: sresp: found a list, expected an array; fix it.\n"
    assert result.returncode == 1
    assert result.stderr == sentence
    assert "on the way" in log
    assert log.endswith(sentence)
    assert "Traceback" not in log


def test_any_other_error_has_its_traceback_in_the_log(tmp_path):
    result, log = run(tmp_path, "print('on the way')", "{}['gone']")
    assert result.returncode == 1
    assert result.stderr == "nma: error: KeyError: 'gone' (traceback in job.log)\n"
    assert "on the way" in log
    assert "Traceback (most recent call last)" in log
    assert "{}['gone']" in log
    assert log.endswith(result.stderr)


def test_an_error_of_many_lines_is_one_line_on_the_terminal(tmp_path):
    """As torch raises them, for weights that do not fit."""
    result, log = run(tmp_path, "raise RuntimeError('first\\n\\tsecond\\n\\tthird')")
    assert result.returncode == 1
    assert "third" in log
    assert result.stderr.startswith("nma: error: RuntimeError: first")
    assert result.stderr.count("\n") == 1


def test_a_log_starts_anew(tmp_path):
    (tmp_path / "job.log").write_text("of an older run")
    _, log = run(tmp_path, "print('new')")
    assert "of an older run" not in log
