"""The study's autoencoder around a bidirectional recurrent network (METHODS 1.5)."""

import torch
from torch import nn

from nma.blocks.autoencoder import Autoencoder
from nma.blocks.bidirectional import Bidirectional
from nma.blocks.dropout import Dropout
from nma.blocks.mish import Mish
from nma.blocks.pca_start import start_from_pca


class RecurrentAutoencoder(Autoencoder):
    """Activity (batch, bins, neurons) to latents (batch, bins, dims) and back.

    A model implements `hidden`: the recurrent part, (batch, bins, neurons) to (batch, bins, dims).
    The rest is the same for all: an MLP of three Mish layers gives the latents, and one linear
    layer reads the neurons out. neurons, dims: sizes; dropout: before the last layer of the MLP;
    start: `random` weights as in the study, or `pca` (blocks.pca_start). Raises ValueError for
    another start.
    """

    def __init__(
        self, neurons: int, dims: int, *, dropout: float = 0.25, start: str = "random"
    ) -> None:
        if start not in ("random", "pca"):
            raise ValueError(f"start {start}, not random or pca")
        super().__init__(neurons, dims)
        self.starts_from = start
        self.bottleneck = nn.Sequential(
            nn.Linear(dims, 2 * dims),
            Mish(),
            nn.Linear(2 * dims, 2 * dims),
            Mish(),
            Dropout(dropout),
            nn.Linear(2 * dims, dims),
            Mish(),
        )
        self.readout = nn.Linear(dims, neurons)

    def start(self, train: torch.Tensor, objective: str) -> None:
        if self.starts_from == "pca":
            start_from_pca(self, self.last().network, train, objective)

    def last(self) -> Bidirectional:
        """The recurrent part whose output enters the bottleneck."""
        return self.hidden

    def encode(self, activity: torch.Tensor) -> torch.Tensor:
        assert activity.ndim == 3 and activity.shape[2] == self.neurons, activity.shape
        return self.bottleneck(self.hidden(activity))

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        assert latents.ndim == 3 and latents.shape[2] == self.dims, latents.shape
        return self.readout(latents)
