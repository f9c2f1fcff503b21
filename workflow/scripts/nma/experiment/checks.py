"""Checks of the config across its fields: each raises one sentence that names the field."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from jsonschema import ValidationError

from nma.experiment.file_checks import place
from nma.experiment.kinds import KINDS, kind_of
from nma.experiment.meaning import expanded
from nma.experiment.models import model_settings, starts_from_lds
from nma.experiment.neuroblueprint import recordings_in
from nma.experiment.plan import of_recording
from nma.experiment.recordings_table import read_recordings
from nma.experiment.schema_words import expected, hint
from nma.experiment.studies import check_tune
from nma.experiment.web import check_download
from nma.io.errors import InputError
from nma.preprocessing.splits import SPLITS
from nma.registry import check_model
from nma.sources import BASELINES, is_reserved


def schema_sentence(error: ValidationError) -> InputError:
    """An error of jsonschema as one sentence instead of a page."""
    field = ": ".join(str(part) for part in error.absolute_path) or "top level"
    found, wanted = repr(error.instance), expected(error)
    if error.validator == "additionalProperties":
        known = error.schema["properties"]
        found = "unknown key " + ", ".join(sorted(set(error.instance) - set(known)))
        wanted = f"only {', '.join(known)}"
    elif error.validator == "required":
        found, wanted = error.message, f"the keys {', '.join(error.validator_value)}"
    return InputError("config", field, found=found[:200], expected=wanted, hint=hint(error))


def list_recordings(config: dict[str, Any], schema: dict[str, Any]) -> dict[str, tuple[str, int]]:
    """Where `recordings` is the path of a table or of a tree, put its items in the place of it.

    schema: that of the config. Returns {name: (table, line)} of those of a table.
    """
    path = config.get("recordings")
    if not isinstance(path, str):
        return {}
    path = expanded(path)
    if Path(path).is_dir():
        config["recordings"] = recordings_in(path)
        return {}
    if not Path(path).is_file():
        raise InputError(
            "config",
            "recordings",
            found=f"no file {path}",
            expected="a list, or the path of a tab-separated table or of a NeuroBlueprint folder",
        )
    items, lines = read_recordings(path, schema["properties"]["recordings"]["items"])
    config["recordings"] = items
    return {name: (path, line) for name, line in lines.items()}


def check(config: dict[str, Any], places: dict[str, tuple[str, int]] | None = None) -> None:
    """Raise InputError for what a schema cannot see: fields that must agree with one another.

    places: of `list_recordings`, for the lines of errors.
    """
    _check_unique("recordings", [recording["name"] for recording in config["recordings"]])
    _check_unique("models", [model["name"] for model in config["models"]])
    for recording in config["recordings"]:
        _check_origin(recording, places)
        _check_kind(recording, places)
    for model in config["models"]:
        if is_reserved(model["name"]):
            raise InputError(
                "config",
                "models: name",
                found=model["name"],
                expected="a name that is not raw, truth, attainable, pca, pca_..., lds_..., "
                f"{', '.join(BASELINES)}, and does not end in _latents",
            )
        settings = model_settings(config, model)
        check_model(settings["class"])
        if starts_from_lds(settings) and model["scope"] == "shared":
            raise InputError(
                "config",
                f"models: {model['name']}: scope",
                found="shared",
                expected="layer, since it starts from the linear dynamical system of its layer, "
                "or the objective reconstruct",
            )
    check_tune(config)
    _check_sections(config, lambda *keys: ("config", ": ".join(keys)))
    for recording in config["recordings"]:
        if recording.keys() & {"layers", "tensors"}:
            name = recording["name"]
            _check_sections(
                of_recording(config, recording),
                lambda *keys, name=name: place(name, keys, places),
            )


def _check_origin(recording: dict[str, Any], places: dict[str, tuple[str, int]] | None) -> None:
    """Raise InputError unless it is said, once, where a recording comes from."""
    name = recording["name"]
    origins = [key for key in ("simulate", "path", "url") if key in recording]
    if len(origins) != 1:
        raise InputError(
            *place(name, (), places),
            found=" and ".join(origins) or "none of simulate, path and url",
            expected="exactly one of simulate, path and url",
        )
    if "simulate" in recording and "bin_seconds" not in recording and not _of_trials(recording):
        raise InputError(
            *place(name, ("bin_seconds",), places),
            found="none",
            expected="the seconds of a bin to simulate",
        )
    if "url" in recording and "sha256" not in recording:
        raise InputError(
            *place(name, ("sha256",), places),
            found="none",
            expected="the SHA-256 digest of the file, or `unchecked`",
        )
    check_download(recording.get("url", ""), place(name, ("url",), places))


def _check_kind(recording: dict[str, Any], places: dict[str, tuple[str, int]] | None) -> None:
    """Raise InputError for keys that recordings of its kind, time or trials, do not have."""
    name, of_trials = recording["name"], _of_trials(recording)
    if "simulate" in recording and "kind" in recording:
        raise InputError(
            *place(name, ("kind",), places),
            found=f"{recording['kind']} next to simulate",
            expected="the kind of a simulation among its settings",
            hint="as in `simulate: {kind: trials}`",
        )
    if "stimulus" in recording and not ("path" in recording and of_trials):
        raise InputError(
            *place(name, ("stimulus",), places),
            found=recording["stimulus"],
            expected="it only next to `path` and `kind: trials`",
        )
    if of_trials and "bin_seconds" in recording:
        raise InputError(
            *place(name, ("bin_seconds",), places),
            found=f"{recording['bin_seconds']:g}",
            expected="none, as trials are no bins of time",
        )
    if of_trials and recording["nan"] == "mask":
        raise InputError(
            *place(name, ("nan",), places),
            found="mask",
            expected="error, drop_neurons or drop_bins, which leaves trials out",
            hint="missing values are filled in from neighbours in time, which trials have not",
        )


def _of_trials(recording: dict[str, Any]) -> bool:
    return kind_of(recording) == KINDS["trials"]


def _check_sections(config: dict[str, Any], place_of: Callable[..., tuple[str, str]]) -> None:
    """Raise InputError where layers, tensors and umap do not agree.

    place_of: a function of keys to the file and field of an error.
    """
    split = config["tensors"]["split"]
    # What is left of 1 is a typo rather than a wish.
    total = sum(split[name] for name in SPLITS)
    if abs(total - 1) > 1e-6:
        raise InputError(
            *place_of("tensors", "split"), found=f"shares that add up to {total:g}", expected="1"
        )
    if config["umap"]["time"] == "test" and not split["test"]:
        raise InputError(
            *place_of("umap", "time"),
            found="test, with tensors: split: test of 0",
            expected="all, or a test split",
        )
    if config["layers"]["by"] == "whole" and config["layers"]["count"] != 1:
        raise InputError(
            *place_of("layers", "count"),
            found=f"{config['layers']['count']} with by: whole",
            expected="1, as all neurons are one layer",
        )


def _check_unique(field: str, names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(
            "config", f"{field}: name", found=f"{', '.join(twice)} twice", expected="unique names"
        )
