"""What two sets of neurons have in common: the first singular vectors of their covariance on some
bins, and their variance on others.

From the activity itself where a set has fewer neurons than there are bins; else from products of
bins, whose size the number of neurons does not change.
"""

from collections.abc import Iterable

import numpy as np
from scipy.linalg import eigh, lu, qr, svd

from nma.types import Array, Bins, NeuronsBins

ITERATIONS, SPARE = 4, 10  # of the randomised SVD, and its components that are not kept
# Shares of the largest variance, up to which one is rounding: of products in float32, and of what
# is worked out from them in float64.
OF_PRODUCTS, OF_COURSES = 1e-6, 1e-13


def together(blocks: Iterable[list[NeuronsBins]], sizes: list[int], bins: int) -> list[NeuronsBins]:
    """The activity (neurons, bins) of each set; blocks: of a few neurons of each at a time; sizes:
    neurons of the sets."""
    found = [np.empty((size, bins), np.float32) for size in sizes]
    filled = [0] * len(sizes)
    for parts in blocks:
        for n, part in enumerate(parts):
            found[n][filled[n] : filled[n] + len(part)] = part
            filled[n] += len(part)
    return found


def bin_products(
    blocks: Iterable[list[NeuronsBins]], sizes: list[int], bins: int
) -> list[NeuronsBins]:
    """Products of bins (bins, bins), summed over the neurons of each set; arguments as of
    `together`."""
    found = [np.zeros((bins, bins), np.float32) for _ in sizes]
    for parts in blocks:
        for products, part in zip(found, parts, strict=True):
            products += part.T @ part
    return found


def variance_of_activity(
    a: NeuronsBins,
    b: NeuronsBins,
    train: Bins,
    test: Bins,
    shift: int,
    components: int,
    seed: int,
) -> list[Array]:
    """Shared and total variance (2, components) on test of the components found on train.

    a, b: (neurons, bins) less their means; train, test: indices of bins, those of b `shift` later.
    """
    train_b, test_b = ((half + shift) % a.shape[1] for half in (train, test))
    u, v = covarying(a[:, train], b[:, train_b], components, seed)
    return _variances(u.T @ a[:, test], v @ b[:, test_b])


def covarying(a: NeuronsBins, b: NeuronsBins, components: int, seed: int) -> tuple[Array, Array]:
    """The first singular vectors of the covariance of two sets of neurons, u (neurons of a,
    components) and v (components, neurons of b).

    a, b: (neurons, bins) less their means. All at once, or where only some are asked for by
    subspace iteration from random vectors (Halko et al. 2011, SIAM Rev. 53:217).
    """
    if components == min(len(a), len(b)):
        u, _, v = svd(a @ b.T, full_matrices=False, check_finite=False)
        return u, v
    if len(a) < len(b):  # random vectors are of the smaller set
        v, u = covarying(b, a, components, seed)
        return u.T, v.T
    covariance = a @ b.T
    found = covariance @ _random(len(b), components, seed)
    found = _iterated(found, covariance.T, covariance)
    found = qr(found, mode="economic", check_finite=False)[0]
    # Of a wide matrix, the SVD of its triangular factor takes two thirds of the time.
    axes, factor = qr(b @ (a.T @ found), mode="economic", check_finite=False)
    v, _, inner = svd(factor, full_matrices=False, check_finite=False)
    return found @ inner[:components].T, (axes @ v[:, :components]).T


def variance_of_products(
    a: Array, b: Array, train: Bins, test: Bins, shift: int, components: int, seed: int
) -> list[Array]:
    """As variance_of_activity, from the products of bins (bins, bins) of both sets.

    Singular vectors of neurons are activity on train times vectors of bins, found by the same
    iteration. Neither they nor the covariance, which has a value for each pair of neurons, are
    made. Components that the activity has no rank for are 0.
    """
    train_b, test_b = ((half + shift) % len(a) for half in (train, test))
    of_a, of_b = a[np.ix_(train, train)], b[np.ix_(train_b, train_b)]
    found = _iterated(of_b @ _random(len(train), components, seed), of_a, of_b)
    found = qr(found.astype(np.float64), mode="economic", check_finite=False)[0]
    # Vectors of a are A found; they are orthonormal once these products are 1 and 0. Their
    # covariance with b on train is that of `courses`.
    courses = of_a @ found
    lengths, axes = _principal(found.T @ courses, OF_PRODUCTS)
    axes /= lengths
    found, courses = found @ axes, courses @ axes
    lengths, axes = _principal(courses.T @ (of_b @ courses), OF_COURSES)
    lengths, axes = lengths[:components], axes[:, :components]
    u, v = found @ axes, courses @ (axes / lengths)
    found = _variances(u.T @ a[np.ix_(train, test)], v.T @ b[np.ix_(train_b, test_b)])
    return [np.pad(part, (0, components - len(part))) for part in found]


def _random(size: int, components: int, seed: int) -> Array:
    draws = np.random.RandomState(seed).normal(size=(size, components + SPARE))
    return draws.astype(np.float32)


def _iterated(found: Array, forth: Array, back: Array) -> Array:
    """A subspace after the iterations of the randomised SVD."""
    for _ in range(ITERATIONS):
        for step in (forth, back):
            found = lu(step @ found, permute_l=True, check_finite=False, overwrite_a=True)[0]
    return found


def _principal(products: Array, nothing: float) -> tuple[Array, Array]:
    """Lengths and axes (vectors, found) that turn vectors of these products into orthogonal ones,
    the longest first, without those whose square is up to `nothing` of the largest."""
    values, axes = eigh(products, overwrite_a=True, check_finite=False)
    values, axes = values[::-1], axes[:, ::-1]
    kept = values > nothing * values.max(initial=0)
    return np.sqrt(values[kept]), axes[:, kept]


def _variances(a: Array, b: Array) -> list[Array]:
    shared, total = a * b, (a**2 + b**2) / 2
    return [part.sum(axis=1, dtype=np.float64) for part in (shared, total)]
