"""Print what a training step of S5 costs a bin, by the length of its windows.

Usage: PYTHONPATH=workflow/scripts:tests python benchmarks/s5.py
"""

from statistics import median
from time import process_time

import torch
from training_settings import WINDOWS

from nma.models.s5 import S5
from nma.training.recipes import recipe_of
from nma.training.steppers import new_stepper

LENGTHS, REPEATS, BATCH = (32, 64, 128, 256), 15, 16
SIZES = {"demo": (104, 34), "Stringer": (1131, 75)}  # neurons, latents


def steppers(neurons, dims):
    """{bins of a window: a stepper of a model that has not been trained}."""
    torch.manual_seed(0)
    block = torch.randn(1, 600, neurons).exp()
    settings = WINDOWS | {"objective": "masked", "noise": 0.0, "batch_size": BATCH}
    return {
        bins: new_stepper(recipe_of(settings | {"window": bins}), S5(neurons, dims), block, seed=0)
        for bins in LENGTHS
    }


def microseconds(of_lengths):
    """{bins: median CPU time of a step, in microseconds a bin of a window}, in turn."""
    times = {bins: [] for bins in of_lengths}
    for number in range(REPEATS + 2):
        for bins, stepper in of_lengths.items():
            start = process_time()
            stepper.step(number)
            times[bins].append(1e6 * (process_time() - start) / (BATCH * bins))
    return {bins: median(found[2:]) for bins, found in times.items()}


if __name__ == "__main__":
    torch.set_num_threads(1)
    print("| layer | " + " | ".join(f"{bins} bins" for bins in LENGTHS) + " | 128 to 32 |")
    print("|---" * (len(LENGTHS) + 2) + "|")
    for size, shape in SIZES.items():
        found = microseconds(steppers(*shape))
        row = " | ".join(f"{value:.1f}" for value in found.values())
        print(f"| {size} | {row} | {found[128] / found[32]:.2f} |")
