"""The figure of transfer: which scores it writes, and where."""

import re

import numpy as np

from nma.figures.transfer import draw
from nma.io.hdf5 import new_h5, put


def write_transfer(path, r2):
    """A transfer file with these scores (source layer, target layer)."""
    with new_h5(path) as file:
        put(file, "r2", r2, units="r2", axes=("source layer", "target layer"))


def test_the_figure_says_what_the_files_hold(tmp_path):
    """Rows are targets; a layer without other neurons has a dash, and many layers no text."""
    for count in (2, 12):
        r2 = np.full((count, count), 0.31)
        r2[0, 0], r2[0, 1] = np.nan, 0.27
        svg, png = (tmp_path / f"{count}.{end}" for end in ("svg", "png"))
        for source, matrix in (("raw", r2 - 0.2), ("gru", r2)):
            write_transfer(tmp_path / f"{source}.h5", matrix)
        paths = [tmp_path / f"{source}.h5" for source in ("raw", "gru")]
        layers = {f"L{n + 1}": f"L{n + 1}" for n in range(count)}
        draw(transfer=paths, svg=svg, png=png, sources=["raw", "gru"], layers=layers, dpi=50)
        assert png.stat().st_size > 0
    few, many = ((tmp_path / f"{count}.svg").read_text() for count in (2, 12))
    texts = re.findall(r">([^<>\n]+)</text>", few)
    counts = {"–": 2, ".27": 1, ".31": 2, ".07": 1, ".11": 2}
    assert {text: texts.count(text) for text in counts} == counts
    assert "GRU" in texts and "no network" in texts
    assert ">.31<" not in many
