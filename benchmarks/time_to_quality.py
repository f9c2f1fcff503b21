"""Seconds until a network is as good as the study's recipe after ten minutes, by r2 of test.

Usage: python benchmarks/time_to_quality.py [--minutes 10]

All run on one simulated layer of Stringer size and on as many threads. The recipe is the LSTM with
all of train as one batch and SAM around Adam. It is compared with the study's networks trained by
windows, with the same from a PCA start, and with the residual networks. A start is fitted rather
than trained; its seconds count. Clocks stop while r2 is measured.
"""

import argparse
from time import perf_counter

import torch
from common import CONFIG, layer, report, stepper

from nma.latents.networks import encode
from nma.preprocessing.splits import in_split
from nma.statistics.r2 import r2
from nma.training.recipes import recipe_of
from nma.training.steppers import new_stepper
from nma.training.weights import build_model

DIMS = 75
EVERY = 5  # steps between measurements
BUDGET = {"steps": 400}
# The study's gated networks learn slowly and overfit: they get more and smaller steps, and weight
# decay.
SLOW = {"steps": 1800, "batch_size": 8, "learning_rate": 3e-3, "weight_decay": 0.3}
CHANGES = {"gru": SLOW, "lstm": SLOW}
# From PCA each unit stands for one component, which dropout and large steps would undo.
STARTED = {"dropout": 0.0, "start": "pca"}
CAREFUL = {"learning_rate": 1e-4}


def test_r2(model, data):
    """r2 of a model on test, against the train mean."""
    test = in_split(data.tensor.split, "test")
    activity, mean = data.tensor.activity[test], data.tensor.train_mean
    _, estimate = encode(model.eval(), activity, data.tensor.split[test])
    return float(r2(((activity - estimate) ** 2).sum(), ((activity - mean) ** 2).sum()))


def recipe_r2(data, block, minutes):
    """r2 of the study's LSTM after so many minutes of its recipe; its iterations and seconds."""
    recipe = recipe_of({"recipe": "sequence"} | CONFIG["training"]["sequence"])
    torch.manual_seed(0)
    model = build_model("lstm", block.shape[2], DIMS, {}).train()
    training = new_stepper(recipe, model, block, seed=0)
    start, steps = perf_counter(), 0
    while perf_counter() - start < 60 * minutes:
        training.step(steps)
        steps += 1
    return test_r2(model, data), steps, perf_counter() - start


def ours(name, options, changes, data, block, goal):
    """Seconds until the goal, r2 at the end of the budget, and seconds of all of it."""
    changes = BUDGET | changes
    torch.manual_seed(0)
    model = build_model(name, block.shape[2], DIMS, options)
    start = perf_counter()
    model.start(block, "reconstruct")
    training = stepper(model, block, "reconstruct", **changes)
    seconds, reached = perf_counter() - start, None
    for step in range(changes["steps"] + 1):
        if reached is None and step % EVERY == 0 and test_r2(model, data) >= goal:
            reached = seconds
        if step < changes["steps"]:
            start = perf_counter()
            model.train()
            training.step(step)
            seconds += perf_counter() - start
    return reached, test_r2(model, data), seconds


def main(minutes):
    """Run the recipe for so many minutes, then time every network to its r2."""
    torch.set_num_threads(2)
    data = layer("simulated")
    block = torch.from_numpy(data.tensor.train)[None]
    goal, steps, reference = recipe_r2(data, block, minutes)
    print(f"the study's recipe: test r2 {goal:.4f} after {steps} iterations, {reference:.0f} s")
    rows = []
    cells = ("rnn", "gru", "lstm")
    cases = [(f"residual_{name}", {}, {}) for name in cells]
    cases += [(name, STARTED, CAREFUL) for name in cells]
    cases += [(name, {}, CHANGES.get(name, {})) for name in cells]
    for name, options, changes in cases:
        reached, final, seconds = ours(name, options, changes, data, block, goal)
        start = f", start: {options['start']}" if options else ""
        rows.append(
            {
                "name": f"seconds to r2 {goal:.3f}, {name}{start}",
                "ours": reached,
                "reference": reference,
                "ratio": reference / reached if reached else None,
                "final_r2": final,
                "seconds_of_all_steps": seconds,
                "reference_r2": goal,
                "reference_iterations": steps,
            }
        )
    report("time_to_quality", rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10)
    main(parser.parse_args().minutes)
