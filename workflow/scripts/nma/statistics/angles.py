"""Angles: differences around the circle, and bases of functions of them."""

import numpy as np

from nma.types import Array, Trials

TURN = 2 * np.pi


def wrapped(angles: Array) -> Array:
    """Differences of angles (rad) as the shorter way around, in -pi..pi."""
    return np.mod(angles + np.pi, TURN) - np.pi


def centres(count: int) -> Array:
    """Angles (count,), evenly spread."""
    return np.arange(count) * TURN / count


def bumps(angles: Trials, count: int, concentration: float) -> Array:
    """Von Mises bumps (trials, count) of height 1 around evenly spread centres."""
    return np.exp(concentration * (np.cos(angles[:, None] - centres(count)) - 1))


def fourier_terms(angles: Trials, orders: int) -> Array:
    """1, then cosine and sine of each order: (trials, 1 + 2 orders)."""
    phases = np.outer(angles, np.arange(1, orders + 1))
    return np.concatenate([np.ones((len(angles), 1)), np.cos(phases), np.sin(phases)], axis=1)


def peaks(curves: Array, steps: int) -> Trials:
    """The angle at which each curve (trials, count) is highest; curves are sampled at `centres`.

    They are interpolated by their Fourier series at `steps` times as many angles.
    """
    count = curves.shape[1]
    fine = np.fft.irfft(np.fft.rfft(curves, axis=1), count * steps, axis=1)
    return centres(count * steps)[np.argmax(fine, axis=1)]
