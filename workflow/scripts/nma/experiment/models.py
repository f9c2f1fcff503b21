"""Settings of models as the config has them."""

from typing import Any

from nma.io.errors import InputError


def model_settings(config: dict[str, Any], model: dict[str, Any]) -> dict[str, Any]:
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


def pca_dims(config: dict[str, Any]) -> dict[str, int | str]:
    """{source: dims}: `pca` at the common dims, and pca_{k} for each other k that a model has."""
    own = dims_of_models(config) - {config["dims"]}
    return {"pca": config["dims"]} | {f"pca_{k}": k for k in sorted(own, key=str)}


def lds_dims(config: dict[str, Any]) -> dict[str, int | str]:
    """{source: dims}: lds_{k} for each k that a model has."""
    return {f"lds_{k}": k for k in sorted(dims_of_models(config), key=str)}


def dims_of_models(config: dict[str, Any]) -> set[int | str]:
    """All latent dims that models have."""
    return {model.get("dims", config["dims"]) for model in config["models"]}


def infers_inputs(settings: dict[str, Any]) -> bool:
    """Whether latents files of a model have inferred inputs; settings: of model_settings."""
    return settings["class"] == "lfads" and settings["options"].get("inputs", 1) > 0


def starts_from_lds(settings: dict[str, Any]) -> bool:
    """Whether networks start from the LDS of their layer; settings: of model_settings.

    Classes that are called residual_... do where activity is hidden in training.
    """
    hides = settings["training"].get("objective", "reconstruct") != "reconstruct"
    return hides and settings["class"].startswith("residual_")
