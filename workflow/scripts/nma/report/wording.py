"""Numbers and names as the report's sentences and tables give them."""

import math
from collections.abc import Sequence

import pandas as pd

from nma.figures.labels import number

FEWEST_REPEATS = 19  # of a null, with which p can be as small as 0.05


def counted(count: object, noun: str) -> str:
    """A count with its noun: `1 layer`, `2 layers`; count: a number, or its text (`1 to 3`)."""
    return f"{count} {noun}" if str(count) == "1" else f"{count} {noun}s"


def span(values: pd.Series, form: str = ".0f") -> str:
    """The smallest and the largest of some values, or the one that they all are."""
    low, high = (number(value, form) for value in (values.min(), values.max()))
    return low if low == high else f"{low} to {high}"


def seconds(values: pd.Series, least: float = 0, most: float = math.inf) -> str:
    """The span of times in s, of which those at `least` and `most` are as short or long at least.

    least, most: what could be told, in s.
    """
    if values.min() >= most:
        return f"longer than {number(most, '.1f')} s"
    if values.max() >= most:
        return f"{number(values.min(), '.1f')} to more than {number(most, '.1f')} s"
    return f"{span(values, '.1f')} s{' or less' if values.min() <= least else ''}"


def interval(low: float, high: float, form: str = ".3f", most: float = math.inf) -> str:
    """The ends of an interval in brackets, after a space; nothing where there is none (NaN).

    most: what could be told, beyond which an upper end there may lie.
    """
    beyond = "more than " if high >= most else ""
    return "" if math.isnan(low) else f" [{number(low, form)}, {beyond}{number(high, form)}]"


def above_zero(low: float, digits: int = 3) -> bool:
    """Whether a value with this lower end of its interval is above 0, as far as is printed."""
    return round(low, digits) > 0


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: `a`, `a and b`, or `a, b and c`."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
