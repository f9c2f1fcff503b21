"""A plain recurrent network with tanh units (METHODS 1.5)."""

from torch import nn

from nma.blocks.bidirectional import Bidirectional
from nma.blocks.recurrent_autoencoder import RecurrentAutoencoder


class RNN(RecurrentAutoencoder):
    """layers: number of stacked recurrent layers; bottleneck: `dropout` and `start`."""

    def __init__(
        self, neurons: int, dims: int, *, layers: int = 1, **bottleneck: float | str
    ) -> None:
        super().__init__(neurons, dims, **bottleneck)
        self.hidden = Bidirectional(nn.RNN, neurons, dims, layers=layers)
