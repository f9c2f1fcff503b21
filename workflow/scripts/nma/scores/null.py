"""Scores of networks trained on random groups in place of layers."""

import numpy as np

from nma.statistics.intervals import permutation_p

OF_NULLS = ("_null", "_p")


def retrained_rows(observed, nulls):
    """Rows (layer, source, metric, split, seed, value, low, high, n) of a null beside scores.

    observed: score rows of a source (dicts of scores.table.read_rows); nulls: the same of each
    repetition. For every accuracy and mutual information: `{metric}_retrained`, its mean over
    repetitions with the lowest and the highest, and `{metric}_retrained_p`, the share of values,
    the observed one among them, that reach the observed one.
    """
    found = []
    for row in observed:
        metric = row["metric"]
        if not metric.startswith(("layer_accuracy", "layer_ami")) or metric.endswith(OF_NULLS):
            continue
        values = [
            float(other["value"]) for null in nulls for other in null if other["metric"] == metric
        ]
        if len(values) == len(nulls):
            names = [row[name] for name in ("layer", "source")]
            where = [row[name] for name in ("split", "seed")]
            n = len(values)
            p = permutation_p(float(row["value"]), values)
            null = float(np.mean(values)), min(values), max(values), n
            found.append((*names, f"{metric}_retrained", *where, *null))
            found.append((*names, f"{metric}_retrained_p", *where, p, "", "", n))
    return found
