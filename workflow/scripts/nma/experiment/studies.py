"""Settings of studies of hyper-parameters as the config has them."""

from typing import Any

from nma.experiment.models import model_settings, pca_dims
from nma.io.errors import InputError
from nma.tuning.search_space import check_key


def tune_section(section: bool | dict[str, Any]) -> dict[str, Any]:
    """`tune` as a section: `off` or `on` alone stand for `enabled`."""
    return {"enabled": section} if isinstance(section, bool) else section


def tuned(config: dict[str, Any]) -> list[str]:
    """The names of the models whose settings are searched."""
    names = [model["name"] for model in config["models"]]
    return names if config["tune"]["models"] == "all" else config["tune"]["models"]


def study_settings(config: dict[str, Any], name: str) -> dict[str, Any]:
    """Space, trials, steps, sampler, pruner and seed of the study of the model of that name.

    The space has the keys that are searched (not null), that are this model's, and, of training,
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


def trial_steps(config: dict[str, Any], model: dict[str, Any]) -> int:
    """The budget of a trial in steps, where it is not searched; model: of `model_settings`."""
    steps = config["tune"]["steps"]
    return model["training"]["steps"] if steps == "auto" else steps


def pca_of_equal_dims(config: dict[str, Any]) -> dict[str, str]:
    """{model: the PCA source with as many dims}, without models whose dims are searched."""
    source_of = {dims: source for source, dims in pca_dims(config).items()}
    free = [n for n in tuned(config) if "dims" in study_settings(config, n)["space"]]
    free = free if config["tune"]["enabled"] else []
    return {
        m["name"]: source_of[m.get("dims", config["dims"])]
        for m in config["models"]
        if m["name"] not in free
    }


def check_tune(config: dict[str, Any]) -> None:
    """Raise InputError where models or space of `tune` do not agree with the rest."""
    names = [model["name"] for model in config["models"]]
    if unknown := sorted(set(tuned(config)) - set(names)):
        raise InputError(
            "config", "tune: models", found=", ".join(unknown), expected=f"of {', '.join(names)}"
        )
    keys = {key for recipe in ("windows", "sequence") for key in config["training"][recipe]}
    for key, spec in config["tune"]["space"].items():
        check_key(key, keys)
        if spec is not None:
            _check_spec(f"tune: space: {key}", spec)
    for name in tuned(config):
        if config["tune"]["enabled"] and not study_settings(config, name)["space"]:
            raise InputError(
                "config", "tune: space", found=f"nothing for {name}", expected="a key at least"
            )


def _check_spec(field: str, spec: dict[str, Any]) -> None:
    """Raise InputError for an entry of the space that cannot be drawn from."""
    needed = ("choices",) if spec["type"] == "categorical" else ("low", "high")
    if missing := [name for name in needed if name not in spec]:
        raise InputError("config", field, found=f"no {missing[0]}", expected=" and ".join(needed))
    if spec["type"] != "categorical" and not spec["low"] < spec["high"]:
        found = f"low {spec['low']:g} and high {spec['high']:g}"
        raise InputError("config", field, found=found, expected="low below high")
    if spec.get("log") and not spec.get("low", 0) > 0:
        found = f"low {spec['low']:g}, log"
        raise InputError("config", field, found=found, expected="low above 0")
    if spec.get("log") and "step" in spec:
        raise InputError("config", field, found="step and log", expected="one of them")
