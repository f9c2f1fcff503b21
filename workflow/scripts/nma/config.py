"""What the config means: checks across its fields, and what follows from it for each job."""

from pathlib import Path

from nma.errors import InputError
from nma.models import model_file

# Where a recording's raw file comes from, and the path it gets if the workflow makes it.
RAW_FILES = {
    "simulate": "results/{recording}/simulated.npy",
    "url": "results/{recording}/downloaded.npy",
}
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


def check(config):
    """Raise InputError for what a schema cannot see: fields that must agree with one another."""
    _check_unique("recordings", [recording["name"] for recording in config["recordings"]])
    _check_unique("models", [model["name"] for model in config["models"]])
    for recording in config["recordings"]:
        origins = [key for key in ("simulate", "path", "url") if key in recording]
        if len(origins) != 1:
            raise InputError(
                "config",
                f"recordings: {recording['name']}",
                found=" and ".join(origins) or "none of simulate, path and url",
                expected="exactly one of simulate, path and url",
            )
        if "simulate" in recording and "bin_seconds" not in recording:
            raise InputError(
                "config",
                f"recordings: {recording['name']}: bin_seconds",
                found="none",
                expected="the seconds of a bin to simulate",
            )
        if "url" in recording and "sha256" not in recording:
            raise InputError(
                "config",
                f"recordings: {recording['name']}: sha256",
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
    split = config["tensors"]["split"]
    total = sum(split[share] for share in SHARES)
    if abs(total - 1) > 1e-6:
        raise InputError(
            "config", "tensors: split", found=f"shares that add up to {total:g}", expected="1"
        )
    if config["umap"]["time"] == "test" and not split["test"]:
        raise InputError(
            "config",
            "umap: time",
            found="test, with tensors: split: test of 0",
            expected="all, or a test split",
        )
    if config["layers"]["by"] == "whole" and config["layers"]["count"] != 1:
        raise InputError(
            "config",
            "layers: count",
            found=f"{config['layers']['count']} with by: whole",
            expected="1, as all neurons are one layer",
        )


def check_files(config):
    """Raise InputError for a file that the config names and that is not there."""
    for recording in config["recordings"]:
        for key in ("path", "positions", "labels"):
            if key in recording and not Path(recording[key]).is_file():
                raise InputError(
                    "config",
                    f"recordings: {recording['name']}: {key}",
                    found=f"no file {recording[key]}",
                    expected="the path of a .npy file",
                )


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


def pca_dims(config):
    """{source: dims}: `pca` at the common dims, and pca_{k} for each other k that a model has."""
    own = {model.get("dims", config["dims"]) for model in config["models"]} - {config["dims"]}
    return {"pca": config["dims"]} | {f"pca_{k}": k for k in sorted(own, key=str)}


def opponents(config):
    """{model: the PCA source with as many dims}."""
    source_of = {dims: source for source, dims in pca_dims(config).items()}
    return {m["name"]: source_of[m.get("dims", config["dims"])] for m in config["models"]}


def simulation(recording):
    """The arguments of nma.simulation.simulate for a recording with `simulate`."""
    return dict(sorted((recording["simulate"] | {"bin_seconds": recording["bin_seconds"]}).items()))


def shown(config, recording):
    """The config as the report of one recording shows it: without the other recordings."""
    mine = [item for item in config["recordings"] if item["name"] == recording]
    return {**config, "recordings": mine}


def _check_unique(field, names):
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(
            "config", f"{field}: name", found=f"{', '.join(twice)} twice", expected="unique names"
        )
