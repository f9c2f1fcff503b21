"""What a simulated recording was made of, and the best that any source can do on it: to know the
rates but not the noise."""

import numpy as np

from nma.io.hdf5 import open_h5
from nma.preprocessing.masks import read_hidden
from nma.preprocessing.splits import SPLITS
from nma.preprocessing.tensors import bin_average, read_tensor
from nma.scores.readouts import drives
from nma.statistics.intervals import pooled_r2
from nma.statistics.r2 import squared_errors


def simulation_rows(tensors, truth):
    """Rows (layer, metric, split, seed, value, low, high, n) of what drives the neurons of each
    layer, and of `all` layers together.

    n and `latents_truth`: how many latents; `time_scale_truth`: the median of their time constants
    in s, weighted by variance, with `time_scale_shortest_truth` and `time_scale_longest_truth`;
    `private_share_truth`: the share of a layer's drive that comes of latents which no other layer
    has. A mixture of latents decays as none of them alone, so what is measured of it is expected
    between the shortest and the longest, not at the median.
    """
    with open_h5(truth) as file:
        taus, variances = file["time_constants"][:], file["latent_variances"][:]
    of_layers = {}
    for tensor in tensors:
        with open_h5(tensor) as file:
            of_layers[file.attrs["layer"]] = drives(truth, file["neuron_ids"][:]) & (variances > 0)
    shared_by = np.sum([*of_layers.values()], axis=0)
    rows = []
    for layer, mine in (of_layers | {"all": shared_by > 0}).items():
        found = {
            "latents_truth": int(mine.sum()),
            "time_scale_truth": weighted_median(taus[mine], variances[mine]),
            "time_scale_shortest_truth": float(taus[mine].min()),
            "time_scale_longest_truth": float(taus[mine].max()),
        }
        if layer != "all":
            alone = variances[mine & (shared_by == 1)].sum() / variances[mine].sum()
            found["private_share_truth"] = float(alone)
        rows += [(layer, m, "all", 0, value, "", "", int(mine.sum())) for m, value in found.items()]
    return rows


def weighted_median(values, weights):
    """The first of the values in order (n,) by which half of the weight (n,) is reached."""
    order = np.argsort(values)
    reached = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(reached, reached[-1] / 2)])


def ceiling_rows(tensor, hidden, truth):
    """Rows (layer, metric, split, seed, value, low, high, n) of the true rates of one layer.

    r2, cosmooth_r2 and masked_r2 of the rates that were simulated (the first two are the same: they
    need no neuron to be visible), and `ceiling_r2`, what all three are on average over the noise:
    1 - N / (N + S), N the variance of the noise and S that of the rates around the train mean.
    None where each bin was divided by the mean of all neurons in it, which mixes their noise.
    """
    activity, split = read_tensor(tensor)
    _, entries = read_hidden(hidden)
    with open_h5(tensor) as file:
        layer, width = file.attrs["layer"], int(file.attrs["bin_width"])
        if file.attrs["normalise"] == "population":
            return []
        ids, offset, scale, mean = (
            file[name][:] for name in ("neuron_ids", "offset", "scale", "train_mean")
        )
    rates, noise = simulated(truth, ids, width)
    rates, noise = (rates - offset) / scale, noise / np.square(scale, dtype=np.float64)
    error, deviation = squared_errors(activity, rates, mean)
    of_rates = np.square(rates - mean)
    everything = np.True_
    sums = {
        "r2": (error, deviation, everything),
        "cosmooth_r2": (error, deviation, everything),
        "masked_r2": (error, deviation, entries),
        "ceiling_r2": (noise, noise + of_rates, everything),
    }
    rows = []
    for code, name in list(enumerate(SPLITS))[1:]:
        for metric, (above, below, counted) in sums.items():
            bins = split == code
            if bins.any():
                above_below = ((x * counted)[bins].sum(axis=1) for x in (above, below))
                rows.append((layer, metric, name, 0, *pooled_r2(*above_below)))
    return rows


def simulated(truth, ids, width):
    """Rates of neurons averaged over `width` raw bins, and the variance of the noise around them,
    each (bins, neurons)."""
    with open_h5(truth) as file:
        rates = np.stack([file["rates"][number] for number in ids]).astype(np.float64)
        variance = np.square(rates) / file.attrs["noise_shape"]
    return bin_average(rates, width).T, bin_average(variance, width).T / width
