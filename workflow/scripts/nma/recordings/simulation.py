"""A simulated recording in the layout of the Stringer 2019 file, with its truth beside it.

The generative model is written out in docs/simulation.md; the statistics it has to match are in
METHODS.md, section 2.
"""

import pickle

import numpy as np
from scipy.signal import lfilter
from scipy.stats import skew
from tqdm import tqdm

from nma.io.errors import InputError
from nma.io.files import atomic_path
from nma.io.hdf5 import new_h5, put

STRINGER_COUNTS = (1386, 1440, 1418, 1471, 1415, 1321, 1218, 1183, 1131)  # neurons a plane
X_RANGE, Y_RANGE, PLANE_SPACING = (4, 1010), (4, 1012), 35  # um
FACE_PIXELS = (240, 320)
WAVES = 512  # plane waves that a smooth field is made of
BEHAVIOUR_SHARE = 0.8  # of the variance of a behavioural signal, due to latents
NEURONS_AT_ONCE = 128
RAW = "arbitrary units"


def simulate(
    raw_path,
    truth_path,
    *,
    seed,
    neurons=11983,
    bins=7018,
    planes=9,
    bin_seconds=1.2,
    latents=450,
    alpha=1.6,
    knee=4.0,
    amplitude=0.95,
    time_constants=(2, 20),
    private=0.05,
    private_latents=4,
    smooth=0.3,
    smooth_um=100,
    gain_sd=0.61,
    noise_shape=1.7,
    behaviour_latents=16,
    face_components=1000,
):
    """Write a simulated recording (.npy that holds a dict) and the truth behind it (HDF5).

    latents: number of latents that all layers share; the variance of latent i is proportional to
    (i + knee) ** -alpha. private_latents: number that each layer has to itself, with the share
    `private` of the variance of the drive. amplitude: standard deviation of the drive (log rate).
    time_constants: shortest and longest, in seconds. smooth: share of the variance of the loadings
    that varies smoothly in space, over `smooth_um` micrometres. gain_sd: standard deviation of the
    log of a neuron's mean rate. noise_shape: shape of the gamma noise, so that activity / rate has
    mean 1 and variance 1 / noise_shape. behaviour_latents: number of shared latents that drive
    running, pupil and face_components face-movie SVDs.

    The files depend on these arguments alone, byte for byte. Raises InputError, before it writes,
    for a setting out of its range. What it must match: METHODS.md, section 2.
    """
    settings = {name: value for name, value in locals().items() if not name.endswith("_path")}
    check(settings)
    streams = [np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(6)]
    place, time, weight, scale, noise, behave = streams

    layers = np.repeat(np.arange(1, planes + 1), neurons_per_plane(neurons, planes))
    xyz = positions(layers, place)
    owners = np.repeat(np.arange(planes + 1), [latents] + planes * [private_latents])
    variances = latent_variances(owners, alpha, knee, private)
    taus = spread_time_constants(owners.size, *time_constants, time)
    courses = ornstein_uhlenbeck(variances, taus / bin_seconds, bins, time)
    loadings = draw_loadings(xyz, layers, owners, variances, smooth, smooth_um, weight)
    gain = np.exp(gain_sd * scale.standard_normal(neurons) - gain_sd**2 / 2)
    driving = courses[:, : 2 * behaviour_latents : 2]  # every other one of the strongest
    recording = draw_behaviour(driving, face_components, behave)

    with atomic_path(raw_path) as raw, new_h5(truth_path, **settings) as truth:
        put(truth, "latents", courses, units="log rate", axes=["bin", "latent"])
        put(truth, "latent_variances", variances, units="log rate squared", axes=["latent"])
        put(truth, "latent_layers", owners, units="layer label, 0 if shared", axes=["latent"])
        put(truth, "time_constants", taus, units="s", axes=["latent"])
        put(truth, "loadings", loadings, units="1", axes=["neuron", "latent"])
        put(truth, "gain", gain, units=RAW, axes=["neuron"])
        put(truth, "layers", layers, units="layer label", axes=["neuron"])
        shape = {"shape": (neurons, bins), "dtype": "float32", "chunks": (1, bins)}
        rates = put(truth, "rates", None, units=RAW, axes=["neuron", "bin"], **shape)

        sresp = np.empty((neurons, bins), np.float32)
        with tqdm(total=neurons, desc="simulate", unit="neuron") as bar:
            for block, rate in rate_blocks(courses, loadings, gain, amplitude):
                rates[block] = rate
                sresp[block] = noisy(rate, noise_shape, noise)
                bar.update(len(rate))

        recording |= {"sresp": sresp, "xyz": xyz, "stat": statistics(sresp, xyz, layers, place)}
        write_recording(raw, recording)


def check(settings):
    """Raise InputError for settings that do not fit together; single ranges are in the schema."""
    shortest, longest = settings["time_constants"]
    least = {"neurons": settings["planes"], "latents": 2 * settings["behaviour_latents"]}
    rules = [(name, settings[name] >= n, f"at least {n}") for name, n in least.items()]
    rules += [("time_constants", 0 < shortest <= longest, "the shortest first, above 0")]
    for name, holds, expected in rules:
        if not holds:
            raise InputError("simulation settings", name, found=settings[name], expected=expected)


def neurons_per_plane(neurons, planes):
    """Cut `neurons` into `planes` counts in the proportions of the Stringer recording.

    For a number of planes other than nine the proportions are interpolated along depth.
    """
    depths = np.linspace(0, len(STRINGER_COUNTS) - 1, planes)
    quotas = np.interp(depths, range(len(STRINGER_COUNTS)), STRINGER_COUNTS)
    quotas *= neurons / quotas.sum()
    counts = np.floor(quotas).astype(int)
    largest_remainders = np.argsort(counts - quotas, kind="stable")[: neurons - counts.sum()]
    counts[largest_remainders] += 1
    return counts


def positions(layers, rng):
    """Draw xyz (3 x neurons, um): uniform in x and y, z one value a layer."""
    x = rng.uniform(*X_RANGE, layers.size)
    y = rng.uniform(*Y_RANGE, layers.size)
    return np.stack([x, y, PLANE_SPACING * layers])


def latent_variances(owners, alpha, knee, private):
    """Variance of each latent (latents,), so that those of a neuron's drive add up to 1.

    owners: layer that each latent belongs to, 0 for those that all share. Within an owner the
    variances fall as (i + knee) ** -alpha, i = 1, 2, ...
    """
    variances = np.empty(owners.size)
    for owner in np.unique(owners):
        mine = owners == owner
        spectrum = (np.arange(1, mine.sum() + 1) + knee) ** -float(alpha)
        variances[mine] = (private if owner else 1 - private) * spectrum / spectrum.sum()
    return variances


def spread_time_constants(count, shortest, longest, rng):
    """Time constants (count,), evenly spread on a log scale, in random order."""
    return rng.permutation(np.geomspace(shortest, longest, count))


def ornstein_uhlenbeck(variances, taus, bins, rng):
    """Stationary Gaussian courses (bins x latents, float32) that decorrelate as exp(-lag / tau).

    variances, taus: (latents,); taus in bins.
    """
    courses = np.empty((bins, variances.size), np.float32)
    for i, (variance, decay) in enumerate(zip(variances, np.exp(-1 / taus), strict=True)):
        shocks = rng.standard_normal(bins)
        shocks[1:] *= np.sqrt(1 - decay**2)
        courses[:, i] = np.sqrt(variance) * lfilter([1], [1, -decay], shocks)
    return courses


def draw_loadings(xyz, layers, owners, variances, smooth, smooth_um, rng):
    """Loadings (neurons x latents, float32), scaled so that each neuron's drive has variance 1.

    They are 0 on the private latents of other layers. The share `smooth` of their variance is a
    Gaussian field over space (covariance exp(-distance**2 / (2 smooth_um**2)), made of random plane
    waves); the rest is independent from neuron to neuron. On private latents their mean makes up
    half their mean square, so that the neurons of a layer rise and fall together.
    """
    wave_vectors = rng.standard_normal((WAVES, 3)) / smooth_um
    waves = np.cos(xyz.T @ wave_vectors.T + rng.uniform(0, 2 * np.pi, WAVES))
    field = waves @ rng.standard_normal((WAVES, owners.size)) * np.sqrt(2 / WAVES)
    alone = rng.standard_normal((layers.size, owners.size))
    loadings = np.sqrt(smooth) * field + np.sqrt(1 - smooth) * alone
    loadings = np.where(owners, np.sqrt(0.5) * (1 + loadings), loadings)
    foreign = (owners > 0) & (owners != layers[:, None])
    loadings[foreign] = 0
    loadings /= np.sqrt(loadings**2 @ variances)[:, None]
    return on_grid(loadings, 20).astype(np.float32)


def rate_blocks(courses, loadings, gain, amplitude):
    """Yield (slice, rates of these neurons: neurons x bins, float32), a block after another.

    The mean of a neuron's rate over time is its gain.
    """
    courses = courses.T.astype(float)
    for start in range(0, len(loadings), NEURONS_AT_ONCE):
        block = slice(start, start + NEURONS_AT_ONCE)
        drive = on_grid(amplitude * (loadings[block].astype(float) @ courses), 16)
        rate = gain[block, None] * np.exp(drive - amplitude**2 / 2)
        yield block, rate.astype(np.float32)


def on_grid(values, bits):
    """Round to multiples of 2 ** -bits.

    The last digits of a matrix product hang on the number of threads and on the block it is
    computed in; after this they do not.
    """
    return np.ldexp(np.rint(np.ldexp(values, bits)), -bits)


def noisy(rate, shape, rng):
    """Multiply rates by gamma noise of mean 1 and variance 1 / shape."""
    return rate * rng.standard_gamma(shape, rate.shape, np.float32) / np.float32(shape)


def draw_behaviour(driving, face_components, rng):
    """Behaviour of the recording, as a dict: running, pupil, face-movie SVDs and their masks.

    driving: courses of the latents that drive it (bins x latents). Every signal is a random mix of
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


def face_masks(count):
    """Orthonormal patterns over the face image (240 x 320 x count): cosines, coarse to fine."""
    rows, columns = FACE_PIXELS
    down, across = np.divmod(np.arange(rows * columns), columns)
    coarse_first = np.argsort(np.hypot(down / rows, across / columns), kind="stable")[:count]

    def cosines(pixels, frequencies):
        waves = np.cos(np.pi * np.outer(np.arange(pixels) + 0.5, frequencies) / pixels)
        return (waves / np.linalg.norm(waves, axis=0)).astype(np.float32)

    down, across = cosines(rows, down[coarse_first]), cosines(columns, across[coarse_first])
    return down[:, None] * across


def statistics(sresp, xyz, layers, rng):
    """Statistics of each neuron (list of dicts) under the names that suite2p gives them."""
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


def write_recording(path, recording):
    """Write a dict as np.save would, but without a copy of its arrays in memory (protocol 5)."""
    with path.open("wb") as file:
        header = {"descr": "|O", "fortran_order": False, "shape": ()}
        np.lib.format.write_array_header_1_0(file, header)
        pickle.dump(np.array(recording, object), file, protocol=5)
