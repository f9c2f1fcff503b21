"""Kernels of the squared distance between bins, and linear equations of them."""

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from nma.types import Array, BinsDims

MEASURED = 500  # bins that the median distance is taken of


def thinned(bins: Array, most: int) -> Array:
    """Every n-th bin, so that there are no more than `most`."""
    return bins[:: -(-len(bins) // most)]


def kernel(some: BinsDims, others: BinsDims, factor: float) -> Array:
    """The kernel (some bins, other bins), of their squared distances times the factor."""
    norms = [np.square(bins).sum(axis=1, keepdims=True) for bins in (some, others)]
    ones = [np.ones_like(norm) for norm in norms]
    # The norms as two more features: passes over all pairs take as long as the product itself.
    left = np.hstack([2 * factor * some, -factor * norms[0], ones[0]])
    found = left @ np.hstack([others, ones[1], -factor * norms[1]]).T
    return np.exp(np.minimum(found, 0, out=found), out=found)


def squared_distances(some: BinsDims, others: BinsDims) -> Array:
    """Squared distances (some bins, other bins)."""
    found = some @ others.T
    found *= -2
    found += np.square(some).sum(axis=1)[:, None]
    found += np.square(others).sum(axis=1)
    return np.maximum(found, 0, out=found)


def median_distance(seen: BinsDims) -> float:
    """The median squared distance between bins, of MEASURED of them."""
    some = thinned(seen, MEASURED)
    pairs = np.triu_indices(len(some), 1)
    return max(float(np.median(squared_distances(some, some)[pairs])), 1e-9)


def solved(matrix: Array, target: Array, penalty: float) -> Array:
    """Solve (matrix + penalty) weights = target; matrix is symmetric, and overwritten."""
    matrix.flat[:: len(matrix) + 1] += penalty
    factor = cho_factor(matrix.T, overwrite_a=True, check_finite=False)
    return cho_solve(factor, target.astype(matrix.dtype), check_finite=False)
