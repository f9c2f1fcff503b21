"""Processor seconds of the linear dynamical system: against dynamax, by part, and as sizes grow.

Usage: OMP_NUM_THREADS=1 python benchmarks/state_space.py

One thread. dynamax, which make bench installs, starts from the same parameters as NMA; its noise
covariance is full, where NMA's is diagonal. `compiled` leaves its compilation out. Sizes grow on
activity of random latents. The reference of growth is the time at the smallest size, multiplied
by the growth of the factor; a ratio below 1 means growth faster than linear.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import process_time

import numpy as np
from common import FOLDER, ROOT, layer, report
from threadpoolctl import threadpool_limits

from nma.latents.lds_choice import choose_lds, choose_transform
from nma.preprocessing.splits import in_split
from nma.state_space.em import fit, principal_start, start
from nma.state_space.transform import fit_transform

ROUNDS, DIMS, REPEATS = 20, {"demo": 34, "simulated": 75}, 5
NEURONS, BINS = 1000, 4000
SIZES = {"neurons": (250, 1000, 4000, 10_000), "bins": (1000, 4000, 16_000, 32_000)}
# Run alone: processor seconds and memory in MB of all of fit_lds, imports included.
FIT_LDS = r"""
import re, sys, time
from nma.latents.state_space import encode_lds
encode_lds(*sys.argv[1:])
print(time.process_time(), re.search(r"VmHWM:\s+(\d+) kB", open("/proc/self/status").read())[1])
"""


def seconds(run, *arguments):
    """Processor seconds of a call, and what it returns."""
    began = process_time()
    found = run(*arguments)
    return process_time() - began, found


def started(name):
    """Transformed activity of train and the start of EM on a layer."""
    data = layer(name)
    train = data.tensor.centred[in_split(data.tensor.split, "train")]
    y = fit_transform(train, "log", 0.1)(train)
    return y, start(y, *principal_start(y, DIMS[name]))


def dynamax_seconds(y, first):
    """Seconds of ROUNDS of dynamax's EM, of the same without compilation, and its likelihood."""
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    from dynamax.linear_gaussian_ssm import LinearGaussianSSM
    from jax import block_until_ready

    model = LinearGaussianSSM(
        first.dims, y.shape[1], has_dynamics_bias=False, has_emissions_bias=False
    )
    parameters, kinds = model.initialize(
        initial_mean=np.zeros(first.dims, "f4"),
        initial_covariance=np.eye(first.dims, dtype="f4"),
        dynamics_weights=first.transition.astype("f4"),
        dynamics_covariance=first.noise.astype("f4"),
        emission_weights=first.loadings.astype("f4"),
        emission_covariance=np.diag(first.variances).astype("f4"),
    )

    def em(rounds):
        _, curve = block_until_ready(
            model.fit_em(parameters, kinds, y, num_iters=rounds, verbose=False)
        )
        return curve

    of_one, _ = seconds(em, 1)
    whole, curve = seconds(em, ROUNDS)
    return whole, (whole - of_one) / (ROUNDS - 1) * ROUNDS, float(curve[0])


def em_rows():
    """Rows of ROUNDS of EM, on the demo also by dynamax."""
    rows = []
    for name, dims in DIMS.items():
        y, first = started(name)
        runs = [seconds(fit, y, first, ROUNDS) for _ in range(REPEATS)]
        row = {"name": f"{ROUNDS} rounds of EM, {name}, {y.shape[1]} x {len(y)}, {dims} dims"}
        row |= {"ours": median(run[0] for run in runs)}
        if name == "demo":
            try:
                whole, compiled, likelihood = dynamax_seconds(y, first)
            except ImportError as error:
                row["remark"] = f"no dynamax: {error}"
            else:
                row |= {"reference": whole, "ratio": whole / row["ours"], "compiled": compiled}
                row["compiled_ratio"] = compiled / row["ours"]
                row |= {"our_first_likelihood": float(runs[0][1][1][0]), "its_first": likelihood}
        rows.append(row)
        print(row, flush=True)
    return rows


def part_rows():
    """Rows of fit_lds and of its parts, on the simulated layer."""
    data = layer("simulated")
    of_transform, _ = seconds(choose_transform, data.tensor, data.masks)
    of_choice, _ = seconds(choose_lds, data.tensor, data.masks)
    files = [FOLDER / "simulated" / f"{name}.h5" for name in ("tensor", "hidden")]
    with tempfile.TemporaryDirectory() as folder:
        files += [Path(folder) / name for name in ("fits.h5", "latents.h5")]
        found = subprocess.run(
            [sys.executable, "-c", FIT_LDS, *map(str, files)],
            env=os.environ | {"PYTHONPATH": str(ROOT / "workflow/scripts")},
            check=True,
            capture_output=True,
            text=True,
        )
    whole, memory = map(float, found.stdout.split())
    parts = {"transforms": of_transform, "all dims": of_choice - of_transform}
    parts["scores, files, imports"] = whole - of_choice
    rows = [{"name": f"fit_lds, simulated: {part}", "ours": s} for part, s in parts.items()]
    return [*rows, {"name": "fit_lds, simulated", "ours": whole, "memory_mb": memory / 1024}]


def activity(neurons, bins, dims=75):
    """Activity (bins, neurons) of variance 1, half of it of latents that decay."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=(bins, dims)).astype("f4")
    for t in range(1, bins):
        z[t] = 0.8 * z[t - 1] + 0.6 * z[t]
    loadings = rng.normal(0, np.sqrt(0.5 / dims), (dims, neurons)).astype("f4")
    noise = rng.standard_normal((bins, neurons), "f4")
    return z @ loadings + np.float32(np.sqrt(0.5)) * noise


def growth_rows():
    """Rows of a round of EM at 75 dims, and the seconds of its start, at each size."""
    rows = []
    for factor, sizes in SIZES.items():
        smallest = None
        for size in sizes:
            y = activity(**({"neurons": NEURONS, "bins": BINS} | {factor: size}))
            of_start, first = seconds(lambda y=y: start(y, *principal_start(y, 75)))
            ours = median(seconds(fit, y, first, 1)[0] for _ in range(REPEATS))
            smallest = smallest or ours
            reference = smallest * size / sizes[0]
            row = {"name": f"a round of EM, 75 dims, {factor} = {size}", "ours": ours}
            row |= {"reference": reference, "ratio": reference / ours}
            rows.append(row | {"seconds_of_start": of_start})
            print(rows[-1], flush=True)
    return rows


def main():
    """Measure all and report a row each."""
    with threadpool_limits(1):
        report("state_space", [*em_rows(), *part_rows(), *growth_rows()])


if __name__ == "__main__":
    main()
