"""Hidden neurons of trials from the angle of the stimulus, from other neurons, and from both
(METHODS 10)."""

from collections.abc import Iterator, Mapping

import numpy as np

from nma.baselines import ridge
from nma.baselines.fitting import FittedTo
from nma.io.hdf5 import open_h5
from nma.latents.cosmoothing import cosmooth_errors, fold_estimates
from nma.preprocessing.masks import Masks
from nma.preprocessing.splits import evaluated, in_split
from nma.preprocessing.tensors import Tensor
from nma.scores.table import Score
from nma.statistics.angles import fourier_terms
from nma.statistics.bootstrap import of_sums
from nma.statistics.intervals import median_interval
from nma.statistics.penalised import Ridges
from nma.statistics.r2 import r2
from nma.types import Array, BinsNeurons, FilePath

ORDERS = 9  # with the constant, 19 Fourier terms a neuron
ANGLE, BOTH = "angle", "angle_and_neurons"


def tuning_scores(
    tensor: Tensor, masks: Masks, others: Mapping[str, FilePath], seed: int
) -> Iterator[Score]:
    """Scores of one layer on validation and test; n: trials of the interval, by the bootstrap.

    others: {source: its latents file} of those that predict hidden neurons from the others. Of the
    sources `angle` and `angle_and_neurons` there is `cosmooth_r2`, and `cosmooth_r2_median` of the
    median neuron; of the second and of others `cosmooth_r2_above_angle`, and of the second
    `cosmooth_r2_above_{source}` of each other, all differences paired by trial. seed: of what is
    hidden on validation to choose penalties.
    """
    by_angle = angle_estimate(tensor)
    both = by_angle + rest_estimate(tensor, masks, by_angle, seed)
    sums = {
        source: cosmooth_errors(estimate, tensor.centred, tensor.split)
        for source, estimate in ((ANGLE, by_angle), (BOTH, both))
    }
    errors = {source: found["cosmooth_error"] for source, found in sums.items()}
    for source, path in others.items():
        with open_h5(path) as file:
            errors[source] = file["cosmooth_error"][:]
    deviation = sums[ANGLE]["cosmooth_deviation"]
    pairs = [(source, ANGLE) for source in (BOTH, *others)]
    pairs += [(BOTH, source) for source in others]
    for name, trials in evaluated(tensor.split):
        whole = deviation[trials]
        for source, found in sums.items():
            where = tensor.layer, source
            estimate = of_sums(r2, errors[source][trials], whole)
            yield Score(*where, "cosmooth_r2", name, 0, *estimate)
            of_neurons = found[f"cosmooth_r2_of_neurons_{name}"]
            known = of_neurons[np.isfinite(of_neurons)]
            median = *median_interval(known), len(known)
            yield Score(*where, "cosmooth_r2_median", name, 0, *median)
        for source, other in pairs:
            less = (errors[other] - errors[source])[trials]
            estimate = of_sums(np.divide, less, whole)
            metric = f"cosmooth_r2_above_{other}"
            yield Score(tensor.layer, source, metric, name, 0, *estimate)


def angle_estimate(tensor: Tensor) -> BinsNeurons:
    """Each neuron's activity, less its train mean, from the angle of the trial alone.

    Ridge regression on 19 Fourier terms is fitted to train, its penalty, one for all neurons, chosen
    on validation.
    """
    terms = fourier_terms(tensor.stimulus, ORDERS)[:, 1:]  # Ridges centres, which is the constant
    train, validation = (in_split(tensor.split, name) for name in ("train", "validation"))
    ridges = Ridges(terms[train], tensor.centred[train])
    penalty = ridges.best(terms[validation], tensor.centred[validation])
    print(f"{ANGLE}: penalty {penalty:.2g}")
    return ridges.predict(terms, penalty).astype(np.float32)


def rest_estimate(tensor: Tensor, masks: Masks, by_angle: BinsNeurons, seed: int) -> Array:
    """What the angle leaves of each neuron's activity, from what it leaves of the neurons of the
    other folds, by the ridge regression of nma.baselines.ridge."""
    rest = tensor.centred - by_angle
    train, validation = (in_split(tensor.split, name) for name in ("train", "validation"))
    nothing = np.empty((0, rest.shape[1])), np.empty(0)  # no components, which ridge needs none of
    fit = ridge.fit(FittedTo(rest[train], rest[validation], *nothing, seed))[0]
    return fold_estimates(fit.predict, rest, tensor.split, masks.folds, fit.predict_train)
