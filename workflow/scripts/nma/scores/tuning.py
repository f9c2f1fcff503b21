"""Hidden neurons of trials from the angle of the stimulus, from other neurons, and from both
(METHODS 10)."""

from collections.abc import Iterator, Mapping

import numpy as np

from nma.baselines import ppca
from nma.baselines.fitting import FittedTo
from nma.baselines.pca import fit_pca
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
from nma.types import BinsNeurons, FilePath

ORDERS = 9  # with the constant, 19 Fourier terms a neuron
ANGLE, BOTH = "angle", "angle_and_neurons"


def tuning_scores(tensor: Tensor, masks: Masks, others: Mapping[str, FilePath]) -> Iterator[Score]:
    """Scores of one layer on validation and test; n: trials of the interval, by the bootstrap.

    others: {source: its latents file} of those that predict hidden neurons from the others. Of the
    sources `angle` and `angle_and_neurons` there is `cosmooth_r2`, and `cosmooth_r2_median` of the
    median neuron; of the second and of others `cosmooth_r2_above_angle`, and of the second
    `cosmooth_r2_above_{source}` of each other, all differences paired by trial.
    """
    by_angle = angle_estimate(tensor)
    both = by_angle + rest_estimate(tensor, masks, by_angle)
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

    Ridge regression on 19 Fourier terms is fitted to train, its penalty, one for all neurons,
    chosen on validation.
    """
    terms = fourier_terms(tensor.stimulus, ORDERS)[:, 1:]  # Ridges centres, which is the constant
    train, validation = (in_split(tensor.split, name) for name in ("train", "validation"))
    ridges = Ridges(terms[train], tensor.centred[train])
    penalty = ridges.best(terms[validation], tensor.centred[validation])
    print(f"{ANGLE}: penalty {penalty:.2g}")
    return ridges.predict(terms, penalty).astype(np.float32)


def rest_estimate(tensor: Tensor, masks: Masks, by_angle: BinsNeurons) -> BinsNeurons:
    """What the angle leaves of each neuron's activity, from what it leaves of the neurons of the
    other folds, by PPCA of train with the dims that do best on validation; 0 in train."""
    rest, split = tensor.centred - by_angle, tensor.split
    scored, validation = tensor.held_out, in_split(split, "validation")
    train, judged = rest[in_split(split, "train")], rest[validation]
    pca = fit_pca(train)
    of_pca = pca.components_.astype(np.float32), pca.explained_variance_
    fits = ppca.fit(FittedTo(train - train.mean(axis=0), judged, 0, True, *of_pca))
    estimates = [
        fold_estimates(f.predict, rest[scored], split[scored], masks.folds) for f in fits.values()
    ]
    of_validation = validation[scored]
    errors = [np.square(judged - estimate[of_validation]).sum() for estimate in estimates]
    best = int(np.argmin(errors))
    print(f"{BOTH}: {list(fits)[best]} dims beyond the angle")
    found = np.zeros_like(rest)
    found[scored] = estimates[best]
    return found
