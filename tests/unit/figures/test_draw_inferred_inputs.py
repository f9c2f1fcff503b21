"""The figure of inferred inputs, from latents files and a recording that are written here."""

import re

import numpy as np
import pytest

from nma.figures.inferred_inputs import draw
from nma.io.hdf5 import new_h5, put

BINS, WIDTH = 60, 2
SPLIT = np.repeat([0, -1, 2], [30, 5, 25])


@pytest.fixture
def texts(tmp_path):
    """texts(inputs, behaviour): the words of the figure; inputs: (layers, bins, inputs)."""

    def drawn(inputs, behaviour):
        paths = []
        for number, of_layer in enumerate(inputs):
            paths.append(tmp_path / f"{number}.h5")
            with new_h5(paths[-1], bin_seconds=2.0) as file:
                put(file, "inferred_inputs", of_layer, units="1", axes=("bin", "input"))
                put(file, "split", SPLIT, units="", axes=("bin",))
        with new_h5(tmp_path / "recording.h5") as file:
            for name, values in behaviour.items():
                put(file, f"behaviour/{name}", values, units="", axes=("bin", "signal"))
        svg = tmp_path / "x.svg"
        draw(
            latents=paths,
            recording=tmp_path / "recording.h5",
            svg=svg,
            png=tmp_path / "x.png",
            layers={f"L{n + 1}": f"depth {n + 1}" for n in range(len(inputs))},
            bin_width=WIDTH,
            split="test",
            seconds=40,
            layer_colours=["#332288", "#88CCEE"],
            dpi=40,
        )
        assert (tmp_path / "x.png").is_file()
        return re.findall(r">([^<>\n]+)</text>", svg.read_text())

    return drawn


def test_layers_inputs_and_behaviour_have_their_names(texts):
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((2, BINS, 6)) * [1, 5, 1, 4, 3, 2]
    found = texts(inputs, {"run": rng.standard_normal((BINS * WIDTH, 1))})
    assert {"depth 1", "depth 2", "running", "test time (s)"} <= set(found)
    panel = found[: found.index("depth 1")]
    # Those that vary most of the six.
    assert [text for text in panel if text in "123456"] == ["2", "4", "5", "6"]


def test_one_input_without_behaviour(texts):
    found = texts(np.zeros((1, BINS, 1)), {})
    assert "depth 1" in found and "1" in found and "running" not in found
