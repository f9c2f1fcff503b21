"""Errors that networks are trained by."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn
from torch.autograd import Function
from torch.autograd.function import FunctionCtx
from torch.nn.functional import softplus

from nma.statistics.observation_models import FAMILIES, NOTHING
from nma.types import Array

# (zero, unit), each (layers, neurons): what an observation model counts activity in, as
# preprocessing.units.observed gives it for one layer.
Units = Sequence[Array]

SOFT = 0.1  # share of a neuron's mean below which positive means bend away from zero


def mean_of_counted(errors: torch.Tensor, counted: torch.Tensor) -> torch.Tensor:
    """Mean of errors (batch, bins, neurons) over some entries, 1 or 0 for each."""
    return (errors * counted).sum() / counted.sum().clamp(min=1)


def mean_squared_error(
    estimate: torch.Tensor, activity: torch.Tensor, counted: torch.Tensor | None = None
) -> torch.Tensor:
    """Mean squared difference of two tensors of one shape, with a gradient for the estimate alone.

    counted: 1 or 0 for each entry, where only some count; the result is 0 if none does.
    """
    entries = activity.numel() if counted is None else counted.sum().clamp(min=1)
    return SumOfSquares.apply(estimate, activity, counted) / entries


class SumOfSquares(Function):
    """Sum of squared differences, in fewer passes over memory than torch's own functions."""

    @staticmethod
    def forward(
        ctx: FunctionCtx,
        estimate: torch.Tensor,
        activity: torch.Tensor,
        counted: torch.Tensor | None,
    ) -> torch.Tensor:
        difference = estimate - activity
        if counted is not None:
            difference.mul_(counted)
        ctx.save_for_backward(difference)
        flat = difference.flatten()
        return torch.dot(flat, flat)

    @staticmethod
    def backward(ctx: FunctionCtx, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        (difference,) = ctx.saved_tensors
        return difference * (2 * gradient), None, None


class LikelihoodLoss(nn.Module):
    """Negative log-likelihood of a family whose parameters are learnt with the network's.

    family: of statistics.observation_models; train: (layers, bins, neurons). Parameters start from
    those around the train mean.
    """

    def __init__(self, family: str, units: Units, train: torch.Tensor) -> None:
        super().__init__()
        self.family = family
        zero, unit = (np.asarray(part, np.float64) for part in units)
        values = (train.cpu().numpy() - zero[:, None]) / unit[:, None]
        typical, logarithms = np.maximum(values.mean(axis=1), NOTHING), {}
        for layer in values:
            model = FAMILIES[family]()
            model.fit(layer, np.broadcast_to(layer.mean(axis=0), layer.shape))
            for name in model.parameters:
                logarithms.setdefault(name, []).append(np.log(getattr(model, name)))
        for name, array in {"zero": zero, "unit": unit, "soft": SOFT * typical}.items():
            self.register_buffer(name, torch.from_numpy(array).to(train))
        self.logarithms = nn.ParameterDict(
            {name: torch.from_numpy(np.stack(rows)).to(train) for name, rows in logarithms.items()}
        )

    def forward(
        self, estimate: torch.Tensor, activity: torch.Tensor, layers: torch.Tensor
    ) -> torch.Tensor:
        """Nats of each entry of windows (batch, bins, neurons), which are from layers (batch,)."""
        zero, unit, soft = (part[layers, None] for part in (self.zero, self.unit, self.soft))
        found = {name: part[layers, None].exp() for name, part in self.logarithms.items()}
        values, mean = (activity - zero) / unit, (estimate - zero) / unit
        if self.family == "gaussian":
            variance = found["variance"]
            return 0.5 * ((values - mean).square() / variance + (2 * torch.pi * variance).log())
        mean = soft * softplus(mean / soft) + 1e-6
        if self.family == "poisson":
            return mean - values * mean.log() + torch.lgamma(values + 1)
        # Sizes that are not positive are set to 1 before logarithms, so that no value or gradient
        # is NaN.
        positive, rate, shape = values > NOTHING, found["rate"], found["shape"]
        chance = -torch.expm1(-rate * mean)
        size = torch.where(positive, values, 1)
        scaled = shape * chance / mean
        gamma = shape * scaled.log() + (shape - 1) * size.log() - scaled * size - shape.lgamma()
        return -torch.where(positive, chance.log() + gamma, -rate * mean)
