"""Text tables as frames."""

import io
from collections.abc import Iterable
from typing import Any

import pandas as pd

from nma.io.parsing import read_table_text, reading
from nma.types import FilePath


def read_whole(
    path: FilePath, numbers: Iterable[str] = (), sep: str = "\t", **options: Any
) -> pd.DataFrame:
    """Read a text table that must be complete.

    numbers: columns that must hold numbers, as far as the table has them; options: of
    pandas.read_csv. Raises InputError where the table is cut off or damaged
    (io.files.read_table_text), or where one of these columns holds anything but numbers.
    """
    text = read_table_text(path, sep)
    with reading(path):
        table = pd.read_csv(io.StringIO(text), sep=sep, **options)
        for name in table.columns.intersection(list(numbers)):
            table[name] = pd.to_numeric(table[name])
    return table
