"""Networks on disk: weights as safetensors, with what is needed to build the network again."""

import hashlib
import json

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from nma.io.errors import InputError, damaged
from nma.io.files import atomic_path, reading
from nma.registry import model_class


def build_model(name, neurons, dims, options):
    """A new network of nma/models/{name}.py. Raises InputError for options it does not take."""
    try:
        return model_class(name)(neurons, dims, **options)
    except (TypeError, ValueError) as error:
        raise InputError(
            "config", f"models: {name}: options", found=str(error), expected="options of that class"
        ) from error


def save_model(path, model, *, name, options):
    """Write the weights, and in their metadata the class, sizes, options and a digest of all."""
    # One key alone: safetensors writes several in an order that differs between runs.
    made_of = {"class": name, "neurons": model.neurons, "dims": model.dims, "options": options}
    weights = {key: w.detach().cpu().contiguous() for key, w in model.state_dict().items()}
    made_of["sha256"] = _digest(made_of, weights)
    with atomic_path(path) as temporary:
        # Not save_file, which writes under a name of its own that SIGKILL would leave.
        temporary.write_bytes(save(weights, {"nma": json.dumps(made_of, sort_keys=True)}))


def load_model(path):
    """The network of a weights file, in evaluation mode (dropout off).

    Raises InputError where the file is not as save_model wrote it.
    """
    with reading(path, SafetensorError), safe_open(path, "pt") as file:
        made_of = json.loads(file.metadata()["nma"])
        weights = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        digest = made_of.pop("sha256")
    if digest != _digest(made_of, weights):
        raise damaged(path, "weights with another sha256 than was written down")
    model = build_model(made_of["class"], made_of["neurons"], made_of["dims"], made_of["options"])
    model.load_state_dict(weights)
    return model.eval()


def _digest(made_of, weights):
    """The sha256 of what a network is made of and of its weights."""
    digest = hashlib.sha256(json.dumps(made_of, sort_keys=True).encode())
    for key in sorted(weights):
        values = weights[key].numpy()
        digest.update(f"{key} {values.dtype} {values.shape}".encode())
        digest.update(np.ascontiguousarray(values))
    return digest.hexdigest()
