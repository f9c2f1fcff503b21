"""Tables as frames."""

import io

import pandas as pd

from nma.io.files import read_table_text, reading


def read_whole(path, numbers=(), sep="\t", **how):
    """A table as a frame. Raises InputError where it is damaged: see io.files.read_table_text; and
    where something else than a number is in the columns `numbers`."""
    text = read_table_text(path, sep)
    with reading(path):
        table = pd.read_csv(io.StringIO(text), sep=sep, **how)
        for name in table.columns.intersection(numbers):
            table[name] = pd.to_numeric(table[name])
    return table
