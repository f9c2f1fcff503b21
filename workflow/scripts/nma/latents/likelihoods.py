"""Log-likelihood of activity around a source's estimates."""

import numpy as np

from nma.preprocessing.splits import SPLITS
from nma.statistics.observation_models import FAMILIES

NEURONS_AT_ONCE = 64  # so that what is worked on stays in the processor's cache


def log_likelihoods(families, activity, estimate, split_index):
    """{family: (bins,)}: nats summed over neurons on held-out bins, NaN elsewhere.

    families: of `observed`; activity, estimate: (bins, neurons); parameters are fitted to train.
    """
    train, held_out = split_index == SPLITS.index("train"), split_index > SPLITS.index("train")
    sums = {family: np.where(held_out, 0.0, np.nan) for family in families}
    for start in range(0, activity.shape[1], NEURONS_AT_ONCE):
        part = slice(start, start + NEURONS_AT_ONCE)
        for family, (zero, unit) in families.items():
            values, means = (
                (x[:, part].astype(np.float64) - zero[part]) / unit[part]
                for x in (activity, estimate)
            )
            if family == "poisson":
                values = np.rint(values)
            model = FAMILIES[family]()
            model.fit(values[train], means[train])
            found = model.log_likelihood(values[held_out], means[held_out])
            sums[family][held_out] += found.sum(axis=1)
    return sums


def hidden_log_likelihoods(estimate, families, activity, train_mean, split_index):
    """The same of hidden neurons: {"cosmooth_{family}_log_likelihood": (bins,)}.

    estimate: (bins, neurons) of latents.cosmoothing.fold_estimates; that of train is made in the
    same way, so that the scatter is that around such predictions.
    """
    found = log_likelihoods(families, activity, estimate + train_mean, split_index)
    return {f"cosmooth_{family}_log_likelihood": sums for family, sums in found.items()}
