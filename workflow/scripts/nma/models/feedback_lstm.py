"""Two LSTMs: the second sees the activity and what the first made of it (METHODS 1.5)."""

import torch
from torch import nn

from nma.blocks.bidirectional import Bidirectional
from nma.blocks.recurrent_autoencoder import RecurrentAutoencoder


class FeedbackLSTM(RecurrentAutoencoder):
    """layers: number of stacked layers in each LSTM; bottleneck: `dropout` and `start`."""

    def __init__(self, neurons, dims, *, layers=1, **bottleneck):
        super().__init__(neurons, dims, **bottleneck)
        self.first = Bidirectional(nn.LSTM, neurons, dims, layers=layers)
        self.second = Bidirectional(nn.LSTM, neurons + dims, dims, layers=layers)

    def hidden(self, activity):
        return self.second(torch.cat([activity, self.first(activity)], dim=2))

    def last(self):
        return self.second
