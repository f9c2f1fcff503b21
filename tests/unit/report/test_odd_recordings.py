"""Odd recordings, from the raw file to what the report says of them.

Those of which a number misleads, or that have no number where others have one. The scores are made
as in a run, but for those of networks and maps.
"""

from functools import partial

import numpy as np
import pandas as pd
import pytest

from nma.baselines.pca import write_pca
from nma.latents.state_space import encode_lds
from nma.preprocessing.layer_files import slice_layers
from nma.preprocessing.layers import Grouping
from nma.preprocessing.make_tensor import make_tensor
from nma.preprocessing.masks import write_masks
from nma.preprocessing.splits import split_parts
from nma.preprocessing.tensors import read_tensor
from nma.recordings.import_recording import import_recording
from nma.recordings.outliers import OutlierRule
from nma.report.robustness import cautions
from nma.report.verdict import sentences
from nma.report.warnings import warnings
from nma.scores.dimensionality import layer_scores, svca_scores
from nma.scores.drift import copy_scores, drift_scores
from nma.scores.svca import write_svca
from nma.scores.time_scales import time_scale_scores

RNG = np.random.default_rng
SHARES = {"train": 0.7, "validation": 0.1, "test": 0.2}
OUTLIERS = OutlierRule("drop_neurons", 0.99, 20, 20, partial(split_parts, **SHARES))
TEST = slice(1200, None)  # of 1500 bins


def activity(neurons=80, bins=1500, slow=10.0, seed=0):
    """Positive, low rank, noisy activity (neurons, bins); slow: bins of its latents' decay."""
    rng, decay = RNG(seed), np.exp(-1 / slow)
    latents, shocks = np.zeros((8, bins)), rng.standard_normal((8, bins))
    for bin in range(1, bins):
        latents[:, bin] = decay * latents[:, bin - 1] + np.sqrt(1 - decay**2) * shocks[:, bin]
    rate = np.exp(0.3 * rng.standard_normal((neurons, 8)) @ latents)
    return rate * rng.gamma(1.7, 1 / 1.7, rate.shape)


def changed(neurons, bins, change):
    """The usual activity with a change in some neurons and bins."""
    found = activity()
    found[neurons, bins] = change(found[neurons, bins])
    return found


def events():
    """Near-silent neurons: seldom active, independent of each other and of what they did."""
    rng = RNG(1)
    return (rng.random((300, 464)) < 0.04) * rng.gamma(1, 1, (300, 464))


def waves():
    """Neurons that rise and fall once in ten minutes, each in its own phase."""
    rng, phases = RNG(2), np.linspace(0, 2 * np.pi, 40)[:, None]
    rate = np.exp(np.sin(2 * np.pi * np.arange(1200) / 1200 + phases))
    return rate * rng.gamma(1.7, 1 / 1.7, rate.shape)


def third_layer_of_noise():
    found = activity(60, 900)
    return np.concatenate([found, RNG(9).gamma(1.7, 1, (30, 900))])


@pytest.fixture
def report(tmp_path, capsys):
    """report(raw, labels=None, bin_seconds=0.5, lds=False): the log, and the answers and warnings
    at the head of the report; lds: whether dims of an LDS are scored too."""

    def made(raw, *, labels=None, bin_seconds=0.5, lds=False):
        np.save(tmp_path / "raw.npy", raw, allow_pickle=True)
        known = {"name": "odd", "bin_seconds": bin_seconds, "outliers": OUTLIERS}
        if labels is not None:
            np.save(tmp_path / "labels.npy", labels)
            known["labels"] = tmp_path / "labels.npy"
        import_recording(tmp_path / "raw.npy", tmp_path / "recording.h5", **known)
        names = [f"L{n + 1}" for n in range(1 if labels is None else len(set(labels)))]
        grouping = Grouping("whole" if labels is None else "labels", len(names))
        paths = [tmp_path / f"{name}.h5" for name in names]
        table, path = tmp_path / "layers.json", tmp_path / "recording.h5"
        slice_layers(path, paths, table, grouping=grouping, neurons="smallest")
        scores = [score for path in paths for score in scores_of(path, lds)]
        table = pd.DataFrame(scores)
        said = [f"{question} {answer}" for question, answer in sentences(table, [], names, "test")]
        said += warnings(table, names, "test") + cautions(table, names, "test")
        return capsys.readouterr().out + "\n".join(said)

    def scores_of(layer, lds):
        tensor, out = layer.with_suffix(".tensor.h5"), layer.with_suffix(".out.h5")
        split = SHARES | {"gap": 5}
        make_tensor(layer, tensor, normalise="zscore", bin_width=2, split=split)
        write_svca(layer, out, seed=0)
        found = read_tensor(tensor)
        scores = svca_scores(found.layer, out) + drift_scores(found) + copy_scores(found)
        scores += time_scale_scores("raw", found, {}, 0, "test")[0]
        if lds:
            hidden, latents, pca = (layer.with_suffix(f".{n}.h5") for n in ("m", "lds", "pca"))
            write_masks(tensor, hidden, seed=0)
            encode_lds(tensor, hidden, out, latents)
            write_pca(tensor, pca)
            scores += layer_scores(found.layer, pca, {"lds": latents})
        return scores

    return made


CASES = {  # the recording; what is said of it; what is not
    "as usual": (
        {"raw": activity()},
        [
            "outliers: 0 of 80 neurons",
            "of 80 neurons, 12 shared components are",
            "white noise, with",
        ],
        ["longer than", "published form", "another state", "copies", "Not told"],
    ),
    "one bright ROI": (
        {"raw": changed(5, slice(None), lambda x: 100 * x)},
        ["few neurons of large variance decide the first, which is the published form"],
        [],
    ),
    "silent in train": (
        {"raw": changed(slice(4), slice(1250), lambda x: 0 * x)},
        ["outliers: 4 of 80 neurons", "neuron 3 left out: constant in train", "of 76 neurons, "],
        ["another state"],
    ),
    "one wild value in test": (
        {"raw": changed(5, 1400, lambda x: x + 1e4)},
        ["neuron 5 left out: outside its range in train", "of 79 neurons, "],
        ["another state"],
    ),
    "wild beyond float32": (
        {"raw": changed(5, 1400, lambda x: x + 1e25)},
        ["neuron 5 left out: outside its range in train", "of 79 neurons, "],
        [],
    ),
    "an overflow in train": (
        {"raw": changed(5, slice(600, 602), lambda x: x + 3e38)},
        ["neuron 5 left out: 3 bins hold 100 % of its variance", "of 79 neurons, "],
        [],
    ),
    "a dark test": (
        {"raw": changed(slice(None), TEST, lambda x: 0 * x)},
        ["Test is constant", "How slow is the activity? Not told, as test is constant."],
        [],
    ),
    "twins": (
        {"raw": np.concatenate([activity(60)] * 2)},
        ["120 of 120 neurons are copies, or nearly", "without copies) are more reliable"],
        [],
    ),
    "slower than the block": (
        {"raw": waves()},
        ["with a median time scale longer than 28.0 s"],
        [],
    ),
    "few events": (
        {"raw": events()},
        ["No raw neurons were found that are slower than white noise", "that of false alarms"],
        ["with a median time scale"],
    ),
    "short": (
        {"raw": activity(100, 3000, slow=60.0), "bin_seconds": 1 / 30},
        ["Reliable components are not counted: shared variance component analysis needs two"],
        ["more reliable than chance"],
    ),
    "transposed": (
        {"raw": activity(200, 400).T},
        ["warning: activity of 400 neurons x 200 bins looks transposed"],
        [],
    ),
    "milliseconds": ({"raw": activity(), "bin_seconds": 33}, ["warning: ", "millisecond"], []),
    "a file of orientations": (
        {
            "raw": {
                "sresp": activity(),
                "istim": RNG(0).random(1500),
                "run": RNG(1).random(1500),
                "stat": np.array([{"med": [n, n]} for n in range(80)], object),
                "u_spont": RNG(2).random((80, 16)),
            }
        },
        [
            "the file has the stimuli of trials, which are not read",
            "behaviour: run; not copied: stat",
            "of 80 neurons, 12 shared components",
        ],
        [],
    ),
    "dims by layer": (
        {
            "raw": third_layer_of_noise(),
            "labels": np.repeat(["CA1", "CA3", "DG"], 30),
            "lds": True,
        },
        [
            "In L1 and L2, LDS needs ",
            "LDS is not shown to predict hidden neurons better than their mean over train in L3.",
        ],
        [],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_report_says_what_is_odd(report, case):
    recording, parts, others = CASES[case]
    said = report(**recording)
    assert [part for part in parts if part not in said] == [], said
    assert [part for part in others if part in said] == [], said
