"""How well hidden activity of a simulated recording can be predicted at all (METHODS 3).

A source sees other neurons only, never the latents. The best it can do is the posterior of the
latents given visible activity, under the true parameters of the simulation. Its mode is found by
Fisher scoring: gamma activity x of rate exp(eta) is as informative as eta + x / exp(eta) - 1 with
Gaussian noise of variance 1 / shape (Laplace's approximation; Fahrmeir & Tutz 2001, Multivariate
Statistical Modelling Based on Generalized Linear Models, ch. 8). That variance is the same
everywhere, so hidden entries can be filled in with their own prediction, as in EM, and all bins
then have the same precision. The Kalman smoother gives the same posterior, but needs a
covariance of all latents for each bin: at 454 latents it takes seconds a round. Here means come of
conjugate gradients, and variances of the spectrum.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve, eigh, solveh_banded
from scipy.sparse.linalg import LinearOperator, cg

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

ROUNDS = 12  # of Fisher scoring
ACCURACY = 1e-4  # of a round's means, as a share of the right-hand side
FREQUENCIES = 64  # from 0 to half a cycle a bin


class Parameters(NamedTuple):
    """What the neurons of a layer were simulated with.

    loadings: on latents of variance 1 (neurons, latents); decay: of each latent from one bin to the
    next (latents,); baseline: log rate where all latents are 0; shape: of the gamma noise.
    """

    loadings: Array
    decay: Array
    baseline: Neurons
    shape: float


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
    scores = []
    for split, bins in evaluated(tensor.split):
        block = activity[:, : len(bins) * width][:, np.repeat(bins, width)].T

        def predict(_: BinsNeurons, visible: BinsNeurons, block: BinsNeurons = block) -> Array:
            rates = predicted_rates(parameters, block, np.repeat(visible, width, axis=0))
            return (bin_average(rates.T, width).T - tensor.offset) / tensor.scale - tensor.train_mean

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
    """The parameters of these neurons (ids in the recording), of latents that drive them."""
    mine = drives(truth, ids)
    with open_h5(truth) as file:
        amplitude, bin_seconds = file.attrs["amplitude"], file.attrs["bin_seconds"]
        deviations = np.sqrt(file["latent_variances"][:][mine])
        return Parameters(
            amplitude * file["loadings"][:][ids][:, mine] * deviations,
            np.exp(-bin_seconds / file["time_constants"][:][mine]),
            np.log(file["gain"][:][ids]) - amplitude**2 / 2,
            float(file.attrs["noise_shape"]),
        )


def predicted_rates(
    parameters: Parameters, activity: BinsNeurons, visible: BinsNeurons
) -> BinsNeurons:
    """The expectation of all rates given visible activity (bool) of a run of bins."""
    loadings, decay, baseline, shape = parameters
    means = posterior_mode(parameters, activity, visible)
    information = shape * (loadings.T * visible.mean(axis=0)) @ loadings
    variance = posterior_variance(decay, information, loadings)
    return np.exp(baseline + means @ loadings.T + variance / 2)


def posterior_mode(
    parameters: Parameters, activity: BinsNeurons, visible: BinsNeurons
) -> BinsDims:
    """The most probable latents given visible activity (bool) of a run of bins.

    A step of Fisher scoring can overshoot, and is halved until it makes latents more probable.
    """
    seen = visible.any(axis=0)  # neurons that are hidden in all bins are left out
    loadings, decay = parameters.loadings[seen], parameters.decay
    shape, shown = parameters.shape, visible[:, seen]
    relative = activity[:, seen] / np.exp(parameters.baseline[seen])
    prior = chain_precision(decay, len(activity))
    solve = posterior_solver(decay, shape * loadings.T @ loadings, len(activity))

    def improbability(means: BinsDims, drive: BinsNeurons) -> float:
        of_activity = shape * np.sum((drive + relative * np.exp(-drive))[shown])
        return of_activity + 0.5 * np.vdot(means, chained(prior, means))

    means, drive = np.zeros((len(activity), len(decay))), np.zeros(relative.shape)
    now = improbability(means, drive)
    for _ in range(ROUNDS):
        pseudo = drive + np.where(shown, relative * np.exp(-drive) - 1, 0)
        step = solve(shape * pseudo @ loadings, means) - means
        ahead, share = step @ loadings.T, 1.0
        while (then := improbability(means + share * step, drive + share * ahead)) > now:
            share /= 2
        means, drive, now = means + share * step, drive + share * ahead, then
    return means


def posterior_solver(
    decay: Array, information: Array, bins: int
) -> Callable[[BinsDims, BinsDims], BinsDims]:
    """solve(projection, start): the posterior means of latents of variance 1 over a run of bins.

    decay: of each latent from a bin to the next; information: the precision that activity adds in
    each bin (latents, latents); projection: that precision times what was observed; start: a guess.
    The conjugate gradients are preconditioned by the posterior of latents that all decay alike,
    which eigenvectors of the information take apart.
    """
    shape = bins, len(decay)
    prior = chain_precision(decay, bins)
    informations, vectors = eigh(information)
    diagonal, neighbours = chain_precision(np.full(len(decay), np.median(decay)), bins)
    chains = np.zeros((2, len(decay), bins))  # one behind the other, nothing between them
    chains[0, :, 1:] = neighbours[:, None]
    chains[1] = (diagonal + informations).T
    chains = chains.reshape(2, -1)

    def precision(flat: Array) -> Array:
        means = flat.reshape(shape)
        return (chained(prior, means) + means @ information).ravel()

    def alike(flat: Array) -> Array:
        apart = (flat.reshape(shape) @ vectors).T
        return (solveh_banded(chains, apart.ravel()).reshape(apart.shape).T @ vectors.T).ravel()

    size = (bins * len(decay),) * 2
    operator, approximation = (LinearOperator(size, f, dtype=float) for f in (precision, alike))

    def solve(projection: BinsDims, start: BinsDims) -> BinsDims:
        start = start.ravel()
        found, _ = cg(operator, projection.ravel(), start, rtol=ACCURACY, M=approximation)
        return found.reshape(shape)

    return solve


def chain_precision(decay: Array, bins: int) -> tuple[BinsDims, Array]:
    """The precision of AR(1) latents of variance 1: the diagonal, and between neighbouring bins."""
    shocks = 1 - decay**2
    diagonal = np.tile((1 + decay**2) / shocks, (bins, 1))
    diagonal[[0, -1]] = 1 / shocks
    return diagonal, -decay / shocks


def chained(prior: tuple[BinsDims, Array], latents: BinsDims) -> BinsDims:
    """A precision of chain_precision times latents."""
    diagonal, neighbours = prior
    found = diagonal * latents
    found[1:] += neighbours * latents[:-1]
    found[:-1] += neighbours * latents[1:]
    return found


def posterior_variance(decay: Array, information: Array, loadings: Array) -> Neurons:
    """The posterior variance of the drive of neurons, far from both ends of a run of bins.

    loadings: (neurons, latents). An integral over frequency of the posterior spectrum, whose
    inverse is that of the latents and the information added.
    """
    edges = np.linspace(0, np.pi, FREQUENCIES + 1)
    variance = np.zeros(len(loadings))
    for frequency in (edges[1:] + edges[:-1]) / 2:
        inverse_spectrum = (1 - 2 * decay * np.cos(frequency) + decay**2) / (1 - decay**2)
        factor = cho_factor(information + np.diag(inverse_spectrum))
        variance += np.einsum("nk,kn->n", loadings, cho_solve(factor, loadings.T))
    return variance / FREQUENCIES
