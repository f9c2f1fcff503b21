"""Numbers and names in sentences."""

import numpy as np
import pandas as pd
import pytest

from nma.report.wording import interval, listed, span


def test_a_span_of_equal_values_is_one_value():
    assert span(pd.Series([2.04, 1.0, 3.0]), ".1f") == "1.0 to 3.0"
    assert span(pd.Series([2.04, 1.96]), ".1f") == "2.0"


def test_an_interval_that_is_not_known_is_left_out():
    assert interval(-0.01, 0.0314) == " [-0.010, 0.031]"
    assert interval(0.1, 0.2, ".2f") == " [0.10, 0.20]"
    assert interval(np.nan, np.nan) == ""


@pytest.mark.parametrize(
    ("names", "text"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_names_are_listed(names, text):
    assert listed(names) == text
