"""Random groups of neurons in place of layers: what is left of a layer once its name is gone."""

import numpy as np

from nma.files import open_h5
from nma.scores import permutation_p
from nma.slicing import write_layer

OF_NULLS = ("_null", "_p")


def write_random_groups(layer_paths, outs, *, seed):
    """Write files in the form of layers/{layer}.h5, of the same sizes, with their neurons shuffled.

    layer_paths, outs: in the order of the layers; seed: of the permutation, a number or several.
    """
    activity, ids, positions, attributes = [], [], [], []
    for path in layer_paths:
        with open_h5(path) as file:
            attributes.append(dict(file.attrs))
            activity.append(file["activity"][:])
            ids.append(file["neuron_ids"][:])
            positions.append(file["positions"][:] if "positions" in file else None)
    sizes = [len(part) for part in ids]
    groups = np.split(np.random.default_rng(seed).permutation(sum(sizes)), np.cumsum(sizes)[:-1])
    activity, ids = np.concatenate(activity), np.concatenate(ids)
    known = all(part is not None for part in positions)
    positions = np.concatenate(positions, axis=1) if known else None
    for out, attrs, group in zip(outs, attributes, groups, strict=True):
        write_layer(
            out,
            activity[group],
            ids[group],
            positions[:, group] if known else None,
            **attrs | {"grouping": "random"},
        )


def retrained_rows(observed, nulls):
    """Rows (layer, source, metric, split, seed, value, low, high, n) of a null beside scores.

    observed: score rows of a source (dicts of nma.metrics.read_rows); nulls: the same of each
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
