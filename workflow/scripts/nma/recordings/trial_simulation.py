"""A simulated recording of trials with the keys of the Stringer 2021 file, and its truth.

docs/trials.md has the generative model.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from scipy.special import i0e

from nma.io.errors import InputError
from nma.io.files import atomic_path
from nma.io.hdf5 import new_h5, put
from nma.recordings.simulation import (
    Random,
    neurons_per_plane,
    on_grid,
    positions,
    statistics,
    write_recording,
)
from nma.types import Array, FilePath, Trials

LEVEL = 4  # mean activity of a neuron, in standard deviations over trials
NOISE_SHAPE = 4  # of the gamma distribution of private noise
DRIFT_TRIALS = 0.2  # time constant of the drift, a share of all trials
SPONTANEOUS_BINS = 910
TRIAL_FRAMES = 5
NEURONS_AT_ONCE = 1024
TrialsLatents = Annotated[np.ndarray, "(trials, latents)"]


@dataclass(frozen=True)
class TrialSimulation:
    """Settings of a simulated recording of trials.

    signal, shared, drift: shares of the variance of a neuron's activity that are due to the angle
    of the stimulus, to noise that neurons share, and to a slow drift; signal is an average over
    neurons, among which it is spread evenly between 0 and twice that, as far as the others leave
    room. The rest is private noise. latents: number of latents of the shared noise;
    concentrations: smallest and largest of the von Mises tuning curves; gain_sd: standard deviation
    of the log of a neuron's gain.

    Raises InputError for settings that do not fit together; the schema has the single ranges.
    """

    seed: int
    neurons: int = 23589
    trials: int = 4598
    planes: int = 9
    signal: float = 0.3
    shared: float = 0.15
    drift: float = 0.05
    latents: int = 20
    concentrations: Sequence[float] = (1, 10)
    gain_sd: float = 0.6

    def __post_init__(self) -> None:
        low, high = self.concentrations
        total = self.signal + self.shared + self.drift
        rules = [
            ("neurons", self.neurons >= self.planes, f"at least {self.planes}, one a plane"),
            ("concentrations", low <= high, "the smallest first"),
            ("signal", total <= 1, f"at most 1 with shared and drift, which is {total:g}"),
        ]
        for name, holds, expected in rules:
            if not holds:
                found = getattr(self, name)
                raise InputError("simulation settings", name, found=found, expected=expected)


def simulate_trials(raw_path: FilePath, truth_path: FilePath, settings: TrialSimulation) -> None:
    """Write simulated trials (.npy that holds a dict) and the truth behind them (HDF5).

    The files depend on the settings alone, byte for byte; the truth has them as attributes.
    """
    children = np.random.SeedSequence(settings.seed).spawn(5)
    place, angle, weight, shared, noise = map(np.random.default_rng, children)
    neurons, trials, planes = settings.neurons, settings.trials, settings.planes

    layers = np.repeat(np.arange(1, planes + 1), neurons_per_plane(neurons, planes))
    xyz = positions(layers, place)
    stimulus = angle.uniform(0, 2 * np.pi, trials)
    preferred = angle.uniform(0, 2 * np.pi, neurons)
    low, high = np.log(settings.concentrations)
    concentration = np.exp(angle.uniform(low, high, neurons))
    room = min(2 * settings.signal, 1 - settings.shared - settings.drift)
    signal = angle.uniform(2 * settings.signal - room, room, neurons)
    loadings = weight.standard_normal((neurons, settings.latents))
    loadings /= np.linalg.norm(loadings, axis=1, keepdims=True)
    of_drift = weight.choice([-1.0, 1.0], neurons)
    gain = np.exp(settings.gain_sd * weight.standard_normal(neurons) - settings.gain_sd**2 / 2)
    latents = standardised(shared.standard_normal((trials, settings.latents)))
    drift = standardised(slow_course(trials, shared)[:, None])[:, 0]

    sresp = np.empty((neurons, trials), np.float32)
    for start in range(0, neurons, NEURONS_AT_ONCE):
        rows = slice(start, start + NEURONS_AT_ONCE)
        tuned = tuning(stimulus, preferred[rows, None], concentration[rows, None])
        moved = on_grid(loadings[rows] @ latents.T, 20)
        private = 1 - signal[rows] - settings.shared - settings.drift
        draws = noise.standard_gamma(NOISE_SHAPE, tuned.shape)
        sresp[rows] = gain[rows, None] * (
            LEVEL
            + np.sqrt(signal[rows, None]) * tuned
            + np.sqrt(settings.shared) * moved
            + np.sqrt(settings.drift) * of_drift[rows, None] * drift
            + np.sqrt(private)[:, None] * (draws - NOISE_SHAPE) / np.sqrt(NOISE_SHAPE)
        )

    quiet = np.sqrt(1 - signal)  # spontaneous activity lacks what the angle adds
    with atomic_path(raw_path) as raw, new_h5(truth_path, kind="trials", **vars(settings)) as truth:
        of_trial = {"stimulus": (stimulus, "rad"), "drift": (drift, "1")}
        for name, (values, units) in of_trial.items():
            put(truth, name, values, units=units, axes=["trial"])
        put(truth, "latents", latents, units="1", axes=["trial", "latent"])
        put(truth, "loadings", loadings, units="1", axes=["neuron", "latent"])
        of_neuron = {
            "preferred": (preferred, "rad"),
            "concentration": (concentration, "1"),
            "signal_share": (signal, "share of the variance"),
            "gain": (gain, "arbitrary units"),
            "drift_sign": (of_drift, "1"),
            "layers": (layers, "layer label"),
        }
        for name, (values, units) in of_neuron.items():
            put(truth, name, values, units=units, axes=["neuron"])
        frames = TRIAL_FRAMES * np.arange(trials + 1)
        recording = {
            "sresp": sresp,
            "istim": stimulus,
            "xyz": xyz,
            "run": np.logaddexp(0, 2 * drift),
            "u_spont": np.linalg.qr(loadings)[0],
            "v_spont": shared.standard_normal((settings.latents, SPONTANEOUS_BINS)),
            "mean_spont": gain * LEVEL,
            "std_spont": gain * quiet,
            "stimtimes": frames[:-1],
            "frametimes": np.arange(frames[-1]),
            "camtimes": np.arange(frames[-1]),
            "info": f"simulated responses of {neurons} neurons to {trials} gratings",
            "stat": statistics(sresp, xyz, layers, place),
        }
        write_recording(raw, recording)


def tuning(angles: Trials, preferred: Array, concentration: Array) -> Array:
    """Von Mises curves at these angles, with mean 0 and variance 1 over all angles.

    preferred: the angle of the peak; all in radians, and broadcast.
    """
    bump = np.exp(concentration * (np.cos(angles - preferred) - 1))
    mean, square = i0e(concentration), i0e(2 * concentration)
    return (bump - mean) / np.sqrt(square - mean**2)


def slow_course(trials: int, rng: Random) -> Trials:
    """A course over trials that decorrelates as exp(-lag / (DRIFT_TRIALS * trials))."""
    decay = np.exp(-1 / max(DRIFT_TRIALS * trials, 1))
    course, shocks = np.empty(trials), rng.standard_normal(trials)
    course[0] = shocks[0]
    for trial in range(1, trials):
        course[trial] = decay * course[trial - 1] + np.sqrt(1 - decay**2) * shocks[trial]
    return course


def standardised(courses: TrialsLatents) -> TrialsLatents:
    """Courses with mean 0 and variance 1 over the trials that there are."""
    return (courses - courses.mean(axis=0)) / courses.std(axis=0)
