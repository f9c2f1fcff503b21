"""The truth of a simulated recording, and the scores of its true rates.

They know everything but the noise. How well rates can be inferred is in nma.scores.attainable.
"""

from collections.abc import Mapping

import numpy as np

from nma.io.hdf5 import open_h5
from nma.preprocessing.splits import evaluated
from nma.preprocessing.tensors import Tensor, bin_average
from nma.scores.readouts import drives
from nma.scores.table import Score
from nma.statistics.intervals import pooled_r2
from nma.statistics.r2 import squared_errors
from nma.types import BinsNeurons, FilePath, Neurons


def simulation_scores(neurons: Mapping[str, Neurons], truth: FilePath) -> list[Score]:
    """Describe the latents that drive the neurons of each layer, and of `all` layers together.

    neurons: {layer: neuron ids}. `latents_truth`, and n: how many latents; `time_scale_truth`: the
    median of their time constants in s, weighted by variance, with `time_scale_shortest_truth` and
    `time_scale_longest_truth`; `rotation_frequency_truth`: that of the frequencies in Hz of latents
    that rotate; `private_share_truth`: the share of a layer's drive from latents that no other
    layer has. A mixture of latents decays as none of them alone, so a time scale measured on it is
    expected between the shortest and the longest, not at the median. Chaotic latents have neither
    time constants nor frequencies.
    """
    with open_h5(truth) as file:
        taus, hertz, variances = (
            file[name][:] for name in ("time_constants", "frequencies", "latent_variances")
        )
    of_layers = {layer: drives(truth, ids) & (variances > 0) for layer, ids in neurons.items()}
    shared_by = np.sum([*of_layers.values()], axis=0)
    scores = []
    for layer, mine in (of_layers | {"all": shared_by > 0}).items():
        count = int(mine.sum())
        found = {"latents_truth": count}
        if np.isfinite(taus[mine]).all():
            found |= {
                "time_scale_truth": weighted_median(taus[mine], variances[mine]),
                "time_scale_shortest_truth": float(taus[mine].min()),
                "time_scale_longest_truth": float(taus[mine].max()),
            }
        rotating = mine & (hertz > 0)
        if rotating.any():
            median = weighted_median(hertz[rotating], variances[rotating])
            found["rotation_frequency_truth"] = median
        if layer != "all":
            alone = variances[mine & (shared_by == 1)].sum() / variances[mine].sum()
            found["private_share_truth"] = float(alone)
        scores += [
            Score(layer, "truth", metric, "all", 0, value, n=count)
            for metric, value in found.items()
        ]
    return scores


def ceiling_scores(tensor: Tensor, truth: FilePath) -> list[Score]:
    """Scores of the true rates of one layer, on validation and test; n: blocks of time.

    r2 of the rates that were simulated, and `ceiling_r2`, its expectation over the noise:
    1 - N / (N + S), where N is the variance of the noise and S that of the rates around the train
    mean. None where each bin was divided by the mean of all neurons in it, which mixes their noise.
    """
    if tensor.normalise == "population":
        return []
    rates, noise = simulated(truth, tensor.neuron_ids, tensor.bin_width)
    rates = (rates - tensor.offset) / tensor.scale
    noise = noise / np.square(tensor.scale, dtype=np.float64)
    error, deviation = squared_errors(tensor.activity, rates, tensor.train_mean)
    of_rates = np.square(rates - tensor.train_mean)
    sums = {"r2": (error, deviation), "ceiling_r2": (noise, noise + of_rates)}
    scores = []
    for split, bins in evaluated(tensor.split):
        for metric, pair in sums.items():
            found = pooled_r2(*(values[bins].sum(axis=1) for values in pair))
            scores.append(Score(tensor.layer, "truth", metric, split, 0, *found))
    return scores


def simulated(truth: FilePath, ids: Neurons, width: int) -> tuple[BinsNeurons, BinsNeurons]:
    """Rates of neurons averaged over `width` bins of the recording, and the variance of the noise
    around them, each (bins, neurons)."""
    with open_h5(truth) as file:
        rates = np.stack([file["rates"][number] for number in ids]).astype(np.float64)
        variance = np.square(rates) / file.attrs["noise_shape"]
    return bin_average(rates, width).T, bin_average(variance, width).T / width


def weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    """The first of the values in order (n,) by which half of the weight (n,) is reached."""
    return float(np.quantile(values, 0.5, weights=weights, method="inverted_cdf"))
