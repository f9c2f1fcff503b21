"""Networks on disk: weights as safetensors, with all that is needed to rebuild the network."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from nma.blocks.autoencoder import Autoencoder
from nma.blocks.lds_start import read_start
from nma.io.errors import InputError, damaged
from nma.io.files import atomic_path
from nma.io.parsing import reading
from nma.preprocessing.tensors import Tensor
from nma.registry import model_class
from nma.types import FilePath


def build_model(name: str, neurons: int, dims: int, options: dict[str, Any]) -> Autoencoder:
    """A new network of nma/models/{name}.py; options: its further keyword arguments.

    Raises InputError for options that the class does not take, or for a class that is no
    Autoencoder.
    """
    found = model_class(name)
    if not issubclass(found, Autoencoder):
        raise InputError(
            f"nma/models/{name}.py",
            "model class",
            found=f"{found.__name__}({', '.join(base.__name__ for base in found.__bases__)})",
            expected="a subclass of nma.blocks.autoencoder.Autoencoder",
        )
    try:
        return found(neurons, dims, **options)
    except (TypeError, ValueError) as error:
        raise InputError(
            "config", f"models: {name}: options", found=str(error), expected="options of that class"
        ) from error


def save_model(path: FilePath, model: Autoencoder, *, name: str, options: dict[str, Any]) -> None:
    """Write the weights, with metadata of class (nma/models/{name}.py), sizes, options and a digest
    of everything."""
    # One key alone: safetensors writes several in an order that differs between runs.
    made_of = {"class": name, "neurons": model.neurons, "dims": model.dims, "options": options}
    weights = {key: w.detach().cpu().contiguous() for key, w in model.state_dict().items()}
    made_of["sha256"] = _digest(made_of, weights)
    with atomic_path(path) as temporary:
        # Not save_file, whose own temporary file would stay after SIGKILL.
        temporary.write_bytes(save(weights, {"nma": json.dumps(made_of, sort_keys=True)}))


def load_model(path: FilePath) -> Autoencoder:
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


def load_started(path: FilePath, tensor: Tensor, start: Sequence[FilePath]) -> Autoencoder:
    """The same with the LDS that the network of this tensor starts from; start: its files
    (blocks.lds_start), none for a network that starts from no LDS."""
    model = load_model(path)
    if start:
        model.lds = read_start(start, tensor, model.dims)
    return model


def _digest(made_of: dict[str, Any], weights: dict[str, torch.Tensor]) -> str:
    """The sha256 of a network's metadata and weights."""
    digest = hashlib.sha256(json.dumps(made_of, sort_keys=True).encode())
    for key in sorted(weights):
        values = weights[key].numpy()
        digest.update(f"{key} {values.dtype} {values.shape}".encode())
        digest.update(np.ascontiguousarray(values))
    return digest.hexdigest()
