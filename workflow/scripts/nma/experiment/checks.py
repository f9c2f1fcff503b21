"""What the config means: checks across its fields, and what follows from it for each job."""

import re
from pathlib import Path

from nma.experiment.models import model_settings
from nma.experiment.recordings_table import read_recordings
from nma.experiment.studies import check_tune
from nma.io.errors import InputError
from nma.registry import check_model

# Where a recording's raw file comes from, and the path it gets if the workflow makes it.
RAW_FILES = {
    "simulate": "results/{recording}/simulated.npy",
    "url": "results/{recording}/downloaded.npy",
}
# What a recording's own files are called, and an address of one in a bucket: `?` and `#` would end
# the key, and Snakemake would take braces for wildcards.
FILES = ("path", "positions", "labels")
ADDRESS = re.compile(r"s3://[^/\s]+/[^?#*{}]+\.npy")
# The opponents where something is hidden; interpolation is that of masked entries alone.
LINEAR = ("ppca", "smooth_ppca", "interpolation")
# Of tensors: split, the shares; what is left of 1 is a typo rather than a wish.
SHARES = ("train", "validation", "test")


def schema_sentence(error):
    """A jsonschema ValidationError as an InputError: one sentence instead of a page."""
    field = ": ".join(str(part) for part in error.absolute_path) or "top level"
    found, expected = repr(error.instance), f"{error.validator} {error.validator_value!r}"
    if error.validator == "additionalProperties":
        known = error.schema["properties"]
        found = "unknown key " + ", ".join(sorted(set(error.instance) - set(known)))
        expected = f"only {', '.join(known)}"
    elif error.validator == "required":
        found, expected = error.message, f"the keys {', '.join(error.validator_value)}"
    elif error.validator == "anyOf":
        expected = error.schema["description"].rstrip(".")
    elif error.validator == "enum":
        expected = "one of " + ", ".join(map(str, error.validator_value))
    return InputError("config", field, found=found[:200], expected=expected)


def read_table(config, schema):
    """{name: (table, line)} of the recordings, where `recordings` is the path of a table.

    Puts the items of the table in its place. schema: that of the config.
    """
    path = config.get("recordings")
    if not isinstance(path, str):
        return {}
    if not Path(path).is_file():
        raise InputError(
            "config",
            "recordings",
            found=f"no file {path}",
            expected="a list, or the path of a tab-separated table",
        )
    items, lines = read_recordings(path, schema["properties"]["recordings"]["items"])
    config["recordings"] = items
    return {name: (path, line) for name, line in lines.items()}


def place(name, keys=(), places=None):
    """File and field of a key of a recording for an error: in the config, or in its table."""
    if name in (places or {}):
        path, line = places[name]
        return path, ": ".join([f"line {line}", *([".".join(keys)] if keys else [])])
    return "config", ": ".join(["recordings", name, *keys])


def of_recording(config, recording):
    """The config with the layers and tensors that an item of `recordings` has of its own."""
    own = recording.get("tensors", {})
    tensors = config["tensors"] | own
    tensors["split"] = config["tensors"]["split"] | own.get("split", {})
    layers = config["layers"] | recording.get("layers", {})
    return {**config, "layers": layers, "tensors": tensors}


def layer_names(config):
    """The names of a recording's layers; config: its own."""
    return [f"L{number}" for number in range(1, config["layers"]["count"] + 1)]


def held_out(config):
    """The split that is shown; where it is not the test block, there is none (as in the study)."""
    return "test" if config["tensors"]["split"]["test"] else "validation"


def check(config, places=None):
    """Raise InputError for what a schema cannot see: fields that must agree with one another.

    places: of `read_table`, for the lines of errors.
    """
    _check_unique("recordings", [recording["name"] for recording in config["recordings"]])
    _check_unique("models", [model["name"] for model in config["models"]])
    for recording in config["recordings"]:
        name = recording["name"]
        origins = [key for key in ("simulate", "path", "url") if key in recording]
        if len(origins) != 1:
            raise InputError(
                *place(name, (), places),
                found=" and ".join(origins) or "none of simulate, path and url",
                expected="exactly one of simulate, path and url",
            )
        if "simulate" in recording and "bin_seconds" not in recording:
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
    for model in config["models"]:
        name = model["name"]
        taken = name in ("raw", *LINEAR) or name.split("_")[0] == "pca"
        if taken or name.endswith("_latents"):
            raise InputError(
                "config",
                "models: name",
                found=name,
                expected=f"a name that is not raw, pca or pca_..., {', '.join(LINEAR)}, "
                "and does not end in _latents",
            )
        check_model(model_settings(config, model)["class"])
    check_tune(config)
    _check_sections(config, lambda *keys: ("config", ": ".join(keys)))
    for recording in config["recordings"]:
        if recording.keys() & {"layers", "tensors"}:
            name = recording["name"]
            _check_sections(
                of_recording(config, recording),
                lambda *keys, name=name: place(name, keys, places),
            )


def _check_sections(config, place_of):
    """Whether layers, tensors and umap agree; place_of: keys to the file and field of an error."""
    split = config["tensors"]["split"]
    total = sum(split[share] for share in SHARES)
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


def check_files(config, places=None):
    """Raise InputError for a file that the config names and that is not there.

    Of objects in buckets the address alone is checked.
    """
    for recording in config["recordings"]:
        for key in FILES:
            path = recording.get(key)
            where = place(recording["name"], (key,), places)
            if path and path.startswith("s3://"):
                if not ADDRESS.fullmatch(path):
                    expected = "s3://bucket/key.npy without any of ? # * { }"
                    raise InputError(*where, found=path, expected=expected)
            elif path and not Path(path).is_file():
                raise InputError(
                    *where, found=f"no file {path}", expected="the path of a .npy file"
                )


def addresses(config):
    """{address: field of the config} of all objects in buckets that recordings name."""
    return {
        recording[key]: f"recordings: {recording['name']}: {key}"
        for recording in config["recordings"]
        for key in FILES
        if recording.get(key, "").startswith("s3://")
    }


def simulation(recording):
    """The arguments of recordings.simulation.simulate for a recording with `simulate`."""
    return dict(sorted((recording["simulate"] | {"bin_seconds": recording["bin_seconds"]}).items()))


def shown(config, recording):
    """The config as the report of one recording shows it: no other recordings, no password."""
    mine = [item for item in config["recordings"] if item["name"] == recording]
    config = of_recording(config, *mine)
    storage = re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", config["tune"]["storage"])
    return {**config, "recordings": mine, "tune": config["tune"] | {"storage": storage}}


def _check_unique(field, names):
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(
            "config", f"{field}: name", found=f"{', '.join(twice)} twice", expected="unique names"
        )
