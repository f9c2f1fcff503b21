"""Seconds of an epoch (each bin of train seen once) against neurons, bins and latent dims.

Usage: python benchmarks/growth.py

One thread, random activity. The start of a masked network is the fit of its LDS, and what the LDS
makes of train under all masks of a training; that of another is PCA. The reference is the time at
the smallest size, multiplied by the growth of the factor. A ratio of reference to ours below 1
means growth faster than linear.
"""

from statistics import median
from time import perf_counter

import torch
from common import TRAINING, report, stepper

from nma.blocks.lds_start import LDSStart
from nma.preprocessing.masks import neuron_folds
from nma.state_space.at_dims import fit_lds
from nma.state_space.transform import CANDIDATES, fit_transform
from nma.training.weights import build_model

NEURONS, BINS, DIMS = 1000, 4000, 75
SIZES = {
    "neurons": (250, 500, 1000, 2000, 4000),
    "bins": (1000, 4000, 8000, 16000, 32000),
    "dims": (10, 30, 75, 150, 300),
}
REPEATS = 15
CASES = (("residual_gru", "masked"), ("lstm", "reconstruct"))


def start_of(activity, dims):
    """The LDS of activity (bins, neurons); without corrections, which training steps do not use."""
    mean = activity.mean(axis=0)
    centred = activity - mean
    transform = fit_transform(centred, *CANDIDATES[0])
    folds = neuron_folds(activity.shape[1], 0)
    return LDSStart(fit_lds(centred, folds, transform, dims), None, mean)


def epoch_seconds(name, objective, *, neurons=NEURONS, bins=BINS, dims=DIMS):
    """Seconds of the start, and of an epoch: a median step times the steps that see every bin."""
    torch.manual_seed(0)
    model = build_model(name, neurons, dims, {})
    block = torch.randn(1, bins, neurons)
    start = perf_counter()
    if objective != "reconstruct":
        model.lds = start_of(block[0].numpy(), dims)
    model.start(block, objective)
    training = stepper(model.train(), block, objective)
    of_start = perf_counter() - start
    times = []
    for number in range(REPEATS):
        start = perf_counter()
        training.step(number)
        times.append(perf_counter() - start)
    return of_start, median(times) * bins / (TRAINING["window"] * TRAINING["batch_size"])


def main():
    """Time each case at each size and report a row each."""
    torch.set_num_threads(1)
    rows = []
    for name, objective in CASES:
        for factor, sizes in SIZES.items():
            first = None
            for size in sizes:
                of_start, seconds = epoch_seconds(name, objective, **{factor: size})
                first = first or seconds
                reference = first * size / sizes[0]
                row = {"name": f"seconds an epoch, {name}, {objective}, {factor} = {size}"}
                row |= {"ours": seconds, "reference": reference, "ratio": reference / seconds}
                rows.append(row | {"seconds_of_start": of_start})
    report("growth", rows)


if __name__ == "__main__":
    main()
