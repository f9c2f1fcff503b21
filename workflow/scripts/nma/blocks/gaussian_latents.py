"""Gaussian posteriors and priors of latent variables, and how far one is from the other.

A posterior is a mean and a log variance of each entry, which are independent of each other.
"""

import math

import torch
from torch import nn


def draw(mean: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
    """A sample, through which gradients reach mean and log variance."""
    return mean + torch.randn_like(mean) * (0.5 * log_variance).exp()


def divergence(
    mean: torch.Tensor,
    log_variance: torch.Tensor,
    prior_mean: torch.Tensor,
    prior_log_variance: torch.Tensor,
) -> torch.Tensor:
    """Kullback-Leibler divergence (nats) of each entry's posterior from its prior."""
    ratio = log_variance - prior_log_variance
    distance = (mean - prior_mean).square() * (-prior_log_variance).exp()
    return 0.5 * (ratio.exp() + distance - 1 - ratio)


class NormalPrior(nn.Module):
    """A normal distribution of each of `size` entries: a learnt mean, and a fixed variance."""

    def __init__(self, size: int, variance: float) -> None:
        super().__init__()
        self.mean = nn.Parameter(torch.zeros(size))
        self.register_buffer("log_variance", torch.full((size,), math.log(variance)))

    def divergence(self, mean: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
        """Nats (batch,) of a posterior (batch, size)."""
        return divergence(mean, log_variance, self.mean, self.log_variance).sum(1)


class AutoregressivePrior(nn.Module):
    """AR(1) processes, one for each of `size` series: learnt time constants and variances.

    tau: time constant in bins; variance: that of the series, in all bins, at the start.
    """

    def __init__(self, size: int, tau: float, variance: float) -> None:
        super().__init__()
        self.log_tau = nn.Parameter(torch.full((size,), math.log(tau)))
        self.log_variance = nn.Parameter(torch.full((size,), math.log(variance)))

    def steps(self, series: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and log variance of each bin given the one before, both (batch, bins, size)."""
        assert series.ndim == 3 and series.shape[2] == len(self.log_tau), series.shape
        rate = (-self.log_tau).exp()
        mean = torch.zeros_like(series)
        mean[:, 1:] = (-rate).exp() * series[:, :-1]
        log_variance = self.log_variance.expand_as(series).clone()
        # log(1 - a**2) with a = exp(-rate), which loses no digits when a is close to 1.
        log_variance[:, 1:] += (-torch.expm1(-2 * rate)).log()
        return mean, log_variance

    def log_density(self, series: torch.Tensor) -> torch.Tensor:
        """Nats (batch,) of series (batch, bins, size)."""
        mean, log_variance = self.steps(series)
        scatter = (series - mean).square() * (-log_variance).exp()
        return -0.5 * (scatter + log_variance + math.log(2 * math.pi)).sum((1, 2))

    def divergence(
        self, mean: torch.Tensor, log_variance: torch.Tensor, drawn: torch.Tensor
    ) -> torch.Tensor:
        """Nats (batch,) of a posterior (batch, bins, size) that was drawn bin by bin.

        The divergence is exact in each bin given the sample of the bin before it (Rao-Blackwell),
        which has less noise than the difference of two log densities.
        """
        return divergence(mean, log_variance, *self.steps(drawn)).sum((1, 2))
