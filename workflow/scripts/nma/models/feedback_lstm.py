"""Two LSTMs: the second sees the activity and the output of the first (METHODS 1.5)."""

import torch
from torch import nn

from nma.blocks.bidirectional import Bidirectional
from nma.blocks.recurrent_autoencoder import RecurrentAutoencoder


class FeedbackLSTM(RecurrentAutoencoder):
    """layers: number of stacked layers in each LSTM; bottleneck: `dropout` and `start`."""

    def __init__(
        self, neurons: int, dims: int, *, layers: int = 1, **bottleneck: float | str
    ) -> None:
        super().__init__(neurons, dims, **bottleneck)
        self.first = Bidirectional(nn.LSTM, neurons, dims, layers=layers)
        self.second = Bidirectional(nn.LSTM, neurons + dims, dims, layers=layers)

    def hidden(self, activity: torch.Tensor) -> torch.Tensor:
        return self.second(torch.cat([activity, self.first(activity)], dim=2))

    def last(self) -> Bidirectional:
        return self.second
