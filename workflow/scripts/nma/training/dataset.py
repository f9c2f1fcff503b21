"""What a network is trained on, read once for any number of trainings."""

import hashlib
import json
from importlib.metadata import version

import numpy as np
import torch

from nma.dims import latent_dims
from nma.io.errors import InputError
from nma.preprocessing.tensors import read_tensor
from nma.preprocessing.units import observed
from nma.training.device import prepare_device
from nma.training.loop import job_seed, train
from nma.training.weights import build_model


class TrainingData:
    """The activity of one layer, or of all for a shared network, on the device of training.

    tensors: one path, or all of a recording. Raises InputError where it cannot be read.
    """

    def __init__(self, tensors, device, threads):
        self.tensors, self.device = tensors, prepare_device(device, threads)
        activity, splits = zip(*map(read_tensor, tensors), strict=True)
        self.activity, self.split = torch.from_numpy(np.stack(activity)).to(self.device), splits[0]

    def digest(self, *job):
        """A digest of these data and of all that `job` names."""
        parts = json.dumps([*job, str(self.device), version("torch")])
        digest = hashlib.sha256(parts.encode())
        digest.update(np.ascontiguousarray(self.activity.cpu().numpy()))
        digest.update(self.split)
        return digest.hexdigest()[:16]

    def train(self, name, *, dims, options, training, seed, layer, **rest):
        """A new network of nma/models/{name}.py, trained: (model, history, scores).

        training: settings of training.loop.train, with `device` and `threads` beside them, which
        count no more; rest: its other arguments. The seed is one of `seeds`; with `layer` it makes
        that of the network.
        """
        settings = {key: training[key] for key in training if key not in ("device", "threads")}
        neurons, seed = self.activity.shape[2], job_seed(seed, layer)
        torch.manual_seed(seed)
        model = build_model(name, neurons, latent_dims(dims, neurons), options).to(self.device)
        if settings.get("observation", "squared") != "squared":
            settings["units"] = units_of(self.tensors, settings["observation"])
        history, scores = train(model, self.activity, self.split, seed=seed, **settings, **rest)
        return model, history, scores


def units_of(tensors, family):
    """What a family of statistics.observation_models counts in: zero and unit, each (layers,
    neurons). Raises InputError where it cannot hold the activity."""
    units = []
    for tensor in tensors:
        families = observed(tensor)
        if family not in families:
            raise InputError(
                tensor,
                "activity",
                found=f"values that {family} cannot hold (training: observation)",
                expected=f"one of {', '.join(families)} for this recording",
            )
        units.append(families[family])
    return [np.stack(part) for part in zip(*units, strict=True)]
