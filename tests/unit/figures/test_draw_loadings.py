"""The figure of loadings in space: which panels a recording has."""

import re

import numpy as np
import pytest

from nma.figures import loadings
from nma.latents.shared_components import Components
from nma.preprocessing.layer_files import write_layer

COMPONENTS = 4


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("placed", [True, False])
def test_maps_where_there_are_positions_and_shares_where_there_are_layers(
    tmp_path, monkeypatch, layers, placed
):
    rng = np.random.default_rng(0)
    found = Components(
        rng.standard_normal((9, COMPONENTS)),
        [rng.standard_normal((5, COMPONENTS)) for _ in range(layers)],
        np.array([0.4, 0.3, 0.2, 0.1]),
    )
    monkeypatch.setattr(loadings, "read_components", lambda *_: found)
    files = [tmp_path / f"L{number}.h5" for number in range(layers)]
    for file in files:
        xyz = rng.uniform(size=(3, 5)) if placed else None
        write_layer(file, np.ones((5, 3)), np.arange(5), xyz)
    loadings.draw(
        layer_files=files,
        fits=[],
        latents=[],
        svg=tmp_path / "x.svg",
        png=tmp_path / "x.png",
        layers={file.stem: file.stem for file in files},
        layer_colours=["#332288", "#88CCEE"],
        dpi=40,
    )
    texts = re.findall(r">([^<>\n]+)</text>", (tmp_path / "x.svg").read_text())
    maps = sum(text.startswith("component ") for text in texts)
    assert maps == (0 if not placed else 3 if layers == 1 else 2)
    assert ("share of the component" in texts) == (layers == 2)
    assert ("This recording has no positions." in texts) == (layers == 1 and not placed)
