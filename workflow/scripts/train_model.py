"""tensors/*.h5 to models/{model}/{layer}/{seed}.*: train one network on one layer, or on all."""

import csv
import hashlib
import json
import platform
import shutil
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

from nma.device import prepare_device
from nma.dims import latent_dims
from nma.errors import InputError
from nma.files import atomic_path
from nma.job import job
from nma.model_files import build_model, save_model
from nma.observation import observed
from nma.tensors import read_tensor
from nma.training import job_seed, train


def main(
    tensors,
    weights,
    history,
    report,
    states,
    *,
    code,
    model_name,
    layer,
    seed,
    name,
    dims,
    options,
    training,
):
    """Train, then write the weights, the history and a description of the run.

    tensors: one path, or all of a recording for a shared network. training: settings of
    nma.training.train, with `device` and `threads` beside them. states: a folder of this job alone
    for what it goes on from once killed, in a file whose name is a digest of all that defines the
    job (code: that of its code).
    """
    start = time.perf_counter()
    settings = dict(training)
    threads = settings.pop("threads")
    device = prepare_device(settings.pop("device"), threads)
    activity, splits = zip(*map(read_tensor, tensors), strict=True)
    activity = torch.from_numpy(np.stack(activity)).to(device)
    dims = latent_dims(dims, activity.shape[2])
    torch.manual_seed(job_seed(seed, layer))
    model = build_model(name, activity.shape[2], dims, options).to(device)
    job_is = [code, name, dims, options, training, seed, layer, str(device), version("torch")]
    digest = hashlib.sha256(json.dumps(job_is).encode())
    digest.update(np.ascontiguousarray(activity.cpu().numpy()))
    digest.update(splits[0])
    if settings.get("observation", "squared") != "squared":
        settings["units"] = units_of(tensors, settings["observation"])
        digest.update(np.ascontiguousarray(settings["units"]))
    state = Path(states, f"{digest.hexdigest()[:16]}.pt")
    rows, scores = train(
        model, activity, splits[0], seed=job_seed(seed, layer), state_path=state, **settings
    )

    save_model(weights, model, name=name, options=options)
    with atomic_path(history) as path, open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    description = {
        "model": model_name,
        "class": name,
        "layer": layer,
        "seed": seed,
        "neurons": activity.shape[2],
        "dims": dims,
        "options": options,
        "training": training,
        "parameters": sum(p.numel() for p in model.parameters()),
        "steps": rows[-1]["step"],
        "attempts": rows[-1]["attempt"],
        "scores": scores,
        "training_seconds": rows[-1]["seconds"],
        "total_seconds": time.perf_counter() - start,
        "device": str(device),
        "threads": threads,
        "versions": {
            "python": platform.python_version(),
            **{package: version(package) for package in ("numpy", "torch", "safetensors")},
        },
    }
    with atomic_path(report) as path:
        path.write_text(json.dumps(description, indent=2) + "\n")
    shutil.rmtree(states)  # with those of earlier settings, and what a kill left half-written


def units_of(tensors, family):
    """What a family of nma.observation counts in: zero and unit, each (layers, neurons). Raises
    InputError where it cannot hold the activity."""
    units = []
    for tensor in tensors:
        families = observed(tensor)
        if family not in families:
            raise InputError(
                tensor,
                "activity",
                found=f"values that {family} cannot hold (training: observation)",
                expected=f"one of {', '.join(families)} for this recording",
            )
        units.append(families[family])
    return [np.stack(part) for part in zip(*units, strict=True)]


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            tensors=snakemake.input.tensors,
            weights=snakemake.output.weights,
            history=snakemake.output.history,
            report=snakemake.output.report,
            states=snakemake.params.states,
            code=snakemake.params.code,
            model_name=snakemake.wildcards.model,
            layer=snakemake.wildcards.layer,
            seed=int(snakemake.wildcards.seed),
            name=snakemake.params.model_class,
            dims=snakemake.params.dims,
            options=dict(snakemake.params.options),
            training=dict(snakemake.params.training),
        )
