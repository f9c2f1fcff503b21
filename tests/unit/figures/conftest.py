"""The look that scripts/plot.py gives to figures: text in an SVG is text."""

import pytest

from nma.figures.style import use_style


@pytest.fixture(autouse=True)
def style():
    use_style()
