"""Which LDS describes a layer: transform, dims and weights over dims, chosen without test."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from scipy.optimize import nnls

from nma.latents.cosmoothing import predict_entries
from nma.preprocessing.masks import Masks
from nma.preprocessing.splits import SPLITS, in_split, segments
from nma.preprocessing.tensors import Tensor
from nma.state_space.em import fit, principal_start, start
from nma.state_space.lds import LDS, Weighted, predict_folds, with_readouts
from nma.state_space.readout import fit_readout, read_out
from nma.state_space.transform import CANDIDATES as TRANSFORMS
from nma.state_space.transform import LINKS, Transform, fit_transform
from nma.statistics.filling import counted
from nma.types import Array, Bins, BinsNeurons

DIMS = (3, 5, 10, 20, 30, 40, 50, 60, 75, 113, 150, 200, 250)
MASKED_DIMS = 113  # at most, where every bin has a covariance of its own, as with hidden entries
TRIAL_DIMS, TRIAL_ROUNDS = 40, 8  # with which transforms are compared: few dims say too little
CLOSE, CLOSE_DIMS = 0.01, 75  # of cosmooth_r2: kinds that are compared again, with more dims
FURTHER = 3  # times the dims that are best so far: no more are tried
SHORT = 200  # bins of validation; where there are fewer, halves of train predict each other too


@dataclass(frozen=True)
class Choice:
    """The LDSs of a layer, and what was chosen.

    transforms: {transform and link: their cosmooth_r2}; fits: {dims tried: LDS}; estimates: of
    hidden neurons in all bins, by each of them; scores: their cosmooth_r2; cosmooth, masked:
    weights of their predictions of hidden neurons and of hidden entries (dims tried,); judged (dims
    tried, bins, neurons): predictions of hidden neurons in the bins by which all of this was
    chosen.
    """

    transforms: dict[str, float]
    fits: dict[int, LDS]
    estimates: list[BinsNeurons]
    scores: Array
    cosmooth: Array
    masked: Array
    judged: Array

    @property
    def dims(self) -> int:
        """The dims with the best score."""
        return list(self.fits)[int(np.argmax(self.scores))]

    def weighted(self, kind: str) -> Weighted:
        """The LDSs that have a weight; kind: `cosmooth` or `masked`."""
        return Weighted.of(self.fits.values(), getattr(self, kind))


class Trial(NamedTuple):
    """An LDS is fitted to one run of bins, hidden neurons of all runs are predicted, and those of
    one of them tell how well."""

    runs: list[slice]
    fitted: slice
    judged: slice


def choose_lds(tensor: Tensor, masks: Masks) -> Choice:
    """Fit LDSs of many dims to train, and choose among them on validation.

    Where validation is short, one block of it misleads: LDSs fitted to each half of train then
    predict the other half, and count as well.
    """
    transform, transforms = choose_transform(tensor, masks)
    y, trials = transform(tensor.centred), trials_of(tensor.split)
    train = tensor.centred[trials[0].fitted]
    tried = candidates(*train.shape, DIMS[-1] if tensor.missing is None else MASKED_DIMS)
    starts = [principal_start(y[trial.fitted], max(tried)) for trial in trials]
    truth, counted = (
        np.concatenate([x[trial.judged] for trial in trials])
        for x in (tensor.centred, tensor.present)
    )
    truth = truth[counted]
    fits, estimates, guesses, scores = {}, [], [], []
    for dims in tried:
        found = [
            _fit(tensor, masks, transform, y, trial, scores_of[:, :dims], loadings[:, :dims])
            for trial, (scores_of, loadings) in zip(trials, starts, strict=True)
        ]
        fits[dims] = [lds for lds, _ in found]
        estimates.append(found[0][1])
        judged = [e[trial.judged] for (_, e), trial in zip(found, trials, strict=True)]
        guesses.append(np.concatenate(judged))
        scores.append(r2_of(truth, guesses[-1][counted]))
        if dims > FURTHER * tried[int(np.argmax(scores))]:
            break
    masked = np.zeros(len(fits))
    small = [of_trials for dims, of_trials in fits.items() if dims <= MASKED_DIMS]
    masked[: len(small)] = _masked_weights(tensor, masks, trials, small)
    return Choice(
        transforms=transforms,
        fits={dims: of_trials[0] for dims, of_trials in fits.items()},
        estimates=estimates,
        scores=np.array(scores),
        cosmooth=blend([guess[counted] for guess in guesses], truth),
        masked=masked,
        judged=np.stack(guesses),
    )


def candidates(bins: int, neurons: int, most: int = DIMS[-1]) -> list[int]:
    """The dims to try: fewer than neurons, and at most a fifth of the bins of train, or `most`."""
    return [dims for dims in DIMS if dims < neurons and dims <= min(bins // 5, most)] or [1]


def trials_of(split: Bins) -> list[Trial]:
    """What LDSs are judged by: validation, and where it is short both halves of train."""
    runs = {SPLITS[code]: bins for code, bins in segments(split) if code in range(len(SPLITS))}
    train, validation = runs["train"], runs["validation"]
    found = [Trial([bins for _, bins in segments(split)], train, validation)]
    if validation.stop - validation.start < SHORT:
        middle = (train.start + train.stop) // 2
        halves = [slice(train.start, middle), slice(middle, train.stop)]
        found += [Trial(halves, *halves), Trial(halves, *halves[::-1])]
    return found


def choose_transform(tensor: Tensor, masks: Masks) -> tuple[Transform, dict[str, float]]:
    """The transform and link that are best on validation, and {their name: cosmooth_r2} of all.

    All are compared with few dims; the best of each kind, where they are close, with more.
    """
    part = in_split(tensor.split, "train")
    train, where = tensor.centred[part], counted(tensor.present[part])
    most, scores = max(candidates(*train.shape)), {}
    for kind in TRANSFORMS:
        transform = fit_transform(train, *kind, where)
        scores |= _trial_scores(tensor, masks, transform, min(TRIAL_DIMS, most))
    best = {}
    for transform in sorted(scores, key=scores.get, reverse=True):
        if scores[transform] > max(scores.values()) - CLOSE:
            best.setdefault(transform.kind, transform)
    chosen = next(iter(best.values()))
    if len(best) > 1:
        again = {}
        for transform in best.values():
            again |= _trial_scores(tensor, masks, transform, min(CLOSE_DIMS, most))
        chosen = max(again, key=again.get)
    return chosen, {transform.name: score for transform, score in scores.items()}


def _trial_scores(
    tensor: Tensor, masks: Masks, transform: Transform, dims: int
) -> dict[Transform, float]:
    """cosmooth_r2 on validation of dynamics that few rounds have fitted, with each link."""
    part = in_split(tensor.split, "train")
    train, of_train, y = tensor.centred[part], tensor.present[part], transform(tensor.centred[part])
    dynamics, _ = fit(y, start(y, *principal_start(y, dims)), TRIAL_ROUNDS, of_train)
    hidden = predict_folds(dynamics, y, masks.folds, of_train)
    part = in_split(tensor.split, "validation")
    centred, present = tensor.centred[part], tensor.present[part]
    predicted, scores = predict_folds(dynamics, transform(centred), masks.folds, present), {}
    for link in LINKS[transform.kind]:
        coefficients = fit_readout(link, hidden, train, transform.spread, of_train)
        estimate = read_out(link, coefficients.astype(predicted.dtype), predicted)
        scores[replace(transform, link=link)] = r2_of(centred[present], estimate[present])
    return scores


def _fit(
    tensor: Tensor,
    masks: Masks,
    transform: Transform,
    y: BinsNeurons,
    trial: Trial,
    scores: Array,
    loadings: Array,
) -> tuple[LDS, BinsNeurons]:
    """The LDS of a trial, and its estimates of hidden neurons in its runs of bins.

    y: transformed activity; scores, loadings: of its principal components.
    """
    fitted, present = trial.fitted, tensor.present
    first = start(y[fitted], scores, loadings)
    dynamics, _ = fit(y[fitted], first, present=present[fitted])
    predicted = predict_folds(dynamics, y, masks.folds, present, trial.runs)
    of_fitted = tensor.centred[fitted], y[fitted], predicted[fitted], present[fitted]
    lds = with_readouts(transform, dynamics, *of_fitted)
    return lds, read_out(transform.link, lds.hidden.astype(predicted.dtype), predicted)


def _masked_weights(
    tensor: Tensor, masks: Masks, trials: list[Trial], fits: list[list[LDS]]
) -> Array:
    """Weights of predictions of hidden entries; fits: by dims, then by trial."""

    all_centred = tensor.centred

    def hidden(trial: Trial) -> BinsNeurons:
        return masks.entries[trial.judged] & tensor.present[trial.judged]

    def estimates(of_trials: list[LDS]) -> Iterator[Array]:
        for lds, trial in zip(of_trials, trials, strict=True):
            centred, present = all_centred[trial.judged], tensor.present[trial.judged]
            entries = hidden(trial)
            yield predict_entries(lds.predict, centred, entries, present)[entries]

    truth = [all_centred[trial.judged][hidden(trial)] for trial in trials]
    found = [np.concatenate([*estimates(of_trials)]) for of_trials in fits]
    return blend(found, np.concatenate(truth))


def blend(estimates: list[Array], activity: Array) -> Array:
    """Weights of estimates, not negative, by least squares on activity."""
    x = np.stack([estimate.ravel() for estimate in estimates], axis=1).astype(np.float64)
    return nnls(x.T @ x / len(x), x.T @ activity.ravel() / len(x))[0]


def r2_of(centred: Array, estimate: Array) -> float:
    """The share of the squares of activity, less its train mean, that an estimate explains."""
    return 1 - float(np.square(centred - estimate).sum() / np.square(centred).sum())
