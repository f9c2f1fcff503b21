"""Score tables: the rows of metrics.tsv."""

import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nma.io.files import atomic_path
from nma.io.parsing import read_table_text, reading
from nma.types import FilePath


class Score(NamedTuple):
    """A row of a score table.

    layer: or `all`; seed: of the network, 0 of sources without one; ci_low, ci_high: 95 % interval,
    NaN where there is none; n: what the value rests on (blocks of time, neurons, layers, ...).
    """

    layer: str
    source: str
    metric: str
    split: str
    seed: int
    value: float
    ci_low: float = math.nan
    ci_high: float = math.nan
    n: int = 1


COLUMNS = ("recording", *Score._fields)
NUMBERS = ("value", "ci_low", "ci_high")


def write_scores(out: FilePath, scores: Iterable[Score]) -> None:
    """Write a score table, which has no recording yet, for `collect` to gather."""
    write_table(out, Score._fields, finite(scores))


def finite(scores: Iterable[Score]) -> Iterator[Score]:
    """The scores that have a finite value; with an interval only where both its ends are finite."""
    for score in scores:
        if math.isfinite(score.value):
            has_ends = math.isfinite(score.ci_low) and math.isfinite(score.ci_high)
            yield score if has_ends else score._replace(ci_low=math.nan, ci_high=math.nan)


def read_scores(path: FilePath) -> list[Score]:
    """The rows of a file of write_scores. Raises InputError where it is damaged."""
    rows = csv.DictReader(io.StringIO(read_table_text(path)), delimiter="\t")
    with reading(path):
        return [
            Score(
                **row
                | {name: float(row[name] or math.nan) for name in NUMBERS}
                | {name: int(row[name]) for name in ("seed", "n")}
            )
            for row in rows
        ]


def write_table(out: FilePath, columns: Sequence[str], rows: Iterable[Iterable]) -> None:
    """Write rows under a header, tab-separated: six digits of a float, nothing for one that is not
    finite."""
    with atomic_path(out) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(map(_cell, row) for row in rows)


def gather(out: FilePath, paths: Iterable[FilePath]) -> None:
    """Write the rows of several metrics.tsv into one table."""
    with atomic_path(out) as temporary, open(temporary, "w") as file:
        for number, path in enumerate(paths):
            header, rows = Path(path).read_text().split("\n", 1)
            file.write(rows if number else f"{header}\n{rows}")


def _cell(value: object) -> object:
    if not isinstance(value, float | np.floating):
        return value
    return f"{value:.6g}" if np.isfinite(value) else ""
