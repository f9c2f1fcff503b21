"""Folders of suite2p that are not as they must be: one sentence each, and no file."""

import re

import numpy as np
import pytest
from suite2p_folders import change, make_suite2p

from nma.io.errors import InputError
from nma.recordings.import_recording import import_recording


class RunsCode:
    """An object whose pickle calls a function of the system."""

    def __reduce__(self):
        import os

        return os.system, ("touch ran",)


def remove(name):
    return lambda folder: (folder / name).unlink()


def put(name, content):
    def write(folder):
        if isinstance(content, bytes):
            (folder / name).write_bytes(content)
        else:
            np.save(folder / name, content, allow_pickle=True)

    return write


def edit(name, function):
    return lambda folder: change(folder / name, function)


def setting(**values):
    """A change of ops.npy of both planes; None removes a key."""

    def update(ops):
        ops.update(values)
        for key in [key for key, value in values.items() if value is None]:
            del ops[key]

    return lambda folder: [change(folder / f"plane{n}/ops.npy", update) for n in (0, 1)]


def nan(array):
    array[3, 7] = np.nan


def med(value):
    """A change of stat.npy: the centre of ROI 2; None removes it."""

    def update(stat):
        stat[2] = {"med": value} if value is not None else {"ypix": np.arange(3)}

    return edit("plane1/stat.npy", update)


def empty_planes(folder):
    for number in (0, 1):
        for name in ("F", "spks", "stat"):
            np.save(folder / f"plane{number}/{name}.npy", np.zeros((0, 9) if name != "stat" else 0))
        np.save(folder / f"plane{number}/iscell.npy", np.zeros((0, 2)))


def no_cells(folder):
    for number in (0, 1):
        change(folder / f"plane{number}/iscell.npy", lambda table: table * 0)


def without_plane(folder):
    for file in [*(folder / "plane1").iterdir()]:
        file.unlink()
    (folder / "plane1").rmdir()


F, DFF, ALL = {"signal": "F"}, {"signal": "dff"}, {"cells": "all"}
objects = np.array([RunsCode(), None], object)

BAD = {  # name: (what is done to a good folder, options, the sentence after the folder)
    # files and planes
    "no spks": (
        remove("plane1/spks.npy"), {},
        "/plane1/spks.npy: file: found none, expected the one that suite2p writes for each plane; "
        "`signal: F` or `signal: dff` reads F.npy instead.",
    ),
    "no F": (remove("plane0/F.npy"), F, "/plane0/F.npy: file: found none, "),
    "no Fneu": (remove("plane0/Fneu.npy"), DFF, "/plane0/Fneu.npy: file: found none, "),
    "no stat": (remove("plane0/stat.npy"), {}, "/plane0/stat.npy: file: found none, "),
    "no iscell": (
        remove("plane0/iscell.npy"), {},
        "/plane0/iscell.npy: file: found none, expected the one that suite2p writes for each "
        "plane; `cells: all` takes every ROI.",
    ),
    "no plane": (
        without_plane, {},
        ": planes: found no plane1, expected all 2 of nplanes, without those of ignore_flyback.",
    ),
    "planes without ROIs": (
        empty_planes, {},
        ": cells: found none among 0 ROIs in 2 planes, expected at least one plane with cells.",
    ),
    "no cells": (
        no_cells, {},
        ": cells: found none among 12 ROIs in 2 planes, expected at least one plane with cells; "
        "`cells: all` takes every ROI.",
    ),
    "a probability that none has": (lambda _: None, {"cells": 0.95}, ": cells: found none"),
    # arrays
    "spks of fewer ROIs than F": (
        edit("plane0/spks.npy", lambda spks: spks[:5]), {},
        "/plane0/spks.npy: shape: found 5 x 240, expected that of F.npy, 7 x 240.",
    ),
    "spks of fewer frames than F": (
        edit("plane1/spks.npy", lambda spks: spks[:, 1:]), {},
        "/plane1/spks.npy: shape: found 5 x 239, expected that of F.npy, 5 x 240.",
    ),
    "transposed spks": (
        edit("plane1/spks.npy", np.transpose), {},
        "/plane1/spks.npy: shape: found 240 x 5, expected that of F.npy, 5 x 240.",
    ),
    "Fneu of another shape": (
        edit("plane0/Fneu.npy", lambda f: f[:, :9]), DFF,
        "/plane0/F.npy: shape: found 7 x 240, expected that of Fneu.npy, 7 x 9.",
    ),
    "spks of one ROI alone": (
        edit("plane0/spks.npy", lambda spks: spks[0]), {},
        "/plane0/spks.npy: content: found shape (240,), expected numbers, ROIs x frames.",
    ),
    "text in place of spks": (
        put("plane0/spks.npy", b"0.1,0.2\n0.3,0.4\n"), {},
        "/plane0/spks.npy: header: found a table in text (.csv or .tsv) that begins with '0.1,0.2'",
    ),
    "texts in spks": (
        put("plane0/spks.npy", np.full((7, 240), "a")), {},
        "/plane0/spks.npy: content: found values of type <U1, expected numbers, ROIs x frames.",
    ),
    "objects in spks": (
        edit("plane0/spks.npy", lambda spks: spks.astype(object)), {},
        "/plane0/spks.npy: content: found values of type object, expected numbers, ROIs x frames.",
    ),
    "a dict in place of F": (
        put("plane0/F.npy", {"F": 1}), F,
        "/plane0/F.npy: content: found a dict, expected numbers, ROIs x frames.",
    ),
    "complex F": (
        edit("plane0/F.npy", lambda f: f * 1j), F,
        "/plane0/F.npy: content: found values of type complex64, expected numbers",
    ),
    "spks cut off": (
        lambda folder: (folder / "plane0/spks.npy").write_bytes(
            (folder / "plane0/spks.npy").read_bytes()[:500]
        ), {},
        "/plane0/spks.npy: size: found 372 bytes of data, expected 6720 for float32",
    ),
    "NaN in spks": (
        edit("plane0/spks.npy", nan), {},
        ": spks: found 1 values that are NaN or infinite in 1 of 9 neurons, the first (nan) at "
        "neuron 2, bin 7, expected numbers within float32; `nan: mask` keeps all neurons",
    ),
    "NaN in F": (edit("plane0/F.npy", nan), F, ": F: found 1 values that are NaN or infinite in "),
    "NaN in F of dF/F": (
        edit("plane0/F.npy", nan), DFF,
        ": dF/F, none where its baseline is not above 0: found 240 values that are NaN",
    ),
    "few frames": (
        lambda folder: [
            change(folder / f"plane{n}/{name}.npy", lambda array: array[:, :9])
            for n in (0, 1) for name in ("F", "spks")
        ], {},
        ": spks: found 9 neurons x 9 bins, expected at least 2 neurons and 10 bins.",
    ),
    # iscell
    "iscell of fewer ROIs": (
        edit("plane0/iscell.npy", lambda table: table[1:]), {},
        "/plane0/iscell.npy: shape: found 6 x 2, expected 7 x 2, whether each ROI is a cell, and "
        "how probably.",
    ),
    "iscell without probabilities": (
        edit("plane0/iscell.npy", lambda table: table[:, 0]), {},
        "/plane0/iscell.npy: content: found shape (7,), expected whether each ROI is a cell",
    ),
    "iscell of one column": (
        edit("plane0/iscell.npy", lambda table: table[:, :1]), {"cells": 0.5},
        "/plane0/iscell.npy: shape: found 7 x 1, expected 7 x 2, ",
    ),
    # stat
    "stat of fewer ROIs": (
        edit("plane1/stat.npy", lambda stat: stat[1:]), {},
        "/plane1/stat.npy: ROIs: found 4, expected 5, as many as have traces.",
    ),
    "stat of numbers": (
        put("plane1/stat.npy", np.zeros((5, 2))), {},
        "/plane1/stat.npy: content: found shape (5, 2), expected an array of a dict for each ROI.",
    ),
    "stat of one ROI": (
        put("plane1/stat.npy", {"med": [1, 2]}), {},
        "/plane1/stat.npy: content: found a dict, expected an array of a dict for each ROI.",
    ),
    "a ROI without a centre": (
        med(None), {},
        "/plane1/stat.npy: med of ROI 2: found none, expected the y and x of its centre in pixels.",
    ),
    "a centre of three numbers": (med([1, 2, 3]), {}, "med of ROI 2: found [1, 2, 3], "),
    "a centre in text": (med(["a", "b"]), {}, "med of ROI 2: found ['a', 'b'], "),
    "a ragged centre": (med([1, [2]]), {}, "/plane1/stat.npy: med of ROI 2: found [1, [2]], "),
    # settings
    "a placeholder of fs": (
        setting(fs=1), {},
        ": fs: found 1 in plane0/ops.npy, a placeholder, expected the frame rate of a plane in Hz; "
        "set `bin_seconds` of the recording in the config.",
    ),
    "two frame rates": (
        edit("plane1/ops.npy", lambda ops: ops.update(fs=15)), {},
        ": fs: found 30 in plane0/ops.npy and 15 in plane1/ops.npy, expected the frame rate",
    ),
    "no settings": (
        lambda folder: [(folder / f"plane{n}/ops.npy").unlink() for n in (0, 1)], {},
        ": fs: found none in settings.npy, ops.npy, db.npy, expected the frame rate of a plane",
    ),
    "ops of an array": (
        put("plane1/ops.npy", np.zeros(3)), {},
        "/plane1/ops.npy: content: found an array of shape (3,), expected a dict of settings.",
    ),
    "text in place of ops": (put("plane1/ops.npy", b"fs: 30"), {}, "ops.npy: header: found a text"),
    "no neuropil coefficient": (
        setting(neucoeff=None), F,
        "/plane0: neucoeff: found none in settings.npy, ops.npy, db.npy, expected a number; "
        "`signal: spks` needs none.",
    ),
    "a neuropil coefficient in text": (
        setting(neucoeff="0.7"), F,
        "/plane0/ops.npy: neucoeff: found '0.7', expected a number of 0 or above; `signal: spks`",
    ),
    "a negative window": (setting(win_baseline=-60), DFF, "win_baseline: found -60, "),
    "no running baseline": (
        setting(baseline="constant"), DFF,
        "/plane0/ops.npy: baseline: found 'constant', expected maximin, the running baseline",
    ),
    "nplanes in text": (
        setting(nplanes="two"), {},
        "/plane0/ops.npy: nplanes: found 'two', expected whole numbers.",
    ),
    "ignore_flyback in text": (
        setting(ignore_flyback=["first"]), {},
        "/plane0/ops.npy: ignore_flyback: found ['first'], expected whole numbers.",
    ),
    # code
    "spks that would run code": (put("plane0/spks.npy", objects), {}, "/plane0/spks.npy: pickle: "),
    "stat that would run code": (put("plane0/stat.npy", objects), {}, "/plane0/stat.npy: pickle: "),
    "ops that would run code": (
        put("plane0/ops.npy", {"fs": 30, "x": RunsCode()}), {}, "/plane0/ops.npy: pickle: "
    ),
    # keys of the config
    "depths without pixels": (
        lambda _: None, {"plane_um": 35},
        ": plane_um: found it without um_per_pixel, expected both, so that x, y and z have one",
    ),
    "depths of other planes": (
        lambda _: None, {"plane_um": [0, 35, 70], "um_per_pixel": 2},
        ": plane_um: found 3 depths, expected 2, of plane0, plane1.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_one_sentence_and_no_file(tmp_path, monkeypatch, case):
    monkeypatch.chdir(tmp_path)
    spoil, options, sentence = BAD[case]
    folder, out = tmp_path / "suite2p", tmp_path / "results"
    make_suite2p(folder)
    spoil(folder)
    out.mkdir()
    with pytest.raises(InputError) as error:
        import_recording(folder, out / "recording.h5", name="m", options=options)
    message = str(error.value)
    assert message.startswith(str(folder)) and sentence in message
    assert re.search(r": found .+, expected .+\.$", message) and "\n" not in message
    assert not [*out.iterdir()] and not (tmp_path / "ran").exists()


def test_there_are_many_bad_folders():
    assert len(BAD) >= 45


def test_combined_planes_are_not_read(tmp_path):
    make_suite2p(tmp_path / "combined", (12,), (240,))
    (tmp_path / "combined/plane0").rename(tmp_path / "x")
    (tmp_path / "combined").rmdir()
    (tmp_path / "x").rename(tmp_path / "combined")
    with pytest.raises(InputError) as error:
        import_recording(tmp_path / "combined", tmp_path / "out.h5", name="m")
    assert "combined: folder: found planes that suite2p combined, with" in str(error.value)
