"""Figures for a paper: their widths, fonts and lines, and the table of what they show."""

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from nma.figures.drawn import drawn, keep
from nma.figures.style import (
    STYLE,
    WIDTH,
    legend_place,
    save,
    side_by_side_panels,
    use_style,
)


def paper_figure(folder, width):
    """{kind: path} of a figure of two panels."""
    use_style(width)
    figure, panels = side_by_side_panels(4, (2, 1))
    for panel in panels:
        panel.plot([1, 2], [3, 4], linewidth=2, label="a line")
        panel.vlines([1, 2], 3, 4, linewidth=6)
        panel.axhline(3, linewidth=0.1)
        panel.scatter([1], [3], marker="x", linewidth=1.5)
        panel.set(title="title", xlabel="time (s)", ylabel="score")
    figure.legend(*panels[0].get_legend_handles_labels(), **legend_place())
    keep(panels[0], [1, 2], [3, 4], series="a line")
    files = {kind: folder / f"{width}.{kind}" for kind in ("svg", "pdf", "tsv")}
    save(figure, **files)
    return files


@pytest.mark.parametrize("width", [89, 183])
def test_a_paper_figure_is_as_wide_as_asked_with_text_as_text(tmp_path, width):
    files = paper_figure(tmp_path, width)
    pdf, svg = files["pdf"].read_bytes(), files["svg"].read_text()
    (box,) = re.findall(rb"/MediaBox \[ 0 0 ([\d.]+) [\d.]+ \]", pdf)
    assert float(box) / 72 * 25.4 == pytest.approx(width, abs=0.01)
    (points,) = re.findall(r'<svg [^>]*width="([\d.]+)pt"', svg)
    assert float(points) / 72 * 25.4 == pytest.approx(width, abs=0.01)
    # TrueType within a composite font, that is Type 42, and none of Type 3, which editors refuse.
    assert b"/FontFile2" in pdf and b"/Subtype /Type3" not in pdf
    assert re.search(r"<text [^>]*>time \(s\)</text>", svg)
    sizes = {float(size) for size in re.findall(r"font-size: ([\d.]+)px", svg)}
    assert sizes and all(5 <= size <= 7 for size in sizes)
    widths = {float(found) for found in re.findall(r"stroke-width: ([\d.]+)", svg)}
    assert 6 in widths and {found for found in widths if found < 0.5 or found > 1} == {6}


def test_it_is_the_same_bytes_every_time(tmp_path):
    once = {kind: path.read_bytes() for kind, path in paper_figure(tmp_path, 89).items()}
    again = {kind: path.read_bytes() for kind, path in paper_figure(tmp_path, 89).items()}
    assert once == again


def test_the_report_has_its_own_look_after_a_paper():
    use_style(89)
    use_style()
    assert {name: plt.rcParams[name] for name in STYLE} == STYLE
    assert plt.rcParams["pdf.fonttype"] == 3
    figure, panels = side_by_side_panels(3, (1, 1))
    assert tuple(figure.get_size_inches()) == (WIDTH, 3)
    assert legend_place() == {"loc": "outside right center"}


def test_the_table_has_a_row_a_point_with_the_axes_and_panels():
    figure, (left, right) = plt.subplots(1, 2)
    keep(right, [0.1, 2], [1, np.nan], series="lost where empty")
    keep(
        left,
        ["a", r"\$b"],
        [1, 2],
        [0, 1],
        [2, 3],
        series="bars",
        layer=["L1", "L2"],
        sideways=True,
    )
    keep(right, np.nan, np.nan, 0, 3, series="a band across")
    left.set(xlabel="score\nof test", ylabel="source")
    right.set(xlabel="time (s)", ylabel="r2")
    expected = pd.DataFrame(
        [
            ("a", "bars", "L1", "source", "a", "score of test", 1, 0, 2),
            ("a", "bars", "L2", "source", "$b", "score of test", 2, 1, 3),
            ("b", "lost where empty", "", "time (s)", "0.1", "r2", 1, np.nan, np.nan),
            ("b", "a band across", "", "time (s)", "", "r2", np.nan, 0, 3),
        ],
        columns="panel series layer x_axis x y_axis y y_low y_high".split(),  # noqa: SIM905
    )
    found = drawn(figure).reset_index(drop=True)
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


def test_a_figure_without_numbers_has_the_head_of_the_table_alone():
    assert drawn(plt.figure()).empty and "y_low" in drawn(plt.figure())
