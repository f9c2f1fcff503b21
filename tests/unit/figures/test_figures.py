"""What all figures share: names, colours, and what makes a module a figure."""

import inspect
from pathlib import Path

import numpy as np
import pytest

from nma import registry
from nma.figures.labels import label, source_label
from nma.figures.marks import side_by_side
from nma.figures.style import BASELINE_COLOURS, source_palette
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
    assert {"svg", "png", "dpi"} < set(parameters)
    assert all(p.kind is p.KEYWORD_ONLY for p in parameters.values())
