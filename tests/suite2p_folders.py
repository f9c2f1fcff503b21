"""Folders as suite2p writes them, in the style of its versions."""

from types import SimpleNamespace

import numpy as np

STYLES = ("0", "1.0", "1.1")
COEFFICIENT, WINDOW, SIGMA = 0.6, 2.0, 3.0  # neuropil; baseline in s and frames


def make_suite2p(folder, rois=(7, 5), frames=(240, 240), *, style="0", fs=30.0, flyback=(), seed=0):
    """Write a suite2p folder; return what its planes hold, {number: arrays}, but for flyback.

    rois, frames: of each plane. Every third ROI is no cell; probabilities climb from 0.1 to 0.9.
    """
    generator, planes = np.random.default_rng(seed), {}
    for number, (count, length) in enumerate(zip(rois, frames, strict=True)):
        plane = folder / f"plane{number}"
        plane.mkdir(parents=True)
        for name, content in settings(style, fs, len(rois), flyback).items():
            np.save(plane / name, content, allow_pickle=True)
        if number not in flyback:
            planes[number] = arrays(generator, count, length)
            for name, content in vars(planes[number]).items():
                np.save(plane / f"{name}.npy", content, allow_pickle=True)
    return planes


def arrays(generator, rois, frames):
    """The arrays of a plane."""
    spks = generator.gamma(0.5, size=(rois, frames)).astype("f4")
    neuropil = generator.normal(100, 3, (rois, frames)).astype("f4")
    stat = np.empty(rois, object)
    for roi in range(rois):
        y, x = generator.integers(0, 500, 2).tolist()
        stat[roi] = {"med": [y, x], "ypix": np.arange(y, y + 3), "xpix": np.arange(x, x + 3)}
    return SimpleNamespace(
        F=neuropil + 20 * spks + 50,
        Fneu=neuropil,
        spks=spks,
        stat=stat,
        iscell=np.stack([np.arange(rois) % 3 != 2, np.linspace(0.1, 0.9, rois)], axis=1),
    )


def settings(style, fs, nplanes, flyback):
    """{file: its content} of the settings of a plane."""
    of_baseline = {"baseline": "maximin", "win_baseline": WINDOW, "sig_baseline": SIGMA}
    db = {"nplanes": nplanes, "ignore_flyback": list(flyback), "data_path": ["/data"]}
    image = np.zeros((4, 4), "f4")
    if style == "0":
        return {
            "ops.npy": {**db, **of_baseline, "fs": fs, "neucoeff": COEFFICIENT, "refImg": image}
        }
    nested = {
        "fs": fs,
        "version": style,
        "extraction": {"neuropil_coefficient": COEFFICIENT, "batch_size": 500},
        "dcnv_preprocess": of_baseline,
    }
    files = {"settings.npy": nested, "db.npy": db}
    return files | ({"ops.npy": {**db, **nested, "meanImg": image}} if style == "1.1" else {})


def change(file, edit):
    """Save what `edit` makes of the content of a .npy file; None where it edits it in place."""
    content = np.load(file, allow_pickle=True)
    content = content[()] if content.shape == () else content
    changed = edit(content)
    np.save(file, content if changed is None else changed, allow_pickle=True)
