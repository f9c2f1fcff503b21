"""What a rule's jobs take of memory and time, from the measured costs of two sizes of recordings.

workflow/rule_costs.tsv has what each rule took at both sizes (benchmarks/rule_costs.py writes it):
its costliest job's seconds and MB, and the size of what that job read. Between and beyond them a
job's memory grows with its neurons x bins, and its time with that times its dims.
"""

import csv
import math
from functools import cache
from pathlib import Path

from nma.dims import latent_dims
from nma.io.errors import InputError
from nma.recordings.formats.npy import read_header

TABLE = Path(__file__).resolve().parents[3] / "rule_costs.tsv"
# That of the Stringer recording, for files that are not there yet.
UNKNOWN = (11983, 7018)
# Time grows with dims as slowly as with dims + 100 (docs/performance.md, growth).
FIXED_DIMS = 100
# Rules that were not measured themselves, and the one whose jobs do the same.
SAME_AS = {"tune_worker": "train_model", "confirm_tuning": "train_model"}
SAME_AS |= {"download_recording": "import_recording"}
MARGIN_MB, MEMORY_FACTOR = 250, 1.5  # 140 MB of it are Snakemake's own process on a node
MARGIN_MINUTES, TIME_FACTOR = 10, 4  # slower processors and file systems


def memory_mb(rule, neurons, bins, attempt=1):
    """MB to ask for: what was measured for as many entries, with a margin, more at each attempt."""
    small, big = measured()[SAME_AS.get(rule, rule)]
    sizes = [row["neurons"] * row["bins"] for row in (small, big)]
    found = _on_line(neurons * bins, sizes, [small["memory"], big["memory"]])
    return attempt * math.ceil(MARGIN_MB + MEMORY_FACTOR * found)


def minutes(rule, neurons, bins, dims, attempt=1):
    """Minutes to ask for; bins: of the recording, or for training those of all its steps."""
    small, big = measured()[SAME_AS.get(rule, rule)]
    works = [_work(row["neurons"], row["trained_bins"], row["dims"]) for row in (small, big)]
    found = _on_line(_work(neurons, bins, dims), works, [small["seconds"], big["seconds"]])
    return attempt * math.ceil(MARGIN_MINUTES + TIME_FACTOR * found / 60)


@cache
def measured():
    """{rule: (row of the smaller size, row of the larger)}, rows as {column: number}."""
    with open(TABLE, newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    found = {}
    for row in rows:
        numbers = {key: float(value) for key, value in row.items() if key != "rule"}
        found.setdefault(row["rule"], []).append(numbers)
    return found


def steps_bins(training, bins):
    """Bins that all steps of a training see together; bins: of the recording in its tensor."""
    if training["recipe"] == "sequence":
        return 2 * training["steps"] * bins  # SAM takes two gradients a step
    return training["steps"] * training["batch_size"] * training["window"]


def network_dims(dims, neurons):
    """Latent dims for a guess of the neurons, which may be too low for the dims that are asked."""
    return latent_dims(dims, neurons) if dims == "auto" else dims


def recording_size(simulated, path):
    """Neurons and bins of a recording: settings of its simulation, or its file (None: not there).

    Of a plain array its shape; of another file as many entries as float32 would fill it, in the
    proportions of the Stringer recording.
    """
    if simulated:
        return simulated["neurons"], simulated["bins"]
    try:
        with open(path, "rb") as file:
            shape, _ = read_header(path, file)
    except (TypeError, OSError, InputError):
        return UNKNOWN
    entries = Path(path).stat().st_size / 4
    if len(shape) == 2:
        return shape
    scale = math.sqrt(entries / math.prod(UNKNOWN))
    return tuple(max(1, round(scale * n)) for n in UNKNOWN)


def _work(neurons, bins, dims):
    return neurons * bins * (FIXED_DIMS + dims)


def _on_line(x, xs, ys):
    """y at x on the line through two points, where it climbs; nowhere below the first of them."""
    slope = max(0, (ys[1] - ys[0]) / (xs[1] - xs[0]))
    return ys[0] + slope * max(0, x - xs[0])
