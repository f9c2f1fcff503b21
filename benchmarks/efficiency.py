"""Floating-point operations per second of training steps, as a share of a large matrix product.

Usage: python benchmarks/efficiency.py

One thread, one simulated layer of Stringer size, steps and products in turn in one process; the
operations are those of matrix products, as torch counts them. `products alone` is the share if a
step did nothing but its own matrix products. A masked residual network finds the latents of its LDS
in a pool: the products of its steps are those of its cell and of its decoder. A matrix product in
bfloat16 and the peak memory of a training job are measured too.
"""

import pickle
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

import torch
from common import FOLDER, TRAINING, layer, lds_start, report, stepper
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from nma.training.weights import build_model

DIMS, REPEATS, SIDE = 75, 40, 2048
START = FOLDER / "simulated/start.pickle"  # for processes that train


def seconds(run):
    start = perf_counter()
    run()
    return perf_counter() - start


class Products(TorchDispatchMode):
    """Records the matrix products that run under it, to run them again by themselves."""

    kinds = ("mm", "addmm", "bmm", "baddbmm", "baddbmm_")

    def __init__(self):
        super().__init__()
        self.calls = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        if function.overloadpacket.__name__ in self.kinds:
            self.calls.append((function, args, kwargs or {}))
        return function(*args, **(kwargs or {}))

    def again(self):
        """Run the recorded products."""
        for function, args, kwargs in self.calls:
            function(*args, **kwargs)


def efficiency(name, block, objective):
    """A row of a training step: its GFLOP/s, those of a large product, and their ratio."""
    torch.manual_seed(0)
    model = build_model(name, block.shape[2], DIMS, {})
    if objective == "masked":
        model.lds = lds_start("simulated", DIMS)
    model.start(block, objective)
    training = stepper(model.train(), block, objective)
    with FlopCounterMode(display=False) as counter:
        training.step(0)
    with Products() as own:
        training.step(0)
    left, right = torch.randn(2, SIDE, SIDE)
    steps, alone, products = [], [], []
    for number in range(REPEATS):
        steps.append(seconds(lambda n=number: training.step(n)))
        with torch.no_grad():
            alone.append(seconds(own.again))
        products.append(seconds(lambda: left @ right))
    step, rate = median(steps), 2 * SIDE**3 / median(products)
    return {
        "name": f"training step, {name}, {objective}",
        "ours": counter.get_total_flops() / step / 1e9,
        "reference": rate / 1e9,
        "ratio": counter.get_total_flops() / step / rate,
        "unit": "GFLOP/s",
        "milliseconds": 1000 * step,
        "products alone": counter.get_total_flops() / median(alone) / rate,
    }


def in_bfloat16(block):
    """A row of a matrix product in bfloat16, of an eighth of a step's bins: it can be very slow."""
    bins, neurons = TRAINING["window"] * TRAINING["batch_size"], block.shape[2]
    times = {}
    for dtype in (torch.float32, torch.bfloat16):
        left = torch.randn(bins // 8, neurons, dtype=dtype)
        right = torch.randn(neurons, DIMS, dtype=dtype)
        times[dtype] = median(seconds(lambda a=left, b=right: a @ b) for _ in range(5))
    ours, reference = (2e-9 * left.shape[0] * neurons * DIMS / t for t in reversed(times.values()))
    return {
        "name": "matrix product of a step in bfloat16, over float32",
        "ours": ours,
        "reference": reference,
        "ratio": ours / reference,
        "unit": "GFLOP/s",
    }


def peak_memory(name, objective):
    """Largest resident set in MB of a process that trains as a job does, a few steps of it."""
    code = (
        "import sys; sys.path.insert(0, 'benchmarks')\n"
        "from efficiency import memory_of_training\n"
        f"memory_of_training({name!r}, {objective!r})"
    )
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return {
        "name": f"peak memory of training, {name}, {objective}",
        "ours": float(out.stdout.split()[-1]),
        "reference": 1000.0,
        "ratio": 1000.0 / float(out.stdout.split()[-1]),
        "unit": "MB",
    }


def memory_of_training(name, objective):
    """Print the largest resident set of this process after a few steps and evaluations.

    A masked network's LDS is read from START, as a job reads it from files.

    Read from the kernel's VmHWM: that of getrusage starts at the parent process's value.
    """
    from nma.preprocessing.tensors import read_tensor
    from nma.training.loop import train
    from nma.training.recipes import recipe_of

    torch.set_num_threads(1)
    tensor = read_tensor(FOLDER / "simulated/tensor.h5")
    model = build_model(name, tensor.activity.shape[1], DIMS, {})
    if objective == "masked":
        model.lds = pickle.loads(START.read_bytes())
    recipe = recipe_of(TRAINING | {"steps": 10, "evaluate_every": 5, "objective": objective})
    train(model, torch.from_numpy(tensor.activity)[None], tensor.split, recipe, seed=0)
    (line,) = (x for x in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in x)
    print(int(line.split()[1]) / 1000)


def main():
    """Measure all cases on one thread and report them."""
    torch.set_num_threads(1)
    block = torch.from_numpy(layer("simulated").tensor.train)[None]
    cases = [(name, "reconstruct") for name in ("rnn", "gru", "lstm")]
    cases += [(f"residual_{name}", "masked") for name in ("rnn", "gru", "lstm")]
    cases += [("residual_gru", "reconstruct")]
    rows = [efficiency(name, block, objective) for name, objective in cases]
    rows.append(in_bfloat16(block))
    START.write_bytes(pickle.dumps(lds_start("simulated", DIMS)))
    rows += [peak_memory(*case) for case in (("residual_lstm", "masked"), ("lstm", "reconstruct"))]
    report("efficiency", rows)


if __name__ == "__main__":
    main()
