"""A long short-term memory network, the study's main animal (METHODS 1.5)."""

from torch import nn

from nma.recurrent import Bidirectional, RecurrentAutoencoder


class LSTM(RecurrentAutoencoder):
    """layers: number of stacked recurrent layers; dropout: in the bottleneck."""

    def __init__(self, neurons, dims, *, layers=1, dropout=0.25):
        super().__init__(neurons, dims, dropout=dropout)
        self.hidden = Bidirectional(nn.LSTM, neurons, dims, layers=layers)
