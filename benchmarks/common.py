"""Shared parts of the benchmarks: layers to measure on, their scores, and the table of results."""

import json
import os
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from nma.preprocessing.slicing import slice_layers  # noqa: E402

from nma.baselines.pca import read_pca, write_pca  # noqa: E402
from nma.latents.cosmoothing import cosmooth_errors, fold_estimates, masked_errors  # noqa: E402
from nma.latents.networks import predictor  # noqa: E402
from nma.preprocessing.make_tensor import make_tensor  # noqa: E402
from nma.preprocessing.masks import read_hidden, write_hidden  # noqa: E402
from nma.preprocessing.splits import SPLITS  # noqa: E402
from nma.preprocessing.tensors import read_tensor  # noqa: E402
from nma.recordings.import_recording import import_recording  # noqa: E402
from nma.recordings.simulation import simulate  # noqa: E402
from nma.statistics.r2 import r2  # noqa: E402
from nma.training.loop import train  # noqa: E402
from nma.training.recipes import RECIPES  # noqa: E402
from nma.training.weights import build_model  # noqa: E402

FOLDER = ROOT / "results/benchmarks"
TABLE = ROOT / "results/benchmarks.json"
RECORDINGS = Path(os.environ.get("NMA_RECORDINGS", ROOT.parent / "shared/recordings"))
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
STRINGER = yaml.safe_load((ROOT / "presets/stringer.yaml").read_text())
TRAINING = CONFIG["training"]["windows"] | STRINGER["training"]["windows"]
SPLIT = CONFIG["tensors"]["split"]


@dataclass
class Layer:
    """One layer: activity (bins, neurons), splits, PCA of train, hidden folds and entries."""

    name: str
    activity: np.ndarray
    split: np.ndarray
    mean: np.ndarray
    components: np.ndarray
    variances: np.ndarray
    folds: np.ndarray
    entries: np.ndarray

    @property
    def train(self):
        """Activity of train (bins, neurons)."""
        return self.activity[self.split == SPLITS.index("train")]

    def scores(self, predict, split="test"):
        """r2, cosmooth_r2 and masked_r2 of a predictor.

        predict: a function as latents.cosmoothing.predict_folds takes it.
        """
        part = self.split == SPLITS.index(split)
        activity = self.activity[part] - self.mean
        everything = np.broadcast_to(np.True_, activity.shape)
        error = np.square(activity - predict(activity, everything)).sum()
        found = {"r2": float(r2(error, np.square(activity).sum()))}
        known = self.activity[part], self.mean, self.split[part]
        estimate = fold_estimates(predict, *known, self.folds)
        sums = cosmooth_errors(estimate, *known)
        sums |= masked_errors(predict, *known, self.entries[part])
        for kind in ("cosmooth", "masked"):
            error, deviation = (sums[f"{kind}_{x}"].sum() for x in ("error", "deviation"))
            found[f"{kind}_r2"] = float(r2(error, deviation))
        return found


def recordings():
    """Names of the recordings: `simulated`, and those in the folder of real ones."""
    return ["simulated", *sorted(path.stem for path in RECORDINGS.glob("*.npy"))]


@cache
def layer(name):
    """The first layer of the simulated recording of Stringer size, or all of a real recording.

    The files are made once, with the default config, under results/benchmarks/.
    """
    folder, simulated = FOLDER / name, name == "simulated"
    paths = {n: folder / f"{n}.h5" for n in ("recording", "layer", "tensor", "pca", "hidden")}
    if not paths["hidden"].exists():
        folder.mkdir(parents=True, exist_ok=True)
        source, seconds = RECORDINGS / f"{name}.npy", None
        if simulated:
            source, seconds = folder / "simulated.npy", STRINGER["recordings"][0]["bin_seconds"]
            settings = STRINGER["recordings"][0]["simulate"] | {"bin_seconds": seconds}
            simulate(source, folder / "truth.h5", **settings)
        import_recording(
            source,
            paths["recording"],
            positions=None,
            labels=None,
            name=name,
            bin_seconds=seconds,
            nan="error",
        )
        layers = [paths["layer"], *(folder / f"unused{n}.h5" for n in range(8))]
        if simulated:
            by = {"by": "depth", "count": 9}
        else:
            by, layers = {"by": "whole", "count": 1}, layers[:1]
        slice_layers(paths["recording"], layers, **by, neurons="smallest", seed=1)
        for path in layers[1:]:
            path.unlink()
        width = CONFIG["tensors"]["bin_width"] if simulated else 1
        make_tensor(
            paths["layer"], paths["tensor"], normalise="zscore", bin_width=width, split=SPLIT
        )
        write_pca(paths["tensor"], paths["pca"])
        write_hidden(paths["tensor"], paths["hidden"], seed=CONFIG["scores"]["seed"])
    activity, split = read_tensor(paths["tensor"])
    mean, components = read_pca(paths["pca"])
    centred = activity[split == 0] - mean
    variances = np.square(centred @ components.T, dtype=np.float64).sum(0) / (len(centred) - 1)
    return Layer(name, activity, split, mean, components, variances, *read_hidden(paths["hidden"]))


def stepper(model, block, objective, **changes):
    """The recipe of the default training steps, for a model whose `start`, if any, has run."""
    settings = {k: v for k, v in TRAINING.items() if k not in ("evaluate_every", "patience")}
    return RECIPES["windows"](model, block, seed=0, **settings | {"objective": objective} | changes)


def trained(data, name, dims, *, seed=0, **changes):
    """Train a network with the default settings; return its predictor, history and seconds."""
    torch.manual_seed(seed)
    model = build_model(name, data.activity.shape[1], dims, {})
    activity = torch.from_numpy(data.activity)[None]
    settings = {"recipe": "windows"} | TRAINING | changes
    start = perf_counter()
    history, _ = train(model, activity, data.split, seed=seed, **settings)
    seconds = perf_counter() - start
    return predictor(model.eval(), data.mean), history, seconds


def report(benchmark, rows):
    """Print rows (dicts with name, ours, reference, ratio and more) and write them to the table."""
    table = json.loads(TABLE.read_text()) if TABLE.exists() else {}
    table[benchmark] = rows
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(json.dumps(table, indent=1) + "\n")
    columns = list(dict.fromkeys(key for row in rows for key in row))
    print(f"\n{benchmark}\n| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    for row in rows:
        print(f"| {' | '.join(_shown(row.get(column)) for column in columns)} |", flush=True)


def _shown(value):
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
