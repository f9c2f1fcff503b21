"""Figures of the dynamics of an LDS leave out layers in which it predicts nothing."""

import numpy as np
import pytest

from nma.figures import decay_times, time_scales
from nma.io.hdf5 import new_h5, put
from nma.scores.frame import read_table, unpredicted
from nma.scores.table import COLUMNS, Score, write_table

LAYERS = ["L1", "L2"]
TIMES = ("decay_time", "decay_time_lower_quartile", "decay_time_upper_quartile")


@pytest.fixture
def metrics(tmp_path):
    """A table in which the LDS predicts L1 alone, and has times of both."""
    scores = []
    for layer, score in zip(LAYERS, (0.2, 0.01), strict=True):
        ends = score - 0.02, score + 0.02
        scores += [Score(layer, "lds", "cosmooth_r2", "validation", 0, score, *ends)]
        scores += [Score(layer, "lds", metric, "train", 0, 3.0, 2.0, 4.0) for metric in TIMES]
        for kind in ("neurons", "latents"):
            scores += [Score(layer, "lds", f"time_scale_{kind}", "test", 0, 5.0)]
        scores += [Score(layer, "raw", "time_scale_neurons", "test", 0, 6.0)]
    write_table(tmp_path / "metrics.tsv", COLUMNS, [("x", *score) for score in scores])
    return tmp_path / "metrics.tsv"


def drawn(module, monkeypatch, **arguments):
    """The panels of the figure that a module saves."""
    saved = []
    monkeypatch.setattr(module, "save", lambda figure, **_: saved.append(figure))
    names = {layer: layer for layer in LAYERS}
    style = {"svg": "", "png": "", "dpi": 40, "layer_colours": ["#332288", "#88CCEE"]}
    module.draw(layers=names, split="test", **style, **arguments)
    return saved[0].axes


def points(panel):
    """The values of all points that lie in a panel."""
    found = np.concatenate([np.ma.filled(c.get_offsets(), np.nan)[:, 1] for c in panel.collections])
    return found[np.isfinite(found)].tolist()


def test_layers_without_predictions_are_told_from_the_table(metrics):
    assert unpredicted(read_table(metrics), "lds") == ["L2"]
    assert unpredicted(read_table(metrics), "raw") == []
    without = read_table(metrics).assign(ci_low=np.nan)  # as where there is a single block
    assert unpredicted(without, "lds") == []


def test_decay_times(metrics, monkeypatch):
    (panel,) = drawn(decay_times, monkeypatch, metrics=metrics)
    medians = [y for line in panel.lines if line.get_marker() == "o" for y in line.get_ydata()]
    assert [y for y in medians if np.isfinite(y)] == [3.0]


def test_time_scales(metrics, monkeypatch, tmp_path):
    with new_h5(tmp_path / "raw.h5", layers=LAYERS, bin_seconds=2.5) as file:
        put(file, "neurons", np.ones((2, 3)), units="s", axes=("layer", "neuron"))
    _, medians, _ = drawn(
        time_scales,
        monkeypatch,
        raw=tmp_path / "raw.h5",
        metrics=metrics,
        sources=["raw", "lds"],
        source_colours=["#000000"],
    )
    assert sorted(points(medians)) == [5.0, 5.0, 6.0, 6.0]  # two of the LDS, two of raw neurons


def test_time_constants_of_networks_are_drawn_beside_them(metrics, monkeypatch, tmp_path):
    paths = [tmp_path / f"{layer}.h5" for layer in LAYERS]
    for path, longest in zip(paths, (16.0, 25.0), strict=True):
        with new_h5(path, source="s5", layer=path.stem) as file:
            for name, values in (
                ("time_constants", [1.0, longest, 1.0]),
                ("time_constant_weights", [0, 1.0, 0]),
            ):
                put(file, name, np.array(values), units="s", axes=("mode",))
    with new_h5(tmp_path / "none.h5", source="gru", layer="L1"):
        pass
    networks = [*paths, tmp_path / "none.h5"]
    (panel,) = drawn(decay_times, monkeypatch, metrics=metrics, networks=networks)
    drawn_last = panel.collections[-1].get_offsets()[:, 1]
    assert drawn_last.tolist() == pytest.approx([16.0, 25.0])
    (legend,) = panel.figure.legends
    assert "S5: median" in [text.get_text() for text in legend.get_texts()]
