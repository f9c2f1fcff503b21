"""The activity that networks are trained on, read once for any number of trainings."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from nma.blocks.autoencoder import Autoencoder
from nma.blocks.lds_start import read_start
from nma.dims import latent_dims
from nma.io.errors import InputError
from nma.preprocessing.tensors import Tensor, read_tensor
from nma.preprocessing.units import observed
from nma.state_space.files import read_fit
from nma.training.device import prepare_device
from nma.training.loop import AfterEvaluation, History, job_seed, train
from nma.training.losses import Units
from nma.training.network import Network
from nma.training.recipes import recipe_of
from nma.training.weights import build_model
from nma.types import FilePath


class Trained(NamedTuple):
    """A trained model, the scores of each evaluation, and those of its final weights."""

    model: Autoencoder
    history: History
    scores: dict[str, float]


class TrainingData:
    """The activity of one layer, or of all layers for a shared network, on the device of training.

    tensors: one path, or those of all layers; device, threads: see training.device; start: files of
    an LDS that networks start from (blocks.lds_start), or none. Raises InputError where a file is
    damaged.
    """

    def __init__(
        self,
        tensors: Iterable[FilePath],
        device: str,
        threads: int,
        start: Sequence[FilePath] = (),
    ) -> None:
        self.device, self.start = prepare_device(device, threads), start
        found = [read_tensor(path) for path in tensors]
        activity = np.stack([tensor.activity for tensor in found])
        # Views, so that the activity is in memory once.
        pairs = zip(found, activity, strict=True)
        self.tensors = [replace(tensor, activity=of_layer) for tensor, of_layer in pairs]
        self.activity, self.split = torch.from_numpy(activity).to(self.device), found[0].split
        self.present = None
        if any(tensor.missing is not None for tensor in found):
            present = np.stack([tensor.present for tensor in found])
            self.present = torch.from_numpy(present).to(self.device)

    def digest(self, network: Network, code: str, *more: object) -> str:
        """A digest of these data, of a network and of code, by which a training or a study is told.

        code: digest of code (jobs.code_digest); more: whatever else defines the job, as JSON.
        """
        of_network = (network.class_name, network.settings, network.seed, network.layer)
        parts = json.dumps([code, *of_network, *more, str(self.device), version("torch")])
        digest = hashlib.sha256(parts.encode())
        digest.update(np.ascontiguousarray(self.activity.cpu().numpy()))
        digest.update(self.split)
        if self.present is not None:
            digest.update(self.present.cpu().numpy())
        for path in self.start:
            digest.update(Path(path).read_bytes())
        return digest.hexdigest()[:16]

    def dims(self, network: Network) -> int:
        """The latent dims of a network; `auto` is what validation has chosen for the LDS that it
        starts from, otherwise see nma.dims."""
        dims = network.settings["dims"]
        if dims == "auto" and self.start:
            return read_fit(self.start[0]).dynamics.dims
        return latent_dims(dims, self.activity.shape[2])

    def train(
        self,
        network: Network,
        *,
        state_path: Path | None = None,
        score_hidden: bool = False,
        after_evaluation: AfterEvaluation | None = None,
    ) -> Trained:
        """Build a network and train it; its seed and layer make the seed of all random draws.

        The other arguments are those of training.loop.train. Raises InputError where the settings
        do not fit the class or the data, or where training diverges.
        """
        recipe = recipe_of(network.settings["training"])
        neurons, seed = self.activity.shape[2], job_seed(network.seed, network.layer)
        torch.manual_seed(seed)
        dims = self.dims(network)
        model = build_model(network.class_name, neurons, dims, network.settings["options"])
        if self.start:
            model.lds = read_start(self.start, self.tensors[0], dims)
        units = None
        if recipe.observation != "squared":
            units = units_of(self.tensors, recipe.observation)
        history, scores = train(
            model.to(self.device),
            self.activity,
            self.split,
            recipe,
            seed=seed,
            units=units,
            state_path=state_path,
            score_hidden=score_hidden,
            after_evaluation=after_evaluation,
            present=self.present,
        )
        return Trained(model, history, scores)


def units_of(tensors: Iterable[Tensor], family: str) -> Units:
    """Zero and unit, each (layers, neurons), of a family of statistics.observation_models.

    Raises InputError where the family cannot hold the activity of a layer.
    """
    units = []
    for tensor in tensors:
        families = observed(tensor)
        if family not in families:
            raise InputError(
                tensor.path,
                "activity",
                found=f"values that {family} cannot hold (training: observation)",
                expected=f"one of {', '.join(families)} for this recording",
            )
        units.append(families[family])
    return [np.stack(part) for part in zip(*units, strict=True)]
