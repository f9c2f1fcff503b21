"""Errors that networks are trained by."""

import numpy as np
import torch
from torch import nn
from torch.autograd import Function
from torch.nn.functional import softplus

from nma.statistics.observation_models import FAMILIES, NOTHING


def mean_of_hidden(errors, visible):
    """Mean of errors (batch, bins, neurons) over the entries that were hidden."""
    hidden = (~visible).to(errors.dtype)
    return (errors * hidden).sum() / hidden.sum().clamp(min=1)


def mean_squared_error(estimate, activity, counted=None):
    """Mean of squared differences; where `counted` (1 or 0, of the same shape) is given, over the
    entries that count alone, and 0 if none does. The gradient is the estimate's."""
    entries = activity.numel() if counted is None else counted.sum().clamp(min=1)
    return SumOfSquares.apply(estimate, activity, counted) / entries


class SumOfSquares(Function):
    """In fewer passes over memory than torch's own functions take with their gradients."""

    @staticmethod
    def forward(ctx, estimate, activity, counted):
        difference = estimate - activity
        if counted is not None:
            difference.mul_(counted)
        ctx.save_for_backward(difference)
        flat = difference.flatten()
        return torch.dot(flat, flat)

    @staticmethod
    def backward(ctx, gradient):
        (difference,) = ctx.saved_tensors
        return difference * (2 * gradient), None, None


SOFT = 0.1  # share of a neuron's mean below which positive means bend away from zero


class LikelihoodLoss(nn.Module):
    """Negative log-likelihood of a family, whose parameters are learnt beside the network's.

    units: (zero, unit), each (layers, neurons), as preprocessing.units.observed gives them for a
    layer; train: (layers, bins, neurons). Parameters start from those of the train mean.
    """

    def __init__(self, family, units, train):
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

    def forward(self, estimate, activity, layers):
        """Of each entry of windows (batch, bins, neurons) of these layers (batch,)."""
        zero, unit, soft = (part[layers, None] for part in (self.zero, self.unit, self.soft))
        found = {name: part[layers, None].exp() for name, part in self.logarithms.items()}
        values, mean = (activity - zero) / unit, (estimate - zero) / unit
        if self.family == "gaussian":
            variance = found["variance"]
            return 0.5 * ((values - mean).square() / variance + (2 * torch.pi * variance).log())
        mean = soft * softplus(mean / soft) + 1e-6
        if self.family == "poisson":
            return mean - values * mean.log() + torch.lgamma(values + 1)
        # Sizes of what is not positive are set to 1 before logarithms: no NaN, nor in gradients.
        positive, rate, shape = values > NOTHING, found["rate"], found["shape"]
        chance = -torch.expm1(-rate * mean)
        size = torch.where(positive, values, 1)
        scaled = shape * chance / mean
        gamma = shape * scaled.log() + (shape - 1) * size.log() - scaled * size - shape.lgamma()
        return -torch.where(positive, chance.log() + gamma, -rate * mean)
