"""The figure of time scales, from tables that are written here."""

import re

import numpy as np
import pytest

from nma.figures.time_scales import draw
from nma.io.hdf5 import new_h5, put
from nma.scores.table import COLUMNS, Score, write_table

LAYERS = ["L1", "L2"]
WIDTHS = (1, 4)
NAMES = {"r2": "pca", "masked_r2": "ppca", "explained_variance_at_n10": "pca"}


@pytest.fixture
def write(tmp_path):
    """Write time_scales/raw.h5 and metrics.tsv; neurons: time scales (layers, neurons)."""

    def written(neurons, scores):
        layers = LAYERS[: len(neurons)]
        with new_h5(tmp_path / "raw.h5", layers=layers, bin_seconds=2.5) as file:
            put(file, "neurons", np.array(neurons), units="s", axes=("layer", "neuron"))
        write_table(tmp_path / "metrics.tsv", COLUMNS, [("x", *score) for score in scores])

    return written


def medians(source, layer):
    return [
        Score(layer, source, f"time_scale_{kind}", "test", 0, 7.5)
        for kind in ("neurons", *(["latents"] if source != "raw" else []))
    ]


def at_widths(layer):
    """A score of each kind at each width of bins."""
    return [
        Score(
            layer,
            source,
            f"{metric}_at_bins_of_{width}",
            "train" if metric.startswith("explained") else "test",
            0,
            0.1 + 0.05 * width,
        )
        for metric, source in NAMES.items()
        for width in WIDTHS
    ]


def texts(tmp_path, sources, layers=LAYERS):
    svg = tmp_path / "x.svg"
    draw(
        raw=tmp_path / "raw.h5",
        metrics=tmp_path / "metrics.tsv",
        svg=svg,
        png=tmp_path / "x.png",
        sources=sources,
        layers={layer: f"name of {layer}" for layer in layers},
        split="test",
        layer_colours=["#332288", "#88CCEE"],
        source_colours=["#000000", "#E69F00"],
        dpi=40,
    )
    return re.findall(r">([^<>\n]+)</text>", svg.read_text())


def test_sources_truth_and_widths_are_those_of_the_table(write, tmp_path):
    """Bins of 2.5 s, one and four of them averaged: ticks at 2.5 and 10 s."""
    scores = [
        score for source in ("raw", "pca", "ppca") for n in LAYERS for score in medians(source, n)
    ]
    scores += [score for layer in LAYERS for score in at_widths(layer)]
    scores += [Score(layer, "truth", "time_scale_truth", "test", 0, 5.0) for layer in LAYERS]
    write([[5.0, 9.0, np.nan], [6.0, 8.0, 20.0]], scores)
    found = texts(tmp_path, ["raw", "pca", "ppca"])
    assert {"true latents", "PPCA", "name of L1", "name of L2"} <= set(found)
    assert {"r2", "masked_r2 of PPCA", "PCA of train, N // 10"} <= set(found)
    of_widths = found[found.index("medians of a layer") : found.index("bin (s)")]
    assert {"2.5", "10"} <= set(of_widths) and "5" not in of_widths


def test_one_layer_one_source_and_no_time_scale(write, tmp_path):
    write([[np.nan, np.nan]], [*medians("ppca", "L1")[:1], *at_widths("L1")])
    assert "PPCA" not in texts(tmp_path, ["raw"], LAYERS[:1])
    found = texts(tmp_path, ["raw", "pca", "ppca"], LAYERS[:1])
    assert "PPCA" in found and "true latents" not in found
