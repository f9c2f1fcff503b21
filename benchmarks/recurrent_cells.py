"""Print the milliseconds of a bidirectional layer, forwards and backwards, in NMA and in torch.

Usage: PYTHONPATH=workflow/scripts python benchmarks/recurrent_cells.py
"""

from statistics import median
from time import perf_counter

import torch
from torch import nn

from nma.blocks.bidirectional import run_both_ways

BATCH, BINS, REPEATS = 16, 32, 40
SIZES = {"demo": (104, 10), "Stringer": (1131, 75)}  # neurons, hidden units


def milliseconds(run, activity):
    """Median time of a forward and backward pass."""
    times = []
    for _ in range(REPEATS):
        start = perf_counter()
        run(activity).sum().backward()
        times.append(1000 * (perf_counter() - start))
    return median(times)


if __name__ == "__main__":
    torch.set_num_threads(1)
    print("| layer | ours, ms | torch, ms | ratio |")
    print("|---|---|---|---|")
    for size, (neurons, units) in SIZES.items():
        activity = torch.randn(BATCH, BINS, neurons)
        for cell in (nn.RNN, nn.GRU, nn.LSTM):
            layer = cell(neurons, units, bidirectional=True, batch_first=True)
            # torch runs first and last, so that a busy moment favours neither.
            reference = [milliseconds(lambda x, f=layer: f(x)[0], activity)]
            ours = milliseconds(lambda x, f=layer: run_both_ways(f, x), activity)
            reference.append(milliseconds(lambda x, f=layer: f(x)[0], activity))
            torch_time = sum(reference) / 2
            row = f"{cell.__name__} ({size}) | {ours:.1f} | {torch_time:.1f}"
            print(f"| {row} | {torch_time / ours:.1f} |")
