"""How well hidden activity of a simulated recording can be predicted at all (METHODS 3).

A source sees visible activity, never the rates. The best it can do is the posterior of the latents
given that activity, under the true parameters of the simulation: AR(1) latents, alone or in pairs
that turn, log-linear rates and gamma noise. The posterior is log-concave, and taken as Gaussian
around its mode (Laplace's approximation; Paninski et al. 2010, J. Comput. Neurosci. 29:107). A
Kalman smoother that is iterated finds the same mode, but needs a covariance of all latents in each
bin, and there are 454 at the size of the Stringer recording. Here conjugate gradients find it,
without covariances, and the variances that the expectation of a rate needs are those of a long run
of bins.
"""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.linalg import eigh, solve_triangular, solveh_banded
from scipy.optimize import brentq

from nma.io.hdf5 import open_h5
from nma.latents.cosmoothing import predict_entries, predict_folds
from nma.preprocessing.masks import Masks
from nma.preprocessing.splits import evaluated
from nma.preprocessing.tensors import Tensor, bin_average
from nma.scores.readouts import drives
from nma.scores.table import Score
from nma.statistics.intervals import pooled_r2
from nma.statistics.r2 import squared_errors
from nma.types import Array, BinsDims, BinsNeurons, FilePath, Neurons, NeuronsBins

STEPS, ENOUGH = 300, 1e-3  # at most, to the mode; and the gain a bin, in nats, not to go on for
FREQUENCIES = 64  # from 0 to half a cycle a bin


class Parameters(NamedTuple):
    """What the neurons of a layer were simulated with.

    loadings: on latents of variance 1 (neurons, latents); decay: of each latent from one bin to the
    next (latents,); baseline: log rate where all latents are 0; shape: of the gamma noise; angle:
    by which pairs, latents 2i and 2i + 1, turn from one bin to the next (latents,), 0 of others.
    """

    loadings: Array
    decay: Array
    baseline: Neurons
    shape: float
    angle: Array | float = 0.0

    def of(self, neurons: Neurons) -> "Parameters":
        """Those of some neurons (bool)."""
        return self._replace(loadings=self.loadings[neurons], baseline=self.baseline[neurons])


def attainable_scores(
    tensor: Tensor, masks: Masks, activity: NeuronsBins, truth: FilePath
) -> list[Score]:
    """cosmooth_r2 and masked_r2 of the true parameters, on validation and test; n: blocks of time.

    activity: of the layer, in the bins of the recording. As for other sources, each split is
    predicted from its own visible entries alone; an entry of the tensor that is hidden hides all
    its bins. None where each bin was divided by the mean of all neurons in it.
    """
    if tensor.normalise == "population":
        return []
    parameters, width = true_parameters(truth, tensor.neuron_ids), tensor.bin_width
    scores, variances = [], {}
    for split, bins in evaluated(tensor.split):
        block = activity[:, : len(bins) * width][:, np.repeat(bins, width)].T

        def predict(_: BinsNeurons, visible: BinsNeurons, block: BinsNeurons = block) -> Array:
            raw = np.repeat(visible, width, axis=0)
            rates = predicted_rates(parameters, block, raw, variances)
            return (
                bin_average(rates.T, width).T - tensor.offset
            ) / tensor.scale - tensor.train_mean

        centred, entries = tensor.centred[bins], masks.entries[bins]
        of_kinds = {
            "cosmooth_r2": (predict_folds(predict, centred, masks.folds), np.True_),
            "masked_r2": (predict_entries(predict, centred, entries), entries),
        }
        for metric, (estimate, hidden) in of_kinds.items():
            sums = squared_errors(centred, estimate, 0)
            found = pooled_r2(*((values * hidden).sum(axis=1) for values in sums))
            scores.append(Score(tensor.layer, "attainable", metric, split, 0, *found))
    return scores


def true_parameters(truth: FilePath, ids: Neurons) -> Parameters:
    """The parameters of these neurons (ids in the recording), of latents that drive them; float32,
    in which all else is computed then."""
    mine = drives(truth, ids)
    with open_h5(truth) as file:
        amplitude, bin_seconds = file.attrs["amplitude"], file.attrs["bin_seconds"]
        deviations = np.sqrt(file["latent_variances"][:][mine])
        return Parameters(
            np.float32(amplitude * file["loadings"][:][ids][:, mine] * deviations),
            np.exp(-bin_seconds / file["time_constants"][:][mine]).astype(np.float32),
            np.float32(np.log(file["gain"][:][ids]) - amplitude**2 / 2),
            float(file.attrs["noise_shape"]),
            np.float32(2 * np.pi * bin_seconds * file["frequencies"][:][mine]),
        )


def predicted_rates(
    parameters: Parameters,
    activity: BinsNeurons,
    visible: BinsNeurons,
    variances: dict[bytes, Neurons] | None = None,
) -> BinsNeurons:
    """The expectation of rates of hidden entries given the visible ones (bool) of a run of bins.

    What the rates of visible entries are does not matter to a score. variances: posterior ones by
    share of bins in which each neuron is visible, where they are kept: folds are the same in all
    splits.
    """
    variances = {} if variances is None else variances
    loadings, decay, baseline, shape, angle = parameters
    seen, sought = visible.any(axis=0), ~visible.all(axis=0)
    means = posterior_mode(parameters.of(seen), activity[:, seen], visible[:, seen])
    share, variance = visible.mean(axis=0), np.zeros_like(baseline)
    if share.tobytes() not in variances:
        added = information(parameters, visible)
        variances[share.tobytes()] = posterior_variance(decay, added, loadings[sought], angle)
    variance[sought] = variances[share.tobytes()]
    # The average bin sees a share of every neuron, but that of a hidden entry did not see its own.
    variance /= 1 - shape * share * variance
    return np.exp(baseline + means @ loadings.T + variance / 2)


def posterior_mode(parameters: Parameters, activity: BinsNeurons, visible: BinsNeurons) -> BinsDims:
    """The most probable latents given visible activity (bool) of a run of bins.

    By nonlinear conjugate gradients (Polak & Ribiere), as the log posterior is concave.
    """
    loadings, decay, baseline, shape, angle = parameters
    relative = np.where(visible, activity / np.exp(baseline), 0)
    prior = chain_precision(decay, len(activity), angle)
    # Alone, the latents of a pair fall by so much from one bin to the next.
    natural = preconditioner(decay * np.cos(angle), information(parameters, visible), len(activity))
    means = np.zeros((len(activity), len(decay)), loadings.dtype)
    drive = np.zeros_like(relative)
    direction, before, length = 0, 0, np.inf
    for _ in range(STEPS):
        ratio = relative * np.exp(-drive)
        gradient = shape * (ratio - visible) @ loadings - chained(prior, means)
        steepest = natural(gradient)
        turn = max(0, np.vdot(gradient - before, steepest) / length)
        length, before = np.vdot(gradient, steepest), gradient
        if length < ENOUGH * len(activity):
            break
        direction = steepest + turn * direction
        if np.vdot(gradient, direction) <= 0:  # steps are not exact
            direction = steepest
        ahead = direction @ loadings.T
        linear = shape * ahead[visible].sum() + np.vdot(direction, chained(prior, means))
        quadratic = np.vdot(direction, chained(prior, direction))
        step = best_step(ahead, shape * ratio, linear, quadratic)
        means, drive = means + step * direction, drive + step * ahead
    return means


def best_step(ahead: BinsNeurons, weights: BinsNeurons, linear: float, quadratic: float) -> float:
    """The step that maximises -sum(weights exp(-step ahead)) - linear step - quadratic step^2 / 2.

    The slope has to be above 0 where the step is 0.
    """

    @cache  # the ends of an interval are asked for twice
    def slope(step: float) -> float:
        return np.vdot(ahead, weights * np.exp(-step * ahead)) - linear - step * quadratic

    far = 1.0
    while slope(far) > 0:
        far *= 2
    return brentq(slope, 0, far, xtol=1e-4, rtol=0.01)


def information(parameters: Parameters, visible: BinsNeurons) -> Array:
    """The expected precision (latents, latents) that visible activity of a bin adds, of all bins.

    The Fisher information of gamma noise about log rates is its shape, whatever the rate.
    """
    weights = parameters.shape * visible.mean(axis=0, dtype=parameters.loadings.dtype)
    return (parameters.loadings.T * weights) @ parameters.loadings


def preconditioner(decay: Array, information: Array, bins: int) -> Callable[[BinsDims], BinsDims]:
    """Nearly the posterior covariance of latents over a run of bins, as a function to multiply by.

    It would be exact of latents that all decay alike: these are independent along eigenvectors of
    the information of a bin.
    """
    informations, vectors = eigh(information)
    diagonal, neighbours, _ = chain_precision(np.full(len(decay), np.median(decay)), bins)
    chains = np.zeros(
        (2, len(decay), bins), decay.dtype
    )  # one behind the other, nothing between them
    chains[0, :, 1:] = neighbours[:, None]
    chains[1] = (diagonal + informations).T
    chains = chains.reshape(2, -1)

    def multiply(latents: BinsDims) -> BinsDims:
        apart = (latents @ vectors).T
        return solveh_banded(chains, apart.ravel()).reshape(apart.shape).T @ vectors.T

    return multiply


def chain_precision(
    decay: Array, bins: int, angle: Array | float = 0.0
) -> tuple[BinsDims, Array, Array]:
    """The precision of AR(1) latents of variance 1: the diagonal, and what joins neighbouring bins:
    of the same latent, and of the other of its pair, as the first of a pair sees it."""
    shocks = 1 - decay**2
    diagonal = np.tile((1 + decay**2) / shocks, (bins, 1))
    for end in (0, -1):  # has one neighbour less
        diagonal[end] -= decay**2 / shocks
    return diagonal, -decay / shocks * np.cos(angle), -decay / shocks * np.sin(angle)


def chained(prior: tuple[BinsDims, Array, Array], latents: BinsDims) -> BinsDims:
    """A precision of chain_precision times latents."""
    diagonal, neighbours, turning = prior
    found = diagonal * latents
    found[1:] += neighbours * latents[:-1]
    found[:-1] += neighbours * latents[1:]
    if pairs := np.count_nonzero(turning):
        first, second = (latents[:, k:pairs:2] * turning[k:pairs:2] for k in (0, 1))
        found[1:, 0:pairs:2] -= second[:-1]
        found[1:, 1:pairs:2] += first[:-1]
        found[:-1, 0:pairs:2] += second[1:]
        found[:-1, 1:pairs:2] -= first[1:]
    return found


def posterior_variance(
    decay: Array, information: Array, loadings: Array, angle: Array | float = 0.0
) -> Neurons:
    """The posterior variance of the drive of neurons, far from both ends of a run of bins.

    loadings: (neurons, latents). An integral over frequency of the posterior spectrum, whose
    inverse is that of the latents and the information added.
    """
    edges = np.linspace(0, np.pi, FREQUENCIES + 1)
    variance = np.zeros(len(loadings))
    turning = 2 * decay * np.sin(angle) / (1 - decay**2)
    first = np.arange(0, np.count_nonzero(turning), 2)  # of each pair
    for frequency in (edges[1:] + edges[:-1]) / 2:
        falling = 2 * decay * np.cos(angle) * float(np.cos(frequency))
        inverse = information + np.diag((1 - falling + decay**2) / (1 - decay**2))
        if len(first):
            joined = 1j * turning[first] * float(np.sin(frequency))
            inverse = inverse.astype(joined.dtype)
            inverse[first, first + 1] -= joined
            inverse[first + 1, first] += joined
        root = np.linalg.cholesky(inverse)
        parts = solve_triangular(root, loadings.T.astype(inverse.dtype), lower=True)
        variance += np.square(np.abs(parts)).sum(axis=0)
    return variance / FREQUENCIES
