"""Log-likelihood of activity around a source's estimates."""

import numpy as np

from nma.preprocessing.splits import held_out, in_split
from nma.preprocessing.tensors import Tensor
from nma.preprocessing.units import observed
from nma.statistics.filling import alike
from nma.statistics.observation_models import FAMILIES
from nma.types import Bins, BinsNeurons

NEURONS_AT_ONCE = 64  # so that what is worked on stays in the processor's cache


def log_likelihoods(tensor: Tensor, estimate: BinsNeurons) -> dict[str, Bins]:
    """{family: nats of each held-out bin, summed over neurons, NaN in other bins}.

    Of each observation model that can hold the activity, around an estimate of it (bins, neurons),
    or one of each neuron for all bins (1, neurons); the parameters
    of the scatter are fitted to train. Entries that were not recorded do not count.
    """
    train, scored = in_split(tensor.split, "train"), held_out(tensor.split)
    families, present = observed(tensor), tensor.present
    sums = {family: np.where(scored, 0.0, np.nan) for family in families}
    for together, bins in alike(present[train]):
        fitted = np.flatnonzero(train)[bins]
        for start in range(0, len(together), NEURONS_AT_ONCE):
            part = together[start : start + NEURONS_AT_ONCE]
            counted = present[np.ix_(scored, part)]
            for family, (zero, unit) in families.items():
                values, means = (
                    (x[:, part].astype(np.float64) - zero[part]) / unit[part]
                    for x in (tensor.activity, estimate)
                )
                if family == "poisson":
                    values = np.rint(values)
                model = FAMILIES[family]()
                same = len(means) == 1
                model.fit(values[fitted], means if same else means[fitted])
                found = model.log_likelihood(values[scored], means if same else means[scored])
                sums[family][scored] += np.where(counted, found, 0).sum(axis=1)
    return sums
