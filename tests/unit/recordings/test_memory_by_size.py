"""Memory of the rules that read all neurons, at two sizes of recordings."""

import sys

import numpy as np
import pytest
from project import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))

import scale  # noqa: E402

from nma.recordings.formats.npy import read  # noqa: E402

# Three blocks of neurons are read at the smaller size already, as the memory of one is given back
# while the next but one is read.
NEURONS, BINS = (11_000, 23_000), 1200
COPY_MB = np.diff(NEURONS)[0] * BINS * 4 / 1e6  # by which a copy of the larger recording is larger
BASE_MB = {"import_recording": 250, "slice_layers": 120, "score_svca": 270, "plot_neurons": 200}


@pytest.fixture(scope="module")
def memory(tmp_path_factory):
    """MB of each step at both sizes."""
    found = {step: [] for step in BASE_MB}
    for neurons in NEURONS:
        folder = tmp_path_factory.mktemp(str(neurons))
        scale.write_raw(folder, neurons, BINS)
        for step in scale.STEPS:
            if step.__name__ in found:
                found[step.__name__].append(scale.measured(step, folder, neurons)[1])
    return found


@pytest.mark.parametrize("step", BASE_MB)
def test_memory_does_not_grow_by_half_of_what_is_added_to_a_recording(memory, step):
    small, large = memory[step]
    assert small < BASE_MB[step]
    assert large - small < COPY_MB / 2


@pytest.mark.parametrize("order", ["C", "F"])
def test_what_was_read_of_a_mapped_file_is_given_back(tmp_path, order):
    """At most a block of a file is in memory while its neurons are read, whatever its order."""
    from nma.recordings.selection import activity_blocks

    np.save(tmp_path / "a.npy", np.ones((16_000, 1200), np.float32, order=order))
    activity = read(tmp_path / "a.npy").activity
    most = 0
    for _, block in activity_blocks(activity, np.arange(len(activity))):
        most = max(most, resident_mb(activity))
        assert (block == 1).all()
    assert most < 20 < activity.nbytes / 1e6


def resident_mb(array):
    """MB of a mapped array that are in the memory of this process."""
    address, found = array.ctypes.data, 0
    with open("/proc/self/smaps") as file:
        inside = False
        for line in file:
            first = line.split()[0]
            if "-" in first:
                start, end = (int(x, 16) for x in first.split("-"))
                inside = start <= address < end
            elif inside and first == "Rss:":
                found = int(line.split()[1]) * 1024 / 1e6
    return found
