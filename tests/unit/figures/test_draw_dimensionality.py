"""The figure of dims: its panel of reliable components."""

import numpy as np
from matplotlib import pyplot as plt

from nma.figures.dimensionality import draw_reliability
from nma.io.hdf5 import new_h5, put


def test_the_panel_says_why_nothing_could_be_measured(tmp_path):
    with new_h5(tmp_path / "L1.h5", unmeasured="SVCA needs two blocks.") as file:
        put(file, "in_a", np.zeros(3, bool), units="bool", axes=("neuron",))
    panel = plt.figure().subplots()
    draw_reliability(panel, [tmp_path / "L1.h5"], ["L1"], {"L1": "black"})
    assert [text.get_text() for text in panel.texts] == ["SVCA needs two blocks."]
    assert not panel.lines
