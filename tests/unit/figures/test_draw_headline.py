"""The headline figure: which sources it shows, in which order, and the marks of its dims."""

import pandas as pd
import pytest
from matplotlib import pyplot as plt

from nma.figures import headline
from nma.figures.style import use_style
from nma.scores.table import COLUMNS

SOURCES = ("lds", "ridge", "pca", "pca_20", "lds_auto", "rnn", "gru")
SCORES = {"lds": (0.5, 0.7), "ridge": (0.3, 0.2), "pca": (0.1, 0.2), "rnn": (0.6, 0.5)}
SCORES |= {"gru": (0.4, 0.9), "pca_20": (0.9, 0.9), "lds_auto": (0.9, 0.9), "attainable": (1, 0.8)}
CURVES = {"L1": {3: 0.1, 10: 0.5, 30: 0.4}, "L2": {3: 0.3, 10: 0.6, 30: 0.7}}


def metrics(folder, layers):
    """A metrics.tsv of SCORES and CURVES; L2 has no fewest dims, as nothing is predicted there."""
    rows = [
        ("r", layer, source, "cosmooth_r2", "test", 0, score, score - 0.1, score + 0.1, 10)
        for source, scores in SCORES.items()
        for layer, score in zip(layers, scores, strict=False)
    ]
    for layer in layers:
        rows += [
            ("r", layer, "lds", f"cosmooth_r2_at_{dims}_dims", "test", 0, score, "", "", 10)
            for dims, score in CURVES[layer].items()
        ]
    rows.append(("r", "L1", "lds", "dims_within_one_error", "test", 0, 3, "", "", 3))
    pd.DataFrame(rows, columns=COLUMNS).to_csv(folder / "metrics.tsv", sep="\t", index=False)
    return folder / "metrics.tsv"


def numbers(folder, layers=("L1", "L2"), width=183):
    """The table of numbers drawn."""
    use_style(width)
    files = {kind: folder / f"headline.{kind}" for kind in ("svg", "pdf", "tsv")}
    headline.draw(metrics=metrics(folder, layers), sources=SOURCES, models=["rnn", "gru"],
                  layers=dict(zip(layers, layers, strict=True)), split="test",
                  source_colours=["#123456"], **files)  # fmt: skip
    return pd.read_csv(files["tsv"], sep="\t", dtype={"x": str})


def test_sources_are_sorted_with_the_best_network_alone(tmp_path):
    table = numbers(tmp_path)
    means = table[table.series.str.startswith("mean of layers, ")]
    assert list(means.x) == ["gru".upper(), "LDS", "ridge", "PCA"]
    assert list(means.y) == [0.65, 0.6, 0.25, 0.15]
    # Student's t of two layers: half a range of 0.5 times 12.706.
    assert means.y_high.iloc[0] - 0.65 == pytest.approx(12.7062 * 0.25, abs=1e-3)
    of_layers = table[table.series == "score of a layer"]
    assert dict(zip(of_layers.layer[:2], of_layers.y[:2], strict=True)) == {"L1": 0.4, "L2": 0.9}
    assert table[table.series.str.startswith("attainable")].y.tolist() == [0.9]


def test_dims_have_their_mean_and_marks_where_something_is_predicted(tmp_path):
    table = numbers(tmp_path)
    mean = table[table.series == "mean of layers"]
    assert dict(zip(mean.x.astype(int), mean.y, strict=True)) == {3: 0.2, 10: 0.55, 30: 0.55}
    marks = table[table.series.isin([headline.FEWEST, headline.BEST])]
    assert list(zip(marks.layer, marks.x, marks.y, strict=True)) == [
        ("L1", "3", 0.1),
        ("L1", "10", 0.5),
    ]


def test_a_single_layer_has_the_interval_of_its_score(tmp_path):
    table = numbers(tmp_path, layers=("L1",))
    lds = table[(table.x == "LDS") & table.y_low.notna()]
    assert lds[["y", "y_low", "y_high"]].to_numpy().tolist() == [[0.5, 0.4, 0.6]]
    assert not (table.series == "score of a layer").any()


def test_the_table_has_the_points_that_are_drawn(tmp_path, monkeypatch):
    """At both widths, of which the narrow one has its panels one above the other."""
    figures = []
    monkeypatch.setattr(plt, "close", figures.append)
    tables = [numbers(tmp_path, width=width) for width in (183, 89)]
    pd.testing.assert_frame_equal(*tables)
    for figure in figures:
        left, right = figure.axes
        (mean,) = (line for line in right.lines if line.get_label() == "LDS: mean of layers")
        rows = tables[0][tables[0].series == "mean of layers"]
        assert list(mean.get_xdata()) == list(rows.x.astype(int))
        assert mean.get_ydata() == pytest.approx(rows.y.to_numpy())
        assert [tick.get_text() for tick in left.get_yticklabels()] == [
            "GRU",
            "LDS",
            "ridge",
            "PCA",
        ]
    sides = [[panel.get_position().x0 for panel in figure.axes] for figure in figures]
    assert sides[0][1] > sides[0][0] + 0.3 and abs(sides[1][1] - sides[1][0]) < 0.1
