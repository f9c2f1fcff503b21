"""tensors/*.h5 to models/{model}/{layer}/{seed}.*: train one network on one layer, or on all."""

import csv
import json
import platform
import shutil
import time
from contextlib import nullcontext
from importlib.metadata import version
from pathlib import Path

from nma.io.files import atomic_path
from nma.jobs.job import job
from nma.training.dataset import TrainingData
from nma.training.weights import save_model
from nma.tuning.best_settings import read_best
from nma.tuning.search_space import replaced


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
    settings,
    best=None,
    event_files=None,
):
    """Train, then write the weights, the history and a description of the run.

    tensors: one path, or all of a recording for a shared network. settings: {"dims", "options",
    "training"}, the last with `device` and `threads`; best: a best.yaml whose settings take the
    place of these, or nothing. states: a folder of this job alone for what it goes on from once
    killed, in a file whose name is a digest of all that defines the job (code: that of its code).
    event_files: a folder for TensorBoard, or nothing.
    """
    start = time.perf_counter()
    if best:
        settings = replaced(settings, read_best(best))
    training = settings["training"]
    data = TrainingData(tensors, training["device"], training["threads"])
    state = Path(states, f"{data.digest(code, name, settings, seed, layer)}.pt")
    with event_writer(event_files) as events:
        job_of = {"seed": seed, "layer": layer, "state_path": state, "evaluated": events}
        model, rows, scores = data.train(name, **settings, **job_of)
        if events:
            events(rows)  # new ones only where a killed job had nothing left to evaluate

    options = settings["options"]
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
        "neurons": model.neurons,
        "dims": model.dims,
        "options": options,
        "training": training,
        "tuned": bool(best),
        "parameters": sum(p.numel() for p in model.parameters()),
        "steps": rows[-1]["step"],
        "attempts": rows[-1]["attempt"],
        "scores": scores,
        "training_seconds": rows[-1]["seconds"],
        "total_seconds": time.perf_counter() - start,
        "device": str(data.device),
        "threads": training["threads"],
        "versions": {
            "python": platform.python_version(),
            **{package: version(package) for package in ("numpy", "torch", "safetensors")},
        },
    }
    with atomic_path(report) as path:
        path.write_text(json.dumps(description, indent=2) + "\n")
    shutil.rmtree(states)  # with those of earlier settings, and what a kill left half-written


def event_writer(folder):
    """A context with what writes event files there, or with None where there is no folder."""
    if not folder:
        return nullcontext()
    from nma.training.tensorboard import EventFiles  # which imports TensorBoard

    return EventFiles(folder)


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
            name=snakemake.params.network["class"],
            settings=snakemake.params.network["settings"],
            best=snakemake.input.get("best"),
            event_files=snakemake.params.event_files,
        )
