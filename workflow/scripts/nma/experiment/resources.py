"""Memory and time that a rule's jobs ask for, from the measured costs of two sizes of recordings.

workflow/rule_costs.tsv has what each rule took at both sizes (benchmarks/rule_costs.py writes it):
its costliest job's seconds and MB, and the size of what that job read: a layer, the sampled
neurons of all layers, or all neurons of the recording. Between and beyond them a job's memory grows
with its neurons x bins, and its time with that times its dims.
"""

import csv
import math
from functools import cache
from pathlib import Path
from typing import Any

from nma.dims import latent_dims
from nma.experiment.paths import options_of
from nma.experiment.plan import Plan, base
from nma.recordings.raw import format_of

TABLE = Path(__file__).resolve().parents[3] / "rule_costs.tsv"
# That of the Stringer recording, for files that are not there yet.
UNKNOWN = (11983, 7018)
# Time grows with dims as slowly as with dims + 100 (docs/performance.md, growth).
FIXED_DIMS = 100
# Rules that were not measured themselves, and the one whose jobs do the same.
SAME_AS = {"tune_worker": "train_model", "confirm_tuning": "train_model"}
SAME_AS |= {"download_recording": "import_recording", "fit_lds_at_dims": "fit_lds"}
SAME_AS |= {"write_nwb": "collect_metrics", "forecast_networks": "encode_latents"}
SAME_AS |= {"import_trials": "import_recording", "make_trial_tensor": "make_tensor"}
SAME_AS |= {"simulate_trials": "simulate_recording"}
# Rules whose jobs of no layer read all neurons; those of others read the sampled ones.
OF_ALL_NEURONS = {"import_recording", "import_trials", "download_recording", "slice_layers"}
OF_ALL_NEURONS |= {"simulate_recording", "simulate_trials", "score_svca"}
# Rules that hold products of bins, so that neurons beyond so many times the bins take no memory.
BY_BINS = {"score_svca": 2}
MARGIN_MB, MEMORY_FACTOR = 250, 1.5  # 140 MB of it are Snakemake's own process on a node
MARGIN_MINUTES, TIME_FACTOR = 10, 4  # slower processors and file systems


def memory_mb(rule: str, neurons: int, bins: int, attempt: int = 1) -> int:
    """MB to ask for: measured for as many entries, with a margin, more at each attempt."""
    small, large = costs_of(rule)
    sizes = [_held(rule, row["neurons"], row["bins"]) for row in (small, large)]
    found = _on_line(_held(rule, neurons, bins), sizes, [small["memory"], large["memory"]])
    return attempt * math.ceil(MARGIN_MB + MEMORY_FACTOR * found)


def minutes(rule: str, neurons: int, bins: int, dims: int, attempt: int = 1) -> int:
    """Minutes to ask for; bins: of the recording, or for training those of all its steps."""
    small, large = costs_of(rule)
    works = [_work(row["neurons"], row["trained_bins"], row["dims"]) for row in (small, large)]
    found = _on_line(_work(neurons, bins, dims), works, [small["seconds"], large["seconds"]])
    return attempt * math.ceil(MARGIN_MINUTES + TIME_FACTOR * found / 60)


def costs_of(rule: str) -> tuple[dict[str, float], dict[str, float]]:
    """The rows of a rule at both sizes.

    Of a rule that was not measured, those of the rule that needs most memory among those that begin
    with the same verb, as in plot_raster, or among all.
    """
    rows = measured()
    rule = SAME_AS.get(rule, rule)
    if rule not in rows:
        verb = rule.split("_")[0]
        kin = [name for name in rows if name.split("_")[0] == verb] or rows
        rule = max(kin, key=lambda name: rows[name][1]["memory"])
    return rows[rule]


@cache
def measured() -> dict[str, tuple[dict[str, float], ...]]:
    """{rule: (row of the smaller size, row of the larger)}, rows as {column: number}."""
    found = {}
    with open(TABLE, newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            numbers = {key: float(value) for key, value in row.items() if key != "rule"}
            found.setdefault(row["rule"], []).append(numbers)
    return {rule: tuple(rows) for rule, rows in found.items()}


def steps_bins(training: dict[str, Any], bins: int) -> int:
    """Bins that all steps of a training see together; bins: of the recording in its tensor."""
    if training["recipe"] == "sequence":
        return 2 * training["steps"] * bins  # SAM takes two gradients a step
    return training["steps"] * training["batch_size"] * training["window"]


def job_size(plan: Plan, rule: str, recording: str, layer: str = "all") -> tuple[int, int]:
    """Neurons and bins that a job reads: of a layer, or of `all`, which are those of the recording
    or, for most rules, the sampled ones of all layers."""
    neurons, bins = recording_size(plan, base(recording))
    if layer == "all" and rule in OF_ALL_NEURONS:
        return neurons, bins
    sampled, layers = plan.config_of(recording)["layers"]["neurons"], len(plan.layers_of(recording))
    of_layer = -(-neurons // layers) if sampled == "smallest" else sampled
    return of_layer * (layers if layer == "all" else 1), bins


def dims_asked(plan: Plan, neurons: int, model: str | None = None) -> int:
    """Latent dims of a model, or those of the config.

    neurons: a guess of theirs, which may be too low for the dims that are asked for.
    """
    dims = (plan.models[model] if model else plan.config)["dims"]
    return latent_dims(dims, neurons) if dims == "auto" else dims


@cache
def recording_size(plan: Plan, name: str) -> tuple[int, int]:
    """Neurons and bins of a recording, as far as they are known before it is imported."""
    recording = plan.recordings[name]
    if "simulate" in recording:
        settings = recording["simulate"]
        return settings["neurons"], settings.get("trials", settings.get("bins"))
    path = recording.get("path")
    if not path or not Path(path).exists():
        return UNKNOWN
    return format_of(path).size(path, **options_of(plan, name)) or UNKNOWN


def _held(rule: str, neurons: int, bins: int) -> float:
    """Entries in proportion to which a rule needs memory."""
    return min(neurons, BY_BINS.get(rule, math.inf) * bins) * bins


def _work(neurons: int, bins: int, dims: int) -> float:
    return neurons * bins * (FIXED_DIMS + dims)


def _on_line(x: float, xs: list[float], ys: list[float]) -> float:
    """y at x on the line through two points, where it climbs; nowhere below the first of them."""
    slope = max(0, (ys[1] - ys[0]) / (xs[1] - xs[0]))
    return ys[0] + slope * max(0, x - xs[0])
