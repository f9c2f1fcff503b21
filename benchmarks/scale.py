"""Seconds and memory of the rules that read all neurons, against neurons and bins.

Usage: python benchmarks/scale.py [NEURONSxBINS ...]

The raw file of each size is a .npy of float32, non-negative activity of 60 slow latents in nine
planes, made a few neurons at a time. Each step runs in a process of its own, on one thread; seconds
are those of the processor, and memory is the largest resident set, libraries and imports included.
The other rules read nine layers of at most 1000 neurons, or their summaries, at any size.
"""

import os
import re
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from time import process_time

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = ROOT / "workflow/scripts"
sys.path.insert(0, str(SCRIPTS))
SIZES = ((1000, 3000), (10_000, 3000), (30_000, 3000), (100_000, 3000), (200_000, 3000))
SIZES += ((10_000, 1500), (10_000, 6000), (10_000, 12_000))
LATENTS, PLANES, SAMPLED, AT_ONCE = 60, 9, 1000, 1000
SECONDS = 1.2


def write_raw(folder, neurons, bins):
    """Write activity.npy (neurons, bins) and positions.npy (3, neurons)."""
    rng = np.random.default_rng(0)
    decay = np.exp(-1 / np.geomspace(1, 40, LATENTS))
    latents, state = np.empty((LATENTS, bins), np.float32), rng.standard_normal(LATENTS)
    for bin_ in range(bins):
        state = decay * state + np.sqrt(1 - decay**2) * rng.standard_normal(LATENTS)
        latents[:, bin_] = state
    latents *= np.arange(1, LATENTS + 1)[:, None] ** -0.6
    plane = rng.permutation(neurons) % PLANES
    xy = rng.uniform(0, 1000, (2, neurons))
    np.save(folder / "positions.npy", np.vstack([xy, 30.0 * plane]).astype(np.float32))
    of_plane = 0.5 * rng.standard_normal((PLANES, LATENTS))
    with open(folder / "activity.npy", "wb") as file:
        header = {"descr": "<f4", "fortran_order": False, "shape": (neurons, bins)}
        np.lib.format.write_array_header_1_0(file, header)
        for start in range(0, neurons, AT_ONCE):
            here = plane[start : start + AT_ONCE]
            loadings = of_plane[here] + rng.standard_normal((len(here), LATENTS))
            activity = np.exp(0.5 * loadings.astype(np.float32) @ latents - 0.5)
            activity *= rng.standard_exponential(activity.shape, np.float32)
            activity *= rng.lognormal(0, 0.8, (len(here), 1)).astype(np.float32)
            activity[activity < np.quantile(activity[:, ::50], 0.3, axis=1, keepdims=True)] = 0
            file.write(activity.astype("<f4").tobytes())


def import_recording(folder, neurons):
    """The rule import_recording, with the settings of the config."""
    import yaml

    from nma.preprocessing.splits import split_parts
    from nma.recordings.import_recording import import_recording
    from nma.recordings.outliers import OutlierRule

    found = yaml.safe_load((ROOT / "config.yaml").read_text())["tensors"]
    split = {name: found["split"][name] for name in ("train", "validation", "test")}
    names = {"policy": "outliers"}
    names |= {name: f"outlier_{name}" for name in ("share", "reach", "deviations")}
    rule = {name: found[key] for name, key in names.items()}
    import_recording(
        folder / "activity.npy",
        folder / "recording.h5",
        name="scale",
        bin_seconds=SECONDS,
        positions=folder / "positions.npy",
        outliers=OutlierRule(**rule, parts=partial(split_parts, **split)),
    )


def slice_layers(folder, neurons):
    """The rule slice_layers, nine layers by depth."""
    from nma.preprocessing.grouping import Grouping
    from nma.preprocessing.layer_files import slice_layers

    layers = [folder / f"L{n + 1}.h5" for n in range(PLANES)]
    sampled = SAMPLED if neurons > SAMPLED * PLANES else "smallest"
    grouping = Grouping("depth", PLANES)
    slice_layers(
        folder / "recording.h5",
        layers,
        folder / "layers.json",
        grouping=grouping,
        neurons=sampled,
    )


def score_svca(folder, neurons):
    """The rule score_svca of all neurons."""
    from nma.scores.svca import write_svca

    write_svca(folder / "recording.h5", folder / "svca.h5", seed=1)


def plot_neurons(folder, neurons):
    """The rule plot_neurons, as an example of the figures: it reads the sampled neurons."""
    from nma.figures.neurons import draw

    layers = {f"L{n + 1}": f"L{n + 1}" for n in range(PLANES)}
    draw(
        layer_files=[folder / f"{layer}.h5" for layer in layers],
        svg=folder / "neurons.svg",
        png=folder / "neurons.png",
        layers=layers,
        layer_colours=["#332288"],
        dpi=200,
    )


def open_recording(folder, neurons):
    """What every other job does that reads recording.h5: check its digest."""
    from nma.io.hdf5 import open_h5

    with open_h5(folder / "recording.h5"):
        pass


STEPS = (import_recording, slice_layers, score_svca, plot_neurons, open_recording)


def peak_mb():
    """The largest resident set of this process so far, in MB, without that of who started it."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) * 1024 / 1e6


def measured(step, folder, neurons):
    """Seconds of the processor and MB of a step in a process of its own."""
    env = os.environ | dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
    command = [sys.executable, __file__, "--step", step.__name__, folder, str(neurons)]
    ran = subprocess.run(command, env=env, check=True, capture_output=True, text=True)
    return tuple(map(float, ran.stdout.splitlines()[-1].split()))


def main(sizes):
    """Print a Markdown table, a row a size."""
    print("| neurons | bins | " + " | ".join(step.__name__ for step in STEPS) + " |")
    print("|---|---|" + "---|" * len(STEPS))
    for neurons, bins in sizes:
        with tempfile.TemporaryDirectory(prefix="nma-scale-") as folder:
            write_raw(Path(folder), neurons, bins)
            found = (measured(step, folder, neurons) for step in STEPS)
            cells = [f"{seconds:.1f} s, {memory:.0f} MB" for seconds, memory in found]
        print(f"| {neurons} | {bins} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--step"]:
        name, folder, neurons = sys.argv[2:]
        {step.__name__: step for step in STEPS}[name](Path(folder), int(neurons))
        print(process_time(), peak_mb())
    else:
        given = [tuple(map(int, size.split("x"))) for size in sys.argv[1:]]
        main(given or SIZES)
