"""What all figures share: names, colours, and what makes a module a figure."""

import inspect
import json
import re
from inspect import Parameter
from pathlib import Path

import numpy as np
import pytest
from matplotlib import pyplot as plt

from nma import registry
from nma.figures.labels import label, source_label
from nma.figures.layer_names import in_figure, layer_names
from nma.figures.marks import side_by_side
from nma.figures.style import (
    BASELINE_COLOURS,
    layer_legend,
    layer_ticks,
    save,
    source_palette,
)
from nma.preprocessing.layer_files import write_layer
from nma.sources import BASELINES

CAPTIONS = Path(__file__).resolve().parents[3] / "workflow" / "report" / "captions"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("raw", "raw"),
        ("pca", "PCA"),
        ("pca_20", "PCA (20)"),
        ("ppca", "PPCA"),
        ("interpolation", "interpolation"),
        ("kernel_ridge", "kernel ridge"),
        ("lds", "LDS"),
        ("lds_auto", "LDS (auto)"),
        ("feedback_lstm", "feedback LSTM"),
        ("residual_gru", "residual GRU"),
        ("rnn_of_mine", "RNN of mine"),
        ("grunge", "grunge"),
    ],
)
def test_labels_follow_from_names(source, expected):
    assert label(source) == source_label(source) == expected
    assert source_label(f"{source}_latents") == f"{expected} units"


@pytest.mark.parametrize(
    ("name", "drawn"),
    [
        ("CA1", "CA1"),
        ("L2/3", "L2/3"),
        ("$x_2$ area", "$x_2$ area"),
        ("_root_", "_root_"),
        ("primary visual area, layer 4", "primary visual area, la…"),
    ],
)
def test_names_of_layers_are_drawn_as_they_are(tmp_path, name, drawn):
    (tmp_path / "layers.json").write_text(
        json.dumps({"layers": [{"layer": "L1", "name": name}, {"layer": "L2", "name": "b"}]})
    )
    layers = layer_names(tmp_path / "layers.json")
    assert layers == {"L1": name, "L2": "b"}
    figure, panel = plt.subplots()
    layers = {layer: in_figure(text) for layer, text in layers.items()}
    layer_legend(figure, {"L1": "#332288", "L2": "#88CCEE", "all": "#000000"}, layers)
    layer_ticks(panel, layers, room=99)
    save(figure, tmp_path / "x.svg", tmp_path / "x.png", 40)
    texts = re.findall(r">([^<>\n]+)</(?:text|tspan)>", (tmp_path / "x.svg").read_text())
    assert [text.strip() for text in texts].count(drawn) == 2
    assert texts.count("b") == 2 and texts.count("all") == 1


@pytest.mark.parametrize("unit", ["um", "pixels"])
@pytest.mark.parametrize(("z", "depths"), [([0, 30], True), ([5, 5], False), ([np.nan] * 2, False)])
def test_neurons_without_depths_are_drawn_from_above(tmp_path, z, depths, unit):
    xyz = np.array([[1.0, 2], [3, 4], z])
    write_layer(tmp_path / "L1.h5", np.ones((2, 3)), np.arange(2), xyz, position_unit=unit)
    registry.member("figures", "neurons").draw(
        layer_files=[tmp_path / "L1.h5"],
        svg=tmp_path / "x.svg",
        png=tmp_path / "x.png",
        layers={"L1": "CA1"},
        layer_colours=["#332288"],
        dpi=40,
    )
    texts = re.findall(r">([^<>\n]+)</text>", (tmp_path / "x.svg").read_text())
    assert {"CA1", f"x ({unit})", f"y ({unit})"} <= set(texts)
    assert (f"depth z ({unit})" in texts) == (f"z ({unit})" in texts) == depths


def test_names_that_do_not_fit_are_turned():
    _, panel = plt.subplots()
    for name, angle in (("L1", 0), ("a long name", 90)):
        layer_ticks(panel, {"L1": name, "L2": name}, room=17)
        assert {tick.get_rotation() for tick in panel.get_xticklabels()} == {angle}


def test_baselines_have_colours_of_their_own_and_leave_the_palette_to_the_others():
    found = source_palette(["red", "blue"], ["gru", "ppca", "pca", "lds_auto", "lstm"])
    assert found["lds_auto"] not in ("red", "blue", *BASELINE_COLOURS)
    assert [found[source] for source in ("gru", "pca", "lstm")] == ["red", "blue", "red"]
    assert [found[source] for source in BASELINES] == list(BASELINE_COLOURS)
    assert list(found)[: len(BASELINES)] == list(BASELINES)
    assert len(set(BASELINE_COLOURS)) == len(BASELINES)


def test_points_that_share_a_place_lie_around_it():
    np.testing.assert_allclose(side_by_side(3, 0.2), [-0.2, 0, 0.2])
    assert list(side_by_side(1, 0.2)) == [0]


@pytest.mark.parametrize("name", sorted(path.stem for path in CAPTIONS.glob("*.rst")))
def test_a_figure_with_a_caption_can_be_drawn_by_name(name):
    parameters = inspect.signature(registry.member("figures", name).draw).parameters
    assert {"svg", "png", "dpi"} < set(parameters) or parameters[
        "files"
    ].kind is Parameter.VAR_KEYWORD
    named = [p for name, p in parameters.items() if name != "files"]
    assert all(p.kind is p.KEYWORD_ONLY for p in named)
