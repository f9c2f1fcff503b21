"""The null of networks and LDSs: scores of those of random groups of neurons (METHODS 5).

Permuted labels do not suffice for them: a model leaves its mark on the neurons it was fitted to, so
it must be fitted again to groups of neurons that are not layers. Each repetition of the null does
that, and has a score table like that of the layers.
"""

from collections.abc import Sequence

import numpy as np

from nma.scores.table import Score
from nma.statistics.intervals import permutation_p

COMPARED = ("layer_accuracy", "layer_ami")  # beginnings of the metrics that are compared
OF_NULLS = ("_null", "_p")  # endings of metrics of permuted labels, which are not


def retrained_scores(observed: Sequence[Score], nulls: Sequence[Sequence[Score]]) -> list[Score]:
    """Compare scores of models of layers with those of models of random groups.

    observed: of layers; nulls: the same source in each repetition. For every accuracy and adjusted
    mutual information: `{metric}_retrained`, the mean over repetitions with the lowest and the
    highest in place of an interval, and `{metric}_retrained_p`, the share of values, the observed
    one among them, that reach the observed one. n: repetitions. A metric that a repetition lacks is
    left out.
    """
    scores = []
    for score in observed:
        metric = score.metric
        if not metric.startswith(COMPARED) or metric.endswith(OF_NULLS):
            continue
        values = [other.value for null in nulls for other in null if other.metric == metric]
        n = len(values)
        if n != len(nulls):
            continue
        mean, p = float(np.mean(values)), permutation_p(score.value, values)
        of_nulls = (f"{metric}_retrained", mean, min(values), max(values))
        of_observed = (f"{metric}_retrained_p", p, np.nan, np.nan)
        for name, value, low, high in (of_nulls, of_observed):
            scores.append(score._replace(metric=name, value=value, ci_low=low, ci_high=high, n=n))
    return scores
