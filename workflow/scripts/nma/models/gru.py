"""A network of gated recurrent units (METHODS 1.5)."""

from torch import nn

from nma.recurrent import Bidirectional, RecurrentAutoencoder


class GRU(RecurrentAutoencoder):
    """layers: number of stacked recurrent layers; dropout: in the bottleneck."""

    def __init__(self, neurons, dims, *, layers=1, dropout=0.25):
        super().__init__(neurons, dims, dropout=dropout)
        self.hidden = Bidirectional(nn.GRU, neurons, dims, layers=layers)
