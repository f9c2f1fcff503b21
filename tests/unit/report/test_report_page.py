"""The report page: figures with their headings and captions."""

import pytest
from jinja2 import UndefinedError

from nma.report.page import figure_caption


def test_a_caption_is_filled_in_with_the_wildcards_of_its_figure(tmp_path):
    caption = tmp_path / "map.rst"
    caption.write_text("The map of {{ snakemake.wildcards.source }}.\n")
    assert figure_caption(caption, {"source": "gru"}) == "The map of gru."
    with pytest.raises(UndefinedError, match="source"):
        figure_caption(caption, {})
