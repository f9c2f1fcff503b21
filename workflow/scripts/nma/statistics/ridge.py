"""Ridge regression with a penalty chosen inside train, for linear readouts (METHODS 3)."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from nma.types import Array

ALPHAS = np.logspace(-4, 4, 9)
FOLDS = 5
BinsFeatures = Annotated[np.ndarray, "(bins, features)"]
BinsTargets = Annotated[np.ndarray, "(bins, n)"]


def ridge_maps(
    features: BinsFeatures,
    targets: Sequence[BinsTargets],
    judges: Sequence[BinsTargets] | None = None,
) -> Iterator[tuple[Array, Array]]:
    """Yield (weights (features, n), offset (n,)) for each of several targets of the same features:
    features @ weights + offset is the prediction.

    All bins are train. Features are standardised. The penalty of a target, one for all its columns,
    is that of ALPHAS with the smallest squared error over FOLDS runs of consecutive bins, each
    predicted from the others: bins drawn at random would have neighbours among them. It is chosen
    on the target's judge (bins, m): a few signals in place of many, or the target itself. The
    eigendecompositions, which take most of the time, are shared by all targets.
    """
    x, mean, deviation = _standardised(features)
    inner = x.T @ x
    best = _penalties(x, inner, targets if judges is None else judges)
    factors = {alpha: cho_factor(inner + alpha * np.eye(len(inner))) for alpha in set(best)}
    for target, alpha in zip(targets, best, strict=True):
        level = target.mean(axis=0, dtype=np.float64)
        weights = cho_solve(factors[alpha], x.T @ (target - level)) / deviation[:, None]
        yield weights, level - mean @ weights


def ridge_estimates(
    features: BinsFeatures,
    targets: Iterable[BinsTargets],
    judges: Sequence[BinsTargets],
    asked: BinsFeatures,
) -> Iterator[BinsTargets]:
    """Yield the predictions of ridge_maps in other bins, from `asked` (other bins, features).

    For targets of many columns: each costs one product, of the bins of train with the other bins,
    in single precision.
    """
    x, mean, deviation = _standardised(features)
    inner, far = x.T @ x, (asked - mean) / deviation
    best = _penalties(x, inner, judges)
    smoothers = {}
    for alpha in set(best):
        weights = cho_solve(cho_factor(inner + alpha * np.eye(len(inner))), far.T)
        smoothers[alpha] = (weights.T @ x.T).astype(np.float32)
    for target, alpha in zip(targets, best, strict=True):
        level = target.mean(axis=0, dtype=np.float64)
        yield smoothers[alpha] @ (target - level).astype(np.float32) + level


def _standardised(features: BinsFeatures) -> tuple[BinsFeatures, Array, Array]:
    """Standardised features, with their means and standard deviations, in double precision."""
    mean, deviation = features.mean(axis=0, dtype=np.float64), features.std(axis=0)
    deviation = np.where(deviation > 1e-12, deviation, 1).astype(np.float64)
    return (features - mean) / deviation, mean, deviation


def _penalties(x: BinsFeatures, inner: Array, judges: Sequence[BinsTargets]) -> Array:
    """The penalty of each judge, as ridge_maps chooses it. x: standardised; inner: x.T @ x."""
    judge = np.concatenate([j - j.mean(axis=0) for j in judges], axis=1).astype(np.float64)
    starts = np.cumsum([0, *(j.shape[1] for j in judges[:-1])])
    cross, errors = x.T @ judge, np.zeros((len(ALPHAS), len(judges)))
    for fold in np.array_split(np.arange(len(x)), FOLDS):
        x_out, judge_out = x[fold], judge[fold]
        values, vectors = np.linalg.eigh(inner - x_out.T @ x_out)
        # Single precision is enough to compare penalties, and twice as fast.
        rotated = (vectors.T @ (cross - x_out.T @ judge_out)).astype(np.float32)
        turned, shrinks = (x_out @ vectors).astype(np.float32), np.maximum(values, 0)
        for number, alpha in enumerate(ALPHAS):
            estimate = (turned / (shrinks + alpha).astype(np.float32)) @ rotated
            wrong = np.square(judge_out - estimate).sum(axis=0)
            errors[number] += np.add.reduceat(wrong, starts)
    return ALPHAS[np.argmin(errors, axis=0)]
