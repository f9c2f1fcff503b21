"""Courses of the latents of a simulated recording: linear, with noise, or chaotic.

docs/simulation.md has the equations.
"""

from collections.abc import Callable
from typing import Annotated, NamedTuple

import numpy as np
from scipy.signal import lfilter

from nma.io.errors import InputError
from nma.recordings.simulation_settings import Simulation
from nma.types import Array

Latents = Annotated[np.ndarray, "(latents,)"]
BinsLatents = Annotated[np.ndarray, "(bins, latents)"]
Random = np.random.Generator

SIGMA, RHO, BETA = 10.0, 28.0, 8 / 3  # Lorenz 1963, J. Atmos. Sci. 20:130
LORENZ_PERIOD = 0.75  # mean time from one maximum of z to the next, in the equations' own unit
LORENZ_STEP, RNN_STEP = 0.005, 0.1  # longest steps; of the second in time constants of a unit
WARM_UP = 200  # units of time, until a course is on its attractor
TWIN, TWIN_TIME, GROWTH = 1e-6, 300, 10  # two starts of a chaotic network, and what shows that


class Courses(NamedTuple):
    """Latents (bins, latents) in float32 and what they were drawn with, shared ones first.

    covariance: (latents, latents), the variances on its diagonal. time_constants (s) and
    frequencies (Hz, of both latents of a pair): (latents,), NaN of latents that are not linear.
    """

    latents: BinsLatents
    covariance: Array
    time_constants: Latents
    frequencies: Latents


def draw_courses(settings: Simulation, owners: Latents, rng: Random) -> Courses:
    """Draw the courses of all latents; owners: the layer of each, 0 for those that all share.

    Private latents are Ornstein-Uhlenbeck processes whatever the dynamics of the shared ones.
    Raises InputError for a chaotic_rnn that is not chaotic.
    """
    variances = latent_variances(owners, settings.alpha, settings.knee, settings.private)
    if settings.dynamics in ("lorenz", "chaotic_rnn"):
        return _with_chaotic(settings, owners, variances, rng)
    turning = settings.latents if settings.dynamics == "rotations" else 0
    pairs, seconds = turning // 2, settings.bin_seconds
    variances[:turning] = variances[:turning].reshape(-1, 2).mean(axis=1).repeat(2)
    taus = spread_time_constants(owners.size - pairs, *settings.time_constants, rng)
    periods = spread_time_constants(pairs, *settings.rotation_periods, rng)
    taus = np.concatenate([taus[:pairs].repeat(2), taus[pairs:]])
    hertz = np.concatenate([(1 / periods).repeat(2), np.zeros(owners.size - turning)])
    of_pairs = variances[:turning:2], taus[:turning:2] / seconds, seconds / periods
    turn = rotations(*of_pairs, settings.bins, rng)
    rest = ornstein_uhlenbeck(variances[turning:], taus[turning:] / seconds, settings.bins, rng)
    return Courses(np.hstack([turn, rest]), np.diag(variances), taus, hertz)


def _with_chaotic(
    settings: Simulation, owners: Latents, variances: Latents, rng: Random
) -> Courses:
    """The courses of chaotic shared latents, whose variances are their own, and of private ones."""
    bins, seconds, shared = settings.bins, settings.bin_seconds, settings.latents
    if settings.dynamics == "lorenz":
        courses = lorenz(LORENZ_PERIOD * seconds / settings.lorenz_period, bins, rng)
        courses /= courses.std(axis=0)
    else:
        bin_time = seconds / settings.rnn_time_constant
        courses = chaotic_rnn(shared, settings.rnn_gain, bin_time, bins, rng)
    courses -= courses.mean(axis=0)
    courses *= np.sqrt((1 - settings.private) / courses.var(axis=0).sum())
    covariance = np.diag(variances)
    covariance[:shared, :shared] = on_grid(courses.T @ courses / bins, 30)
    taus = spread_time_constants(owners.size - shared, *settings.time_constants, rng)
    own = ornstein_uhlenbeck(variances[shared:], taus / seconds, bins, rng)
    unknown = np.full(shared, np.nan)
    return Courses(
        np.hstack([courses.astype(np.float32), own]),
        covariance,
        np.concatenate([unknown, taus]),
        np.concatenate([unknown, np.zeros(taus.size)]),
    )


def latent_variances(owners: Latents, alpha: float, knee: float, private: float) -> Latents:
    """Variance of each latent, such that those in a neuron's drive add up to 1.

    owners: the layer of each latent, 0 for those that all layers share. Within an owner the
    variances fall as (i + knee) ** -alpha, i = 1, 2, ...
    """
    variances = np.empty(owners.size)
    for owner in np.unique(owners):
        mine = owners == owner
        spectrum = (np.arange(1, mine.sum() + 1) + knee) ** -float(alpha)
        variances[mine] = (private if owner else 1 - private) * spectrum / spectrum.sum()
    return variances


def spread_time_constants(count: int, shortest: float, longest: float, rng: Random) -> Latents:
    """Time constants (count,), evenly spread on a log scale, in random order."""
    return rng.permutation(np.geomspace(shortest, longest, count))


def ornstein_uhlenbeck(variances: Latents, taus: Latents, bins: int, rng: Random) -> BinsLatents:
    """Draw stationary Gaussian courses (float32) that decorrelate as exp(-lag / tau).

    taus: in bins.
    """
    courses = np.empty((bins, variances.size), np.float32)
    for i, (variance, decay) in enumerate(zip(variances, np.exp(-1 / taus), strict=True)):
        shocks = rng.standard_normal(bins)
        shocks[1:] *= np.sqrt(1 - decay**2)
        courses[:, i] = np.sqrt(variance) * lfilter([1], [1, -decay], shocks)
    return courses


def rotations(
    variances: Array, taus: Array, frequencies: Array, bins: int, rng: Random
) -> BinsLatents:
    """Draw stationary Gaussian pairs of latents that turn and decay, side by side (float32).

    Each latent's autocorrelation is exp(-lag / tau) cos(2 pi frequency lag). For each pair (pairs,)
    the variance of one of its latents, tau in bins, and frequency in turns a bin.
    """
    courses = np.empty((bins, 2 * variances.size), np.float32)
    poles = np.exp(-1 / taus + 2j * np.pi * frequencies)
    for i, (variance, pole) in enumerate(zip(variances, poles, strict=True)):
        shocks = rng.standard_normal((2, bins))
        shocks = shocks[0] + 1j * shocks[1]
        shocks[1:] *= np.sqrt(1 - abs(pole) ** 2)
        pair = np.sqrt(variance) * lfilter([1], [1, -pole], shocks)
        courses[:, 2 * i], courses[:, 2 * i + 1] = pair.real, pair.imag
    return courses


def lorenz(bin_time: float, bins: int, rng: Random) -> BinsLatents:
    """x, y and z (bins, 3) of Lorenz's system on its attractor, every bin_time units of time."""
    state = settle(lorenz_flow, rng.standard_normal(3) + [0, 0, RHO], LORENZ_STEP)
    return integrate(lorenz_flow, state, bin_time, bins, LORENZ_STEP)


def lorenz_flow(state: Array) -> Array:
    """The derivative of x, y and z (3,)."""
    x, y, z = state.tolist()
    return np.array([SIGMA * (y - x), x * (RHO - z) - y, x * y - BETA * z])


def chaotic_rnn(units: int, gain: float, bin_time: float, bins: int, rng: Random) -> BinsLatents:
    """Rates tanh(x) (bins, units) of a random network, the unit of largest variance first.

    Sompolinsky et al. 1988, Phys. Rev. Lett. 61:259; Sussillo & Abbott 2009, Neuron 63:544.
    bin_time: in time constants of a unit. Raises InputError if two near starts do not part.
    """
    weights = gain * rng.standard_normal((units, units)) / np.sqrt(units)

    def flow(state: Array) -> Array:
        # Not `@`: its last digits may depend on the number of threads, and chaos enlarges them.
        return np.einsum("ij,...j->...i", weights, np.tanh(state)) - state

    state = settle(flow, rng.standard_normal(units), RNN_STEP)
    if parting(flow, state, rng) < GROWTH:
        raise InputError(
            "simulation settings",
            "rnn_gain",
            found=f"{gain} with {units} latents and a network that comes to rest or repeats itself",
            expected="a chaotic network, by a larger gain, more latents or another seed",
        )
    rates = np.tanh(integrate(flow, state, bin_time, bins, RNN_STEP))
    return rates[:, np.argsort(-rates.var(axis=0), kind="stable")]


def parting(flow: Callable[[Array], Array], state: Array, rng: Random) -> float:
    """How many times further apart two near starts of a network are after TWIN_TIME."""
    aside = rng.standard_normal(state.size)
    aside *= TWIN / np.linalg.norm(aside)
    twins = integrate(flow, np.stack([state, state + aside]), TWIN_TIME, 2, RNN_STEP)[1]
    return float(np.linalg.norm(twins[1] - twins[0]) / TWIN)


def settle(flow: Callable[[Array], Array], state: Array, longest_step: float) -> Array:
    """The state after the warm-up, which is left out of courses."""
    return integrate(flow, state, WARM_UP, 2, longest_step)[1]


def integrate(
    flow: Callable[[Array], Array], state: Array, bin_time: float, bins: int, longest_step: float
) -> Array:
    """States (bins, ...) every bin_time from `state` on, by the Runge-Kutta method of order 4."""
    steps = int(np.ceil(bin_time / longest_step))
    step = bin_time / steps
    states = np.empty((bins, *state.shape))
    states[0] = state
    for t in range(1, bins):
        for _ in range(steps):
            state = runge_kutta(flow, state, step)
        states[t] = state
    return states


def runge_kutta(flow: Callable[[Array], Array], state: Array, step: float) -> Array:
    """The state one step later, with an error of order step ** 5."""
    first = flow(state)
    second = flow(state + step / 2 * first)
    third = flow(state + step / 2 * second)
    fourth = flow(state + step * third)
    return state + step / 6 * (first + 2 * second + 2 * third + fourth)


def on_grid(values: Array, bits: int) -> Array:
    """Round to multiples of 2 ** -bits.

    The last digits of a matrix product depend on the number of threads and on the block in which
    it is computed. Rounding removes them.
    """
    return np.ldexp(np.rint(np.ldexp(values, bits)), -bits)
