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

from nma.baselines.fitting import FittedTo  # noqa: E402
from nma.baselines.pca import read_pca, read_variances, write_pca  # noqa: E402
from nma.blocks.lds_start import LDSStart  # noqa: E402
from nma.blocks.residual_autoencoder import ResidualAutoencoder  # noqa: E402
from nma.latents.corrections import corrected_lds  # noqa: E402
from nma.latents.cosmoothing import cosmooth_errors, fold_estimates, masked_errors  # noqa: E402
from nma.latents.lds_choice import choose_lds  # noqa: E402
from nma.latents.networks import predictor  # noqa: E402
from nma.preprocessing.grouping import Grouping  # noqa: E402
from nma.preprocessing.layer_files import slice_layers  # noqa: E402
from nma.preprocessing.make_tensor import make_tensor  # noqa: E402
from nma.preprocessing.masks import Masks, neuron_folds, read_masks, write_masks  # noqa: E402
from nma.preprocessing.splits import in_split  # noqa: E402
from nma.preprocessing.tensors import Tensor, read_tensor  # noqa: E402
from nma.recordings.import_recording import import_recording  # noqa: E402
from nma.recordings.simulation import simulate  # noqa: E402
from nma.recordings.simulation_settings import Simulation  # noqa: E402
from nma.state_space.at_dims import fit_lds  # noqa: E402
from nma.statistics.r2 import r2  # noqa: E402
from nma.training.loop import train  # noqa: E402
from nma.training.recipes import recipe_of  # noqa: E402
from nma.training.steppers import new_stepper  # noqa: E402
from nma.training.weights import build_model  # noqa: E402

FOLDER = ROOT / "results/benchmarks"
TABLE = ROOT / "results/benchmarks.json"
RECORDINGS = Path(os.environ.get("NMA_RECORDINGS", ROOT.parent / "shared/recordings"))
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
STRINGER = yaml.safe_load((ROOT / "presets/stringer.yaml").read_text())
SIMULATED = {"simulated": STRINGER["recordings"][0], "demo": CONFIG["recordings"][0]}
TRAINING = {"recipe": "windows"} | CONFIG["training"]["windows"]
SPLIT = CONFIG["tensors"]["split"]


@dataclass
class Layer:
    """One layer of a recording; components (n, neurons), variances (n,): all of PCA of train."""

    name: str
    tensor: Tensor
    masks: Masks
    components: np.ndarray
    variances: np.ndarray

    def scores(self, predict, split="test", kinds=("r2", "cosmooth", "masked")):
        """r2, cosmooth_r2 and masked_r2 of a predictor, or some of them.

        predict: a function as latents.cosmoothing.predict_folds takes it.
        """
        part = in_split(self.tensor.split, split)
        activity, codes = self.tensor.centred[part], self.tensor.split[part]
        found, sums = {}, {}
        if "r2" in kinds:
            everything = np.broadcast_to(np.True_, activity.shape)
            error = np.square(activity - predict(activity, everything)).sum()
            found["r2"] = float(r2(error, np.square(activity).sum()))
        if "cosmooth" in kinds:
            estimate = fold_estimates(predict, activity, codes, self.masks.folds)
            sums |= cosmooth_errors(estimate, activity, codes)
        if "masked" in kinds:
            sums |= masked_errors(predict, activity, codes, self.masks.entries[part])
        for kind in sorted({"cosmooth", "masked"} & set(kinds)):
            error, deviation = (sums[f"{kind}_{x}"].sum() for x in ("error", "deviation"))
            found[f"{kind}_r2"] = float(r2(error, deviation))
        return found


def recordings():
    """Names of the recordings: `simulated`, and those in the folder of real ones."""
    return ["simulated", *sorted(path.stem for path in RECORDINGS.glob("*.npy"))]


@cache
def layer(name):
    """The first layer of a simulated recording, or all of a real one.

    name: `simulated`, of Stringer size; `demo`, of the default config; or that of a real recording.

    The files are made once, with the default config, under results/benchmarks/.
    """
    folder, simulated = FOLDER / name, SIMULATED.get(name)
    paths = {n: folder / f"{n}.h5" for n in ("recording", "layer", "tensor", "pca", "hidden")}
    if not paths["hidden"].exists():
        folder.mkdir(parents=True, exist_ok=True)
        source, seconds = RECORDINGS / f"{name}.npy", None
        if simulated:
            source, seconds = folder / "simulated.npy", simulated["bin_seconds"]
            settings = simulated["simulate"] | {"bin_seconds": seconds}
            simulate(source, folder / "truth.h5", Simulation(**settings))
        import_recording(source, paths["recording"], name=name, bin_seconds=seconds)
        by, layers = "whole", [paths["layer"]]
        if simulated:
            by, layers = "depth", [*layers, *(folder / f"unused{n}.h5" for n in range(8))]
        grouping = Grouping(by, len(layers))
        slice_layers(
            paths["recording"],
            layers,
            folder / "layers.json",
            grouping=grouping,
            neurons="smallest",
        )
        for path in layers[1:]:
            path.unlink()
        width = CONFIG["tensors"]["bin_width"] if simulated else 1
        make_tensor(
            paths["layer"], paths["tensor"], normalise="zscore", bin_width=width, split=SPLIT
        )
        write_pca(paths["tensor"], paths["pca"])
        write_masks(paths["tensor"], paths["hidden"], seed=CONFIG["scores"]["seed"])
    tensor, masks = read_tensor(paths["tensor"]), read_masks(paths["hidden"])
    _, components = read_pca(paths["pca"])
    return Layer(name, tensor, masks, components, read_variances(paths["pca"]))


def fitted(data):
    """A layer as baselines are fitted to it."""
    train, validation = (
        data.tensor.centred[in_split(data.tensor.split, part)] for part in ("train", "validation")
    )
    of_pca = {"components": data.components, "variances": data.variances}
    return FittedTo(train, validation, CONFIG["scores"]["seed"], **of_pca)


@cache
def corrected(name):
    """The LDSs of the layer of that name as `fit_lds` chooses them, and the weighted one with its
    corrections; fitted once."""
    data = layer(name)
    found = choose_lds(data.tensor, data.masks)
    of_lds = found.fits, found.weighted("masked"), found.judged
    return found, corrected_lds(data.tensor, data.masks, *of_lds)


@cache
def lds_start(name, dims=None):
    """What a residual network of the layer of that name starts from; by default with the dims that
    validation chose for the LDS."""
    data, (found, with_corrections) = layer(name), corrected(name)
    dims = dims or found.dims
    if dims not in found.fits:
        train = data.tensor.centred[in_split(data.tensor.split, "train")]
        transform = found.fits[found.dims].transform
        found.fits[dims] = fit_lds(train, neuron_folds(train.shape[1], 0), transform, dims)
    return LDSStart(found.fits[dims], with_corrections, data.tensor.train_mean)


def stepper(model, block, objective, **changes):
    """The stepper of the default training, for a model whose `start` has run."""
    recipe = recipe_of(TRAINING | {"objective": objective} | changes)
    return new_stepper(recipe, model, block, seed=0)


def trained(data, name, dims, *, seed=0, **changes):
    """Train a network with the default settings; return its predictor, history and seconds.

    Seconds are of the training, without the fit of the LDS that a residual network starts from.
    """
    torch.manual_seed(seed)
    model = build_model(name, data.tensor.activity.shape[1], dims, {})
    activity, recipe = torch.from_numpy(data.tensor.activity)[None], recipe_of(TRAINING | changes)
    if isinstance(model, ResidualAutoencoder) and recipe.objective != "reconstruct":
        model.lds = lds_start(data.name, dims)
    start = perf_counter()
    history, _ = train(model, activity, data.tensor.split, recipe, seed=seed)
    seconds = perf_counter() - start
    return predictor(model.eval(), data.tensor.train_mean), history, seconds


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
