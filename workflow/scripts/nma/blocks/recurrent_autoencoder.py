"""The study's autoencoder around a bidirectional recurrent network (METHODS 1.5)."""

from torch import nn

from nma.blocks.dropout import Dropout
from nma.blocks.mish import Mish
from nma.blocks.pca_start import start_from_pca


class RecurrentAutoencoder(nn.Module):
    """Activity (batch, bins, neurons) to latents (batch, bins, dims) and back.

    A model implements `hidden`: the recurrent part, (batch, bins, neurons) to (batch, bins, dims).
    What follows is the same for all: an MLP of three Mish layers gives the latents, one linear
    layer reads the neurons out. neurons, dims: sizes; dropout: before the last layer of the MLP;
    start: `random` weights as in the study, or `pca`, PCA as blocks.pca_start has it.
    """

    def __init__(self, neurons, dims, *, dropout=0.25, start="random"):
        if start not in ("random", "pca"):
            raise ValueError(f"start {start}, not random or pca")
        super().__init__()
        self.neurons, self.dims, self.starts_from = neurons, dims, start
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

    def start(self, train, objective):
        """Set the weights that training begins from. train: (layers, bins, neurons)."""
        if self.starts_from == "pca":
            start_from_pca(self, self.last().network, train, objective)

    def last(self):
        """The Bidirectional whose output enters the bottleneck."""
        return self.hidden

    def encode(self, activity):
        assert activity.ndim == 3 and activity.shape[2] == self.neurons, activity.shape
        return self.bottleneck(self.hidden(activity))

    def decode(self, latents):
        assert latents.ndim == 3 and latents.shape[2] == self.dims, latents.shape
        return self.readout(latents)

    def forward(self, activity):
        return self.decode(self.encode(activity))
