"""A training job: one network trained and written, with its history and a description."""

import csv
import json
import platform
import shutil
import time
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from nma.io.files import atomic_path
from nma.training.dataset import Trained, TrainingData
from nma.training.loop import AfterEvaluation, History
from nma.training.network import Network
from nma.training.weights import save_model
from nma.types import FilePath


@dataclass(frozen=True)
class Outputs:
    """Files of a trained network: weights (.safetensors), history (.csv, a row an evaluation) and
    description (.json: settings, scores, timings, versions)."""

    weights: FilePath
    history: FilePath
    description: FilePath


def run(
    network: Network,
    tensors: Iterable[FilePath],
    outputs: Outputs,
    *,
    states: FilePath,
    code: str,
    start: Sequence[FilePath] = (),
    tuned: bool = False,
    event_files: FilePath | None = None,
) -> None:
    """Train a network and write its files.

    tensors: one path, or those of all layers for a shared network; start: files of an LDS that it
    starts from, or none. states: a folder of this job alone for the state from which a killed job
    resumes; the file's name is a digest of all that defines the job, so that another job never
    resumes from it. code: the digest of the job's code; tuned: whether the settings come from a
    study; event_files: a folder for TensorBoard.
    """
    began = time.perf_counter()
    training = network.settings["training"]
    data = TrainingData(tensors, training["device"], training["threads"], start)
    state = Path(states, f"{data.digest(network, code)}.pt")
    with event_writer(event_files) as write_events:
        trained = data.train(network, state_path=state, after_evaluation=write_events)
        if write_events:
            write_events(trained.history)  # a killed job may have had nothing left to evaluate

    options = network.settings["options"]
    save_model(outputs.weights, trained.model, name=network.class_name, options=options)
    _write_history(outputs.history, trained.history)
    found = _description(network, trained, tuned=tuned, device=str(data.device), began=began)
    with atomic_path(outputs.description) as path:
        path.write_text(json.dumps(found, indent=2) + "\n")
    shutil.rmtree(states)  # with those of earlier settings, and files that a kill left half-written


def event_writer(folder: FilePath | None) -> AbstractContextManager[AfterEvaluation | None]:
    """A context with a function that writes event files to the folder; None without a folder."""
    if not folder:
        return nullcontext()
    from nma.training.tensorboard import EventFiles  # here, since it imports TensorBoard

    return EventFiles(folder)


def _write_history(out: FilePath, history: History) -> None:
    with atomic_path(out) as path, open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, history[0].keys())
        writer.writeheader()
        writer.writerows(history)


def _description(
    network: Network, trained: Trained, *, tuned: bool, device: str, began: float
) -> dict[str, Any]:
    """The content of the .json; began: start of the job, by time.perf_counter."""
    model, last = trained.model, trained.history[-1]
    return {
        "model": network.model,
        "class": network.class_name,
        "layer": network.layer,
        "seed": network.seed,
        "neurons": model.neurons,
        "dims": model.dims,
        "options": network.settings["options"],
        "training": network.settings["training"],
        "tuned": tuned,
        "parameters": sum(p.numel() for p in model.parameters()),
        "steps": last["step"],
        "attempts": last["attempt"],
        "scores": trained.scores,
        "training_seconds": last["seconds"],
        "total_seconds": time.perf_counter() - began,
        "device": device,
        "threads": network.settings["training"]["threads"],
        "versions": {
            "python": platform.python_version(),
            **{package: version(package) for package in ("numpy", "torch", "safetensors")},
        },
    }
