"""A trained network of a layer, for new activity of its neurons. Needs torch."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from nma.blocks.autoencoder import Autoencoder
from nma.experiment.models import starts_from_lds
from nma.io.parsing import read_json, reading
from nma.latents.networks import encode
from nma.preprocessing.tensors import Tensor
from nma.results.arrays import Coordinates, activity_array, latent_array, neuron_coordinates
from nma.results.folder import existing
from nma.results.given import Activity, Given, as_tensor
from nma.training.weights import load_started
from nma.types import BinsDims, BinsNeurons


@dataclass(frozen=True, repr=False)
class LayerNetwork:
    """A trained network; both methods take activity of the neurons of the layer, (bins, neurons),
    of one run of bins: see Run.model.

    network: the torch module, in evaluation mode; description: its settings, scores and timings;
    neurons: coordinates of the neurons.
    """

    network: Autoencoder
    description: dict
    tensor: Tensor
    neurons: Coordinates

    def __repr__(self) -> str:
        name, dims = self.description["model"], self.network.dims
        return f"{name} of layer {self.tensor.layer}: {dims} latents"

    def encode(self, activity: Activity) -> xr.DataArray:
        """Latents (bin, dim)."""
        given, latents, _ = self._both(activity)
        return latent_array(latents, given.coordinates)

    def reconstruct(self, activity: Activity) -> xr.DataArray:
        """Normalised activity (bin, neuron) as the network decodes it from its latents."""
        given, _, values = self._both(activity)
        return activity_array(values, given.coordinates, self.neurons, "reconstruction")

    def _both(self, activity: Activity) -> tuple[Given, BinsDims, BinsNeurons]:
        given = as_tensor(activity, self.tensor)
        one_run = np.zeros(len(given.activity), np.int8)
        return given, *encode(self.network, given.activity, one_run, given.present)


def read_network(folder: Path, weights: Path, tensor: Tensor) -> LayerNetwork:
    """The network of a weights file, on the layer of a tensor.

    Raises InputError where it, or the LDS that it starts from, is missing or damaged.
    """
    path = existing(weights.with_suffix(".json"))
    description = read_json(path)
    with reading(path):
        kinds = ("state_space", "corrections") if starts_from_lds(description) else ()
    start = [existing(folder / kind / f"{tensor.layer}.h5") for kind in kinds]
    network = load_started(weights, tensor, start)
    return LayerNetwork(network, description, tensor, neuron_coordinates(folder, tensor))
