"""Numbers and names in sentences."""

import numpy as np
import pandas as pd
import pytest

from nma.figures.labels import number
from nma.report.wording import counted, interval, listed, seconds, span


def test_a_span_of_equal_values_is_one_value():
    assert span(pd.Series([2.04, 1.0, 3.0]), ".1f") == "1.0 to 3.0"
    assert span(pd.Series([2.04, 1.96]), ".1f") == "2.0"


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (-0.0004, ".3f", "0.000"),
        (-0.0, ".2f", "0.00"),
        (np.float64(-0.004), ".2f", "0.00"),
        (-0.4, ".0f", "0"),
        (-0.0006, ".3f", "-0.001"),
        (0.048, ".2g", "0.048"),
    ],
)
def test_zero_has_no_sign(value, form, text):
    assert number(value, form) == text
    assert span(pd.Series([value]), form) == text
    assert interval(value, value, form) == f" [{text}, {text}]"


@pytest.mark.parametrize(
    ("count", "text"), [(1, "1 dim"), ("1", "1 dim"), (0, "0 dims"), ("1 to 3", "1 to 3 dims")]
)
def test_nouns_follow_their_number(count, text):
    assert counted(count, "dim") == text


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([2, 3], "2.0 to 3.0 s"),
        ([0.5, 0.5], "0.5 s or less"),
        ([2, 9], "2.0 to more than 9.0 s"),
        ([9, 9], "longer than 9.0 s"),
    ],
)
def test_times_at_the_limits_of_what_can_be_told(values, text):
    assert seconds(pd.Series(values), least=0.5, most=9) == text


def test_an_interval_that_is_not_known_is_left_out():
    assert interval(-0.01, 0.0314) == " [-0.010, 0.031]"
    assert interval(0.1, 0.2, ".2f") == " [0.10, 0.20]"
    assert interval(np.nan, np.nan) == ""
    assert interval(1, 9, ".1f", most=9) == " [1.0, more than 9.0]"


@pytest.mark.parametrize(
    ("names", "text"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_names_are_listed(names, text):
    assert listed(names) == text
