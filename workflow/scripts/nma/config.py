"""What the config means: checks across its fields, and what follows from it for each job."""

import re
from pathlib import Path

from nma.errors import InputError
from nma.models import model_file
from nma.recordings_table import read_recordings
from nma.settings import check_key

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
        model_file(model_settings(config, model)["class"])
    _check_tune(config)
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


def model_settings(config, model):
    """Class, dims, scope, options and training of an item of `models`, with every default set.

    training holds the keys of the recipe in use alone, so that no other key reruns the job. Raises
    InputError for a training key that the recipe does not have.
    """
    own = dict(model.get("training", {}))
    defaults = config["training"]
    recipe = own.pop("recipe", defaults["recipe"])
    unknown = sorted(set(own) - set(defaults[recipe]))
    if unknown:
        raise InputError(
            "config",
            f"models: {model['name']}: training",
            found=", ".join(unknown),
            expected=f"keys of training: {recipe} ({', '.join(sorted(defaults[recipe]))})",
        )
    training = {**defaults[recipe], **own, "recipe": recipe}
    training |= {key: defaults[key] for key in ("device", "threads")}
    return {
        "class": model.get("class", model["name"]),
        "dims": model.get("dims", config["dims"]),
        "scope": model["scope"],
        "options": dict(sorted(model["options"].items())),
        "training": dict(sorted(training.items())),
    }


def tune_section(section):
    """`tune` as a section: `off` or `on` alone stand for `enabled`."""
    return {"enabled": section} if isinstance(section, bool) else section


def tuned(config):
    """The names of the models whose settings are searched."""
    names = [model["name"] for model in config["models"]]
    return names if config["tune"]["models"] == "all" else config["tune"]["models"]


def study_settings(config, name):
    """Space, trials, steps, sampler, pruner and seed of the study of the model of that name.

    Of the space the keys that are searched (not null), that are this model's, and, of training,
    that its recipe has.
    """
    (model,) = (model for model in config["models"] if model["name"] == name)
    mine = {name, model.get("class", name)}
    recipe = {f"training.{key}" for key in model_settings(config, model)["training"]}
    space = {
        key: {k: v for k, v in sorted(spec.items()) if k != "models"}
        for key, spec in sorted(config["tune"]["space"].items())
        if spec and mine & set(spec.get("models", mine))
        if not key.startswith("training.") or key in recipe
    }
    kept = ("trials", "steps", "sampler", "pruner", "seed")
    return {"space": space} | {key: config["tune"][key] for key in kept}


def trial_steps(config, model):
    """The budget of a trial in steps, where it is not searched; model: of `model_settings`."""
    steps = config["tune"]["steps"]
    return model["training"]["steps"] if steps == "auto" else steps


def _check_tune(config):
    names = [model["name"] for model in config["models"]]
    if unknown := sorted(set(tuned(config)) - set(names)):
        raise InputError(
            "config", "tune: models", found=", ".join(unknown), expected=f"of {', '.join(names)}"
        )
    keys = {key for recipe in ("windows", "sequence") for key in config["training"][recipe]}
    for key, spec in config["tune"]["space"].items():
        check_key(key, keys)
        field = f"tune: space: {key}"
        if spec is None:
            continue
        needed = ("choices",) if spec["type"] == "categorical" else ("low", "high")
        if missing := [name for name in needed if name not in spec]:
            raise InputError(
                "config", field, found=f"no {missing[0]}", expected=" and ".join(needed)
            )
        if spec["type"] != "categorical" and not spec["low"] < spec["high"]:
            found = f"low {spec['low']:g} and high {spec['high']:g}"
            raise InputError("config", field, found=found, expected="low below high")
        if spec.get("log") and not spec.get("low", 0) > 0:
            raise InputError(
                "config", field, found=f"low {spec['low']:g}, log", expected="low above 0"
            )
        if spec.get("log") and "step" in spec:
            raise InputError("config", field, found="step and log", expected="one of them")
    for name in tuned(config):
        if config["tune"]["enabled"] and not study_settings(config, name)["space"]:
            raise InputError(
                "config", "tune: space", found=f"nothing for {name}", expected="a key at least"
            )


def pca_dims(config):
    """{source: dims}: `pca` at the common dims, and pca_{k} for each other k that a model has."""
    own = {model.get("dims", config["dims"]) for model in config["models"]} - {config["dims"]}
    return {"pca": config["dims"]} | {f"pca_{k}": k for k in sorted(own, key=str)}


def opponents(config):
    """{model: the PCA source with as many dims}; none for models whose dims are searched."""
    source_of = {dims: source for source, dims in pca_dims(config).items()}
    free = [n for n in tuned(config) if "dims" in study_settings(config, n)["space"]]
    free = free if config["tune"]["enabled"] else []
    return {
        m["name"]: source_of[m.get("dims", config["dims"])]
        for m in config["models"]
        if m["name"] not in free
    }


def simulation(recording):
    """The arguments of nma.simulation.simulate for a recording with `simulate`."""
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
