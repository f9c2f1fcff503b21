"""Numbers and names as the report's sentences give them."""

import math
from collections.abc import Sequence

import pandas as pd


def span(values: pd.Series, form: str = ".0f") -> str:
    """The smallest and the largest of some values, or the one that they all are."""
    low, high = (format(value, form) for value in (values.min(), values.max()))
    return low if low == high else f"{low} to {high}"


def interval(low: float, high: float, form: str = ".3f") -> str:
    """The ends of an interval in brackets, after a space; nothing where there is none (NaN)."""
    return "" if math.isnan(low) else f" [{low:{form}}, {high:{form}}]"


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: `a`, `a and b`, or `a, b and c`."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
