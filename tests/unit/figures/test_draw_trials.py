"""The figures of trials: what they show of known numbers."""

import re

import numpy as np
import pandas as pd
import pytest

from nma.figures import decoding, psychometric, signal, tuning_and_noise
from nma.io.hdf5 import new_h5, put
from nma.statistics.psychometric import chance_right

LAYERS = {"L1": "L1", "L2": "V1"}
COMMON = {"split": "test", "dpi": 50}
COLOURS = ["#000000", "#E69F00", "#56B4E9", "#009E73"]


def written(tmp_path, rows):
    """A metrics.tsv of (layer, source, metric, value)."""
    path = tmp_path / "metrics.tsv"
    columns = ["layer", "source", "metric", "value"]
    found = pd.DataFrame(rows, columns=columns).assign(recording="a", split="test", seed=0, n=9)
    found = found.assign(ci_low=found.value - 0.1, ci_high=found.value + 0.1)
    found.loc[found.source == "truth", "split"] = "all"
    found.to_csv(path, sep="\t", index=False)
    return path


def texts(tmp_path):
    assert (tmp_path / "x.png").stat().st_size > 0
    return set(re.findall(r">([^<>\n]+)</text>", (tmp_path / "x.svg").read_text()))


def drawn(figure, tmp_path, **arguments):
    files = {"svg": tmp_path / "x.svg", "png": tmp_path / "x.png"}
    figure.draw(**arguments, **files, **COMMON)
    return texts(tmp_path)


def test_decoding_by_layer_and_source_with_all_neurons(tmp_path):
    rows = [(layer, s, "decoding_error", 3) for layer in LAYERS for s in ("raw", "pca", "ppca")]
    rows += [("all", "raw", "decoding_error", 2), ("L1", "raw", "discrimination_threshold", 4)]
    arguments = {"sources": ["raw", "pca", "ppca"], "source_colours": COLOURS, "layers": LAYERS}
    found = drawn(decoding, tmp_path, metrics=written(tmp_path, rows), **arguments)
    assert {"L1", "V1", "raw", "PCA", "PPCA", "all neurons"} <= found
    palette = decoding.palette_of(COLOURS, ["raw", "pca", "ppca"])
    assert len({palette[s] for s in ("raw", "all", "pca", "ppca")}) == 4


@pytest.mark.parametrize("names", [["L1"], ["L1", "L2", "all"]])
def test_choices_of_all_layers_together(tmp_path, names):
    distance = np.arange(29) + 0.5
    for name in names:
        with new_h5(tmp_path / f"{name}.h5") as file:
            put(file, "distance", distance, units="degrees", axes=("distance",))
            for source in ("raw", "pca"):
                total = np.full(29, 50.0)
                right = total * chance_right(distance, 4.0, 0.0)
                for key, values in (("right", right), ("total", total)):
                    put(file, f"{source}/{key}", values, units="choices", axes=("distance",))
    paths = [tmp_path / f"{name}.h5" for name in names]
    layers = [path for path in paths if path.stem != "all"]
    _, right, total = psychometric.summed(layers, "raw")
    assert (total == 50 * len(layers)).all() and right[-1] == pytest.approx(total[-1], rel=1e-6)
    found = drawn(
        psychometric, tmp_path, choices=paths, sources=["raw", "pca"], source_colours=COLOURS
    )
    assert ("all neurons" in found) == (len(names) > 1) and {"raw", "PCA"} <= found


def test_hidden_neurons_from_the_angle_and_from_neurons(tmp_path):
    sources = ["ppca", "pca", "angle", "angle_and_neurons"]
    rows = [(layer, s, "cosmooth_r2", 0.3) for layer in LAYERS for s in sources]
    rows += [(layer, "ppca", "cosmooth_r2_above_angle", 0.1) for layer in LAYERS]
    arguments = {"sources": sources, "source_colours": COLOURS, "layers": LAYERS}
    found = drawn(tuning_and_noise, tmp_path, metrics=written(tmp_path, rows), **arguments)
    assert {"angle", "angle and neurons", "PPCA", "cosmooth_r2 above that of the angle"} <= found


def test_shares_of_neurons_and_of_layers(tmp_path):
    rows = [(layer, source, "signal_share", 0.4) for layer in LAYERS for source in ("raw", "truth")]
    paths = []
    for layer in LAYERS:
        paths.append(tmp_path / f"{layer}.h5")
        with new_h5(paths[-1]) as file:
            shares = np.array([np.nan, -0.6, 0.2, 0.3, 1.4])
            put(file, "signal_share", shares, units="share", axes=("neuron",))
    colours = {"layer_colours": COLOURS, "layers": LAYERS}
    found = drawn(signal, tmp_path, signal=paths, metrics=written(tmp_path, rows), **colours)
    assert {"L1", "V1", "signal share of the variance, test trials"} <= found
