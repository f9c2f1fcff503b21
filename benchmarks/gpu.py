"""Seconds of training steps of LFADS, S5 and the residual GRU on a GPU and on the processor.

Usage: python benchmarks/gpu.py, or make bench-gpu

A layer of Stringer size and one of 10,000 neurons, random activity; settings of training as in
presets/dynamics.yaml, one thread on the processor. Ends with an error where torch finds no GPU.
"""

import sys
from statistics import median
from time import perf_counter

import torch
import yaml
from common import ROOT, report, stepper
from growth import start_of

from nma.training.weights import build_model

SIZES = {"Stringer size": (1131, 2457), "10,000 neurons": (10_000, 2457)}
DIMS, REPEATS = 75, 15
MODELS = yaml.safe_load((ROOT / "presets/dynamics.yaml").read_text())["models"]


def step_seconds(model: dict, neurons: int, bins: int, device: str) -> tuple[float, float]:
    """Seconds of a median step, and peak memory of the GPU in GB; model: as in a config."""
    torch.manual_seed(0)
    network = build_model(
        model.get("class", model["name"]), neurons, DIMS, model.get("options", {})
    )
    block = torch.rand(1, bins, neurons)
    if model["name"].startswith("residual_"):
        network.lds = start_of(block[0].numpy(), DIMS)
    block = block.to(device)
    network.to(device).start(block, "masked")
    training = stepper(network.train(), block, "masked", **model.get("training", {}))
    times = []
    for number in range(REPEATS):
        start = perf_counter()
        training.step(number)  # gives the loss, so that a GPU has finished
        times.append(perf_counter() - start)
    memory = torch.cuda.max_memory_allocated() / 1e9 if device == "cuda" else 0.0
    return median(times), memory


def main() -> None:
    """Time each model at each size on both, and report a row each."""
    if not torch.cuda.is_available():
        sys.exit("gpu: found no GPU, expected one that torch can use (CUDA).")
    torch.set_num_threads(1)
    card, rows = torch.cuda.get_device_name(), []
    for size, (neurons, bins) in SIZES.items():
        for model in MODELS:
            torch.cuda.reset_peak_memory_stats()
            ours, memory = step_seconds(model, neurons, bins, "cuda")
            reference, _ = step_seconds(model, neurons, bins, "cpu")
            row = {"name": f"seconds of a step, {model['name']}, {size}, {card}", "ours": ours}
            row |= {"reference": reference, "ratio": reference / ours, "memory_gb": memory}
            rows.append(row)
    report("gpu", rows)


if __name__ == "__main__":
    main()
