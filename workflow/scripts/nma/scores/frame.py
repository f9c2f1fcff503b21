"""metrics.tsv as figures and the report read it."""

import numpy as np
from scipy.special import stdtrit

from nma.io.frames import read_whole

NUMBERS = ["value", "ci_low", "ci_high", "n"]


def read_table(path):
    """metrics.tsv as a frame; recordings and layers may be called NA or null."""
    return read_whole(path, NUMBERS, keep_default_na=False, na_values=[""])


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
