"""Positive definite matrices by their Cholesky factors, which are lower, in the order of LAPACK."""

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri, dpotrs

from nma.types import Array


def cholesky(matrix: Array) -> Array:
    """The factor of a symmetric matrix. Raises LinAlgError where it is not positive definite."""
    factor, failed = dpotrf(matrix.T, lower=True)
    if failed:
        raise np.linalg.LinAlgError("a covariance that is not positive definite")
    return factor


def log_determinant(factor: Array) -> float:
    """The log determinant of the matrix that has this factor."""
    return 2 * float(np.log(factor.diagonal()).sum())


def solve(factor: Array, right: Array) -> Array:
    """The inverse of the matrix that has this factor, times a vector or matrix."""
    return dpotrs(factor, right, lower=True)[0]


def inverse(factor: Array) -> Array:
    """The inverse of the matrix that has this factor, exactly symmetric."""
    lower, _ = dpotri(factor, lower=True)  # its upper half stays 0
    both = lower + lower.T
    np.fill_diagonal(both, lower.diagonal())
    return both


def symmetric(matrix: Array) -> Array:
    """A matrix that rounding has made a little unsymmetric, without that."""
    return (matrix + matrix.T) / 2
