"""Encoders of LFADS: from activity in a window to where the generator begins, and to its inputs."""

import torch
from torch import nn
from torch.nn.functional import pad

from nma.blocks.bidirectional import bidirectional
from nma.blocks.dropout import Dropout


class InitialStateEncoder(nn.Module):
    """Activity (batch, bins, neurons) to the posterior of the generator's first state: mean and log
    variance, each (batch, states), from the last states of a bidirectional GRU."""

    def __init__(self, neurons: int, units: int, states: int, dropout: float) -> None:
        super().__init__()
        self.units = units
        self.network = nn.GRU(neurons, units, bidirectional=True, batch_first=True)
        self.dropout = Dropout(dropout)
        self.posterior = nn.Linear(2 * units, 2 * states)

    def forward(self, activity: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        found = bidirectional(self.network, activity)
        ends = torch.cat([found[:, -1, : self.units], found[:, 0, self.units :]], dim=1)
        mean, log_variance = self.posterior(self.dropout(ends)).chunk(2, dim=1)
        return mean, log_variance


class InputEncoder(nn.Module):
    """Activity (batch, bins, neurons) to what the controller sees of it (batch, bins, 2 x units).

    Of each bin these are the states of a bidirectional GRU `lag` bins earlier and, backwards, `lag`
    bins later. With a lag of 1 the controller does not see the bin itself, so it cannot copy it.
    """

    def __init__(self, neurons: int, units: int, lag: int) -> None:
        super().__init__()
        self.lag = lag
        self.network = nn.GRU(neurons, units, bidirectional=True, batch_first=True)

    def forward(self, activity: torch.Tensor) -> torch.Tensor:
        forwards, backwards = bidirectional(self.network, activity).chunk(2, dim=2)
        before = pad(forwards, (0, 0, self.lag, -self.lag))
        after = pad(backwards, (0, 0, -self.lag, self.lag))
        return torch.cat([before, after], dim=2)
