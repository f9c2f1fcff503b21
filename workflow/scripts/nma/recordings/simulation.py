"""A simulated recording in the layout of the Stringer 2019 file, and the truth behind it.

docs/simulation.md has the generative model, METHODS.md (section 2) the statistics it has to match.
"""

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
from scipy.stats import skew
from tqdm import tqdm

from nma.io.files import atomic_path
from nma.io.hdf5 import new_h5, put
from nma.recordings.dynamics import BinsLatents, Latents, Random, draw_courses, on_grid
from nma.recordings.simulation_settings import Simulation
from nma.types import Array, FilePath, Neurons, NeuronsBins, Positions

STRINGER_COUNTS = (1386, 1440, 1418, 1471, 1415, 1321, 1218, 1183, 1131)  # neurons a plane
X_RANGE, Y_RANGE, PLANE_SPACING = (4, 1010), (4, 1012), 35  # um
FACE_PIXELS = (240, 320)
WAVES = 512  # plane waves that a smooth field is made of
BEHAVIOUR_SHARE = 0.8  # of the variance of a behavioural signal, due to latents
NEURONS_AT_ONCE = 128
RAW = "arbitrary units"
NeuronsLatents = Annotated[np.ndarray, "(neurons, latents)"]


def simulate(raw_path: FilePath, truth_path: FilePath, settings: Simulation) -> None:
    """Write a simulated recording (.npy that holds a dict) and the truth behind it (HDF5).

    The files depend on the settings alone, byte for byte; the truth has them as attributes.
    """
    children = np.random.SeedSequence(settings.seed).spawn(6)
    place, time, weight, scale, noise, behave = map(np.random.default_rng, children)
    neurons, bins, planes = settings.neurons, settings.bins, settings.planes

    layers = np.repeat(np.arange(1, planes + 1), neurons_per_plane(neurons, planes))
    xyz = positions(layers, place)
    counts = [settings.latents] + planes * [settings.private_latents]
    owners = np.repeat(np.arange(planes + 1), counts)
    courses, covariance, taus, hertz = draw_courses(settings, owners, time)
    variances = np.diag(covariance)
    smoothness = settings.smooth, settings.smooth_um
    loadings = draw_loadings(xyz, layers, owners, covariance, *smoothness, weight)
    gain_sd = settings.gain_sd
    gain = np.exp(gain_sd * scale.standard_normal(neurons) - gain_sd**2 / 2)
    driving = courses[:, : 2 * settings.behaviour_latents : 2]  # every other one of the strongest
    recording = draw_behaviour(driving, settings.face_components, behave)

    with atomic_path(raw_path) as raw, new_h5(truth_path, **vars(settings)) as truth:
        put(truth, "latents", courses, units="log rate", axes=["bin", "latent"])
        put(truth, "latent_variances", variances, units="log rate squared", axes=["latent"])
        put(truth, "latent_layers", owners, units="layer label, 0 if shared", axes=["latent"])
        put(truth, "time_constants", taus, units="s", axes=["latent"])
        put(truth, "frequencies", hertz, units="Hz", axes=["latent"])
        put(truth, "loadings", loadings, units="1", axes=["neuron", "latent"])
        put(truth, "gain", gain, units=RAW, axes=["neuron"])
        put(truth, "layers", layers, units="layer label", axes=["neuron"])
        shape = {"shape": (neurons, bins), "dtype": "float32", "chunks": (1, bins)}
        rates = put(truth, "rates", None, units=RAW, axes=["neuron", "bin"], **shape)

        sresp = np.empty((neurons, bins), np.float32)
        with tqdm(total=neurons, desc="simulate", unit="neuron") as bar:
            for block, rate in rate_blocks(courses, loadings, gain, settings.amplitude):
                rates[block] = rate
                sresp[block] = noisy(rate, settings.noise_shape, noise)
                bar.update(len(rate))

        recording |= {"sresp": sresp, "xyz": xyz, "stat": statistics(sresp, xyz, layers, place)}
        write_recording(raw, recording)


def neurons_per_plane(neurons: int, planes: int) -> Array:
    """The number of neurons in each plane (planes,), in the proportions of the Stringer recording.

    For a number of planes other than nine the proportions are interpolated along depth.
    """
    depths = np.linspace(0, len(STRINGER_COUNTS) - 1, planes)
    quotas = np.interp(depths, range(len(STRINGER_COUNTS)), STRINGER_COUNTS)
    quotas *= neurons / quotas.sum()
    counts = np.floor(quotas).astype(int)
    largest_remainders = np.argsort(counts - quotas, kind="stable")[: neurons - counts.sum()]
    counts[largest_remainders] += 1
    return counts


def positions(layers: Neurons, rng: Random) -> Positions:
    """Draw positions: uniform in x and y, one value of z for each layer."""
    x = rng.uniform(*X_RANGE, layers.size)
    y = rng.uniform(*Y_RANGE, layers.size)
    return np.stack([x, y, PLANE_SPACING * layers])


def draw_loadings(
    xyz: Positions,
    layers: Neurons,
    owners: Latents,
    covariance: Array,
    smooth: float,
    smooth_um: float,
    rng: Random,
) -> NeuronsLatents:
    """Draw loadings (float32), scaled so that each neuron's drive has variance 1.

    covariance: (latents, latents). Loadings are 0 on the private latents of other layers. The share
    `smooth` of their variance is a Gaussian field over space (covariance
    exp(-distance**2 / (2 smooth_um**2)), made of random plane waves); the rest is independent from
    neuron to neuron. On private latents their mean makes up half their mean square, so that the
    neurons of a layer rise and fall together.
    """
    wave_vectors = rng.standard_normal((WAVES, 3)) / smooth_um
    waves = np.cos(xyz.T @ wave_vectors.T + rng.uniform(0, 2 * np.pi, WAVES))
    field = waves @ rng.standard_normal((WAVES, owners.size)) * np.sqrt(2 / WAVES)
    alone = rng.standard_normal((layers.size, owners.size))
    loadings = np.sqrt(smooth) * field + np.sqrt(1 - smooth) * alone
    loadings = np.where(owners, np.sqrt(0.5) * (1 + loadings), loadings)
    foreign = (owners > 0) & (owners != layers[:, None])
    loadings[foreign] = 0
    variances = np.diag(covariance)
    shared = (loadings @ (covariance - np.diag(variances)) * loadings).sum(axis=1)
    loadings /= np.sqrt(loadings**2 @ variances + shared)[:, None]
    return on_grid(loadings, 20).astype(np.float32)


def rate_blocks(
    courses: BinsLatents, loadings: NeuronsLatents, gain: Neurons, amplitude: float
) -> Iterator[tuple[slice, NeuronsBins]]:
    """Yield (slice of neurons, their rates in float32), block by block.

    The mean of a neuron's rate over time is its gain.
    """
    courses = courses.T.astype(float)
    for start in range(0, len(loadings), NEURONS_AT_ONCE):
        block = slice(start, start + NEURONS_AT_ONCE)
        drive = on_grid(amplitude * (loadings[block].astype(float) @ courses), 16)
        rate = gain[block, None] * np.exp(drive - amplitude**2 / 2)
        yield block, rate.astype(np.float32)


def noisy(rate: NeuronsBins, shape: float, rng: Random) -> NeuronsBins:
    """Multiply rates by gamma noise of mean 1 and variance 1 / shape."""
    return rate * rng.standard_gamma(shape, rate.shape, np.float32) / np.float32(shape)


def draw_behaviour(driving: BinsLatents, face_components: int, rng: Random) -> dict[str, Array]:
    """Draw behaviour: running, pupil, face-movie SVDs (each bins x features) and their masks.

    driving: courses of the latents that drive it. Every signal is a random mix of
    them and white noise, in shares of BEHAVIOUR_SHARE and the rest; running and pupil area are made
    positive; face components fall in amplitude as 1 / sqrt(i).
    """
    bins, count = driving.shape
    mixing = rng.standard_normal((count, 4 + face_components))
    signals = on_grid(driving / driving.std(axis=0) @ (mixing / np.linalg.norm(mixing, axis=0)), 16)
    signals *= np.sqrt(BEHAVIOUR_SHARE)
    signals += np.sqrt(1 - BEHAVIOUR_SHARE) * rng.standard_normal(signals.shape)
    decline = np.arange(1, face_components + 1) ** -0.5
    return {
        "run": np.logaddexp(0, 2 * signals[:, :1]),
        "pupilArea": 400 * np.exp(0.3 * signals[:, 1:2]),
        "pupilCOM": 50 + 3 * signals[:, 2:4],
        "beh_svd_time": (100 * decline * signals[:, 4:]).astype(np.float32),
        "beh_svd_mask": face_masks(face_components),
    }


def face_masks(count: int) -> Array:
    """Orthonormal patterns over the face image (240 x 320 x count): cosines, coarse to fine."""
    rows, columns = FACE_PIXELS
    down, across = np.divmod(np.arange(rows * columns), columns)
    coarse_first = np.argsort(np.hypot(down / rows, across / columns), kind="stable")[:count]

    def cosines(pixels: int, frequencies: Array) -> Array:
        waves = np.cos(np.pi * np.outer(np.arange(pixels) + 0.5, frequencies) / pixels)
        return (waves / np.linalg.norm(waves, axis=0)).astype(np.float32)

    down, across = cosines(rows, down[coarse_first]), cosines(columns, across[coarse_first])
    return down[:, None] * across


def statistics(
    sresp: NeuronsBins, xyz: Positions, layers: Neurons, rng: Random
) -> list[dict[str, object]]:
    """Statistics of each neuron under the names that suite2p gives them."""
    radii = rng.normal(6, 0.8, layers.size).clip(3)
    return [
        {
            "npix": int(np.pi * radius**2),
            "med": [float(y), float(x)],
            "radius": float(radius),
            "skew": float(skew(activity.astype(float))),
            "iplane": int(layer - 1),
        }
        for activity, (x, y, _), layer, radius in zip(sresp, xyz.T, layers, radii, strict=True)
    ]


def write_recording(path: Path, recording: dict[str, object]) -> None:
    """Write a dict as np.save would, but without a copy of its arrays in memory (protocol 5)."""
    with path.open("wb") as file:
        header = {"descr": "|O", "fortran_order": False, "shape": ()}
        np.lib.format.write_array_header_1_0(file, header)
        pickle.dump(np.array(recording, object), file, protocol=5)
