"""A plain recurrent network with tanh units (METHODS 1.5)."""

from torch import nn

from nma.recurrent import Bidirectional, RecurrentAutoencoder


class RNN(RecurrentAutoencoder):
    """layers: number of stacked recurrent layers; dropout: in the bottleneck."""

    def __init__(self, neurons, dims, *, layers=1, dropout=0.25):
        super().__init__(neurons, dims, dropout=dropout)
        self.hidden = Bidirectional(nn.RNN, neurons, dims, layers=layers)
