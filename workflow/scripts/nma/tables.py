"""metrics.tsv as figures and the report read it."""

import io

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from nma.files import read_table_text, reading

NUMBERS = ["value", "ci_low", "ci_high", "n"]


def read_table(path):
    """metrics.tsv as a frame; recordings and layers may be called NA or null."""
    return read_whole(path, NUMBERS, keep_default_na=False, na_values=[""])


def read_whole(path, numbers=(), sep="\t", **how):
    """A table as a frame. Raises InputError where it is damaged: see nma.files.read_table_text; and
    where something else than a number is in the columns `numbers`."""
    text = read_table_text(path, sep)
    with reading(path):
        table = pd.read_csv(io.StringIO(text), sep=sep, **how)
        for name in table.columns.intersection(numbers):
            table[name] = pd.to_numeric(table[name])
    return table


def over_seeds(rows, keys):
    """Mean value over seeds by `keys`, with ci_low and ci_high.

    Of several seeds that is their 95 % Student interval; of a single one the interval of its row,
    which comes from blocks of time.
    """
    groups = rows.groupby(keys)
    found = groups[["value", "ci_low", "ci_high"]].mean()
    seeds, spread = groups.value.count(), groups.value.std()
    half = stdtrit(np.maximum(seeds - 1, 1), 0.975) * spread / np.sqrt(seeds)
    for name, sign in (("ci_low", -1), ("ci_high", 1)):
        found[name] = found[name].where(seeds < 2, found.value + sign * half)
    return found
