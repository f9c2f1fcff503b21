"""Scales on which a network sees activity and on which it is linear in its factors."""

import torch
from torch import nn

ABOVE = 0.1  # deviations, added to activity above the lowest before its logarithm is taken
LARGEST = 8.0  # of a log rate, so that a wild step of training ends in no infinite value


class LinearScale(nn.Module):
    """Activity as it is, standardised; for activity that scatters evenly, such as dF/F.

    Parts of activity: level, spread (neurons,), mean and deviation over train.
    """

    def __init__(self, neurons: int) -> None:
        super().__init__()
        self.register_buffer("level", torch.zeros(neurons))
        self.register_buffer("spread", torch.ones(neurons))

    @property
    def slope(self) -> torch.Tensor:
        """Change of the signal (neurons,) by a change of 1 in what a network sees."""
        return torch.ones_like(self.spread)

    def fit(self, train: torch.Tensor) -> None:
        """Fit the scale to train (bins, neurons)."""
        self.level.copy_(train.mean(0))
        self.spread.copy_(_deviation(train))

    def forward(self, activity: torch.Tensor) -> torch.Tensor:
        """What a network sees (..., neurons)."""
        return (activity - self.level) / self.spread

    def activity(self, signal: torch.Tensor) -> torch.Tensor:
        """Activity of what is linear in factors (..., neurons), the train mean where that is 0."""
        return self.level + self.spread * signal


class LogScale(nn.Module):
    """The logarithm of activity above the lowest of a neuron; for skewed activity of cells.

    lowest: over train; typical: the mean above it; deviation: of activity; level, spread: mean and
    deviation of its logarithm; each (neurons,).
    """

    def __init__(self, neurons: int) -> None:
        super().__init__()
        for name in ("lowest", "level"):
            self.register_buffer(name, torch.zeros(neurons))
        for name in ("typical", "deviation", "spread"):
            self.register_buffer(name, torch.ones(neurons))

    @property
    def slope(self) -> torch.Tensor:
        """Change of the signal (neurons,) by a change of 1 in what a network sees."""
        return self.spread

    def fit(self, train: torch.Tensor) -> None:
        """Fit the scale to train (bins, neurons)."""
        self.lowest.copy_(train.amin(0))
        self.typical.copy_(train.mean(0) - self.lowest)
        self.deviation.copy_(_deviation(train))
        logarithms = self._log(train)
        self.level.copy_(logarithms.mean(0))
        self.spread.copy_(_deviation(logarithms))

    def _log(self, activity: torch.Tensor) -> torch.Tensor:
        return (((activity - self.lowest) / self.deviation).clamp(min=0) + ABOVE).log()

    def forward(self, activity: torch.Tensor) -> torch.Tensor:
        """What a network sees (..., neurons)."""
        return (self._log(activity) - self.level) / self.spread

    def activity(self, signal: torch.Tensor) -> torch.Tensor:
        """Activity of what is linear in factors (..., neurons), the train mean where that is 0."""
        return self.lowest + self.typical * signal.clamp(max=LARGEST).exp()


SCALES = {"linear": LinearScale, "log": LogScale}


def _deviation(values: torch.Tensor) -> torch.Tensor:
    """Deviations (neurons,) of values (bins, neurons); 1 where they are constant."""
    deviation = values.std(0)
    return torch.where(deviation > 1e-9, deviation, 1)
