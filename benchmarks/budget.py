"""cosmooth_r2 of residual networks at the default budget, and at ten times it.

Usage: python benchmarks/budget.py

Test scores of the simulated layer of Stringer size; one thread a network.
"""

import multiprocessing

import torch
from common import TRAINING, layer, report, trained

DIMS, TIMES = 75, 10


def scored(job):
    """Test cosmooth_r2 and seconds of a network; job: (name, factor of the default budget)."""
    name, times = job
    torch.set_num_threads(1)
    data = layer("simulated")
    changes = {key: times * TRAINING[key] for key in ("steps", "evaluate_every")}
    predict, _, seconds = trained(data, name, DIMS, **changes)
    return data.scores(predict)["cosmooth_r2"], seconds


def main():
    """Train all networks at both budgets, two at once, and report a row each."""
    names = ("residual_rnn", "residual_gru", "residual_lstm")
    layer("simulated")
    jobs = [(name, times) for name in names for times in (TIMES, 1)]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        found = dict(zip(jobs, pool.map(scored, jobs, chunksize=1), strict=True))
    rows = []
    for name in names:
        (ours, seconds), (reference, long) = found[name, 1], found[name, TIMES]
        row = {"name": f"cosmooth_r2 of the default budget and of {TIMES} times it, {name}"}
        row |= {"ours": ours, "reference": reference, "ratio": ours / reference}
        rows.append(row | {"seconds": seconds, "reference_seconds": long})
    report("budget", rows)


if __name__ == "__main__":
    main()
