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
from nma.recordings.dynamics import Random, on_grid
from nma.recordings.simulation import (
    neurons_per_plane,
    positions,
    statistics,
    write_recording,
)
from nma.statistics.angles import TURN
from nma.types import Array, FilePath, Neurons, Trials

LEVEL = 4  # mean activity of a neuron, in standard deviations over trials
NOISE_SHAPE = 4  # of the gamma distribution of private noise
DRIFT_TRIALS = 0.2  # time constant of the drift, a share of all trials
SPONTANEOUS_BINS = 910
TRIAL_FRAMES = 5
NEURONS_AT_ONCE = 1024
TrialsLatents = Annotated[np.ndarray, "(trials, latents)"]
NeuronsLatents = Annotated[np.ndarray, "(neurons, latents)"]
NeuronsTrials = Annotated[np.ndarray, "(neurons, trials)"]


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


@dataclass(frozen=True)
class Truth:
    """What simulated trials are made of; symbols as in docs/trials.md.

    Of each trial: stimulus, the angle in radians, latents and drift, both standardised. Of each
    neuron: preferred angle and concentration of its tuning, signal_share of its variance, loadings,
    drift_sign and gain.
    """

    stimulus: Trials
    latents: TrialsLatents
    drift: Trials
    preferred: Neurons
    concentration: Neurons
    signal_share: Neurons
    loadings: NeuronsLatents
    drift_sign: Neurons
    gain: Neurons


UNITS = {"stimulus": "rad", "preferred": "rad", "signal_share": "share of the variance"}
AXES = {"stimulus": ["trial"], "drift": ["trial"], "latents": ["trial", "latent"]}
AXES |= {"loadings": ["neuron", "latent"]}


def simulate_trials(raw_path: FilePath, truth_path: FilePath, settings: TrialSimulation) -> None:
    """Write simulated trials (.npy that holds a dict) and the truth behind them (HDF5).

    The files depend on the settings alone, byte for byte; the truth has them as attributes.
    """
    children = np.random.SeedSequence(settings.seed).spawn(4)
    place, of_truth, noise, between = map(np.random.default_rng, children)
    counts = neurons_per_plane(settings.neurons, settings.planes)
    layers = np.repeat(np.arange(1, settings.planes + 1), counts)
    xyz, truth = positions(layers, place), draw_truth(settings, of_truth)
    sresp = responses(truth, settings, noise)
    with (
        atomic_path(raw_path) as raw,
        new_h5(truth_path, kind="trials", **vars(settings)) as file,
    ):
        for name, values in vars(truth).items():
            axes = AXES.get(name, ["neuron"])
            put(file, name, values, units=UNITS.get(name, "1"), axes=axes)
        put(file, "layers", layers, units="layer label", axes=["neuron"])
        recording = {
            "sresp": sresp,
            "istim": truth.stimulus,
            "xyz": xyz,
            "run": np.logaddexp(0, 2 * truth.drift),
            **spontaneous(truth, between),
            **frames(settings.trials),
            "info": f"simulated responses of {len(layers)} neurons to {settings.trials} gratings",
            "stat": statistics(sresp, xyz, layers, place),
        }
        write_recording(raw, recording)


def draw_truth(settings: TrialSimulation, rng: Random) -> Truth:
    """Draw everything but private noise."""
    neurons, trials = settings.neurons, settings.trials
    room = min(2 * settings.signal, 1 - settings.shared - settings.drift)
    loadings = rng.standard_normal((neurons, settings.latents))
    return Truth(
        stimulus=rng.uniform(0, TURN, trials),
        latents=standardised(rng.standard_normal((trials, settings.latents))),
        drift=standardised(slow_course(trials, rng)[:, None])[:, 0],
        preferred=rng.uniform(0, TURN, neurons),
        concentration=np.exp(rng.uniform(*np.log(settings.concentrations), neurons)),
        signal_share=rng.uniform(2 * settings.signal - room, room, neurons),
        loadings=loadings / np.linalg.norm(loadings, axis=1, keepdims=True),
        drift_sign=rng.choice([-1.0, 1.0], neurons),
        gain=np.exp(settings.gain_sd * rng.standard_normal(neurons) - settings.gain_sd**2 / 2),
    )


def responses(truth: Truth, settings: TrialSimulation, rng: Random) -> NeuronsTrials:
    """Responses (neurons, trials) in float32, with private noise drawn block by block."""
    found = np.empty((settings.neurons, settings.trials), np.float32)
    private = 1 - truth.signal_share - settings.shared - settings.drift
    for start in range(0, settings.neurons, NEURONS_AT_ONCE):
        rows = slice(start, start + NEURONS_AT_ONCE), None
        tuned = tuning(truth.stimulus, truth.preferred[rows], truth.concentration[rows])
        draws = rng.standard_gamma(NOISE_SHAPE, tuned.shape)
        found[rows[0]] = truth.gain[rows] * (
            LEVEL
            + np.sqrt(truth.signal_share[rows]) * tuned
            + np.sqrt(settings.shared) * on_grid(truth.loadings[rows[0]] @ truth.latents.T, 20)
            + np.sqrt(settings.drift) * truth.drift_sign[rows] * truth.drift
            + np.sqrt(private[rows] / NOISE_SHAPE) * (draws - NOISE_SHAPE)
        )
    return found


def spontaneous(truth: Truth, rng: Random) -> dict[str, Array]:
    """Activity between stimuli, which lacks what the angle adds: its mean and standard deviation,
    and components and courses of what neurons share."""
    latents = truth.loadings.shape[1]
    return {
        "u_spont": np.linalg.qr(truth.loadings)[0],
        "v_spont": rng.standard_normal((latents, SPONTANEOUS_BINS)),
        "mean_spont": truth.gain * LEVEL,
        "std_spont": truth.gain * np.sqrt(1 - truth.signal_share),
    }


def frames(trials: int) -> dict[str, Array]:
    """Indices of frames: of each trial, and of the imaging and the camera."""
    edges = TRIAL_FRAMES * np.arange(trials + 1)
    every = np.arange(edges[-1])
    return {"stimtimes": edges[:-1], "frametimes": every, "camtimes": every}


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
