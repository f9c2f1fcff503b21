"""Two LSTMs: the second sees the activity and what the first made of it (METHODS 1.5)."""

import torch
from torch import nn

from nma.recurrent import Bidirectional, RecurrentAutoencoder


class FeedbackLSTM(RecurrentAutoencoder):
    """layers: number of stacked layers in each LSTM; dropout: in the bottleneck."""

    def __init__(self, neurons, dims, *, layers=1, dropout=0.25):
        super().__init__(neurons, dims, dropout=dropout)
        self.first = Bidirectional(nn.LSTM, neurons, dims, layers=layers)
        self.second = Bidirectional(nn.LSTM, neurons + dims, dims, layers=layers)

    def hidden(self, activity):
        return self.second(torch.cat([activity, self.first(activity)], dim=2))
