"""The generator of LFADS, a recurrent network that makes factors, and its controller."""

from typing import NamedTuple

import torch
from torch import nn
from torch.nn.functional import linear, normalize

from nma.blocks.dropout import Dropout
from nma.blocks.gaussian_latents import draw

LARGEST = 5.0  # of a state of the generator


class Run(NamedTuple):
    """A run of the generator: factors (batch, bins, dims) and its last state (batch, units); mean,
    log variance and sample of its inputs, each (batch, bins, inputs)."""

    factors: torch.Tensor
    state: torch.Tensor
    mean: torch.Tensor
    log_variance: torch.Tensor
    drawn: torch.Tensor


class Generator(nn.Module):
    """A GRU whose states give the factors, and a controller that infers its inputs.

    dims: factors; units, controller: hidden units; inputs: inferred inputs, 0 for a generator that
    runs on its own and a network without controller. In training inputs are drawn from their
    posterior, otherwise they are its mean.
    """

    def __init__(
        self, dims: int, units: int, *, inputs: int, controller: int, dropout: float
    ) -> None:
        super().__init__()
        self.inputs = inputs
        self.cell = nn.GRUCell(inputs, units)
        self.to_factors = nn.Linear(units, dims, bias=False)
        self.dropout = Dropout(dropout)
        if inputs:
            self.controller = nn.GRUCell(2 * controller + dims, controller)
            self.posterior = nn.Linear(controller, 2 * inputs)

    def factors(self, state: torch.Tensor) -> torch.Tensor:
        """Factors (..., dims) of states (..., units): projections on directions of length 1."""
        return linear(self.dropout(state), normalize(self.to_factors.weight, dim=1))

    def forward(self, state: torch.Tensor, seen: torch.Tensor | None, bins: int) -> Run:
        """Run for `bins` bins from a state (batch, units).

        seen: what the controller sees of the activity (batch, bins, 2 x controller), of
        blocks.lfads_encoders, or None for inputs of 0.
        """
        # A step of a GRU is between the state before and a value within 1, so that all states stay
        # within the bound of the first.
        state = state.clamp(-LARGEST, LARGEST)
        batch, found = len(state), []
        if seen is None or not self.inputs:
            return self._run_on(state, bins)
        assert seen.shape[:2] == (batch, bins), seen.shape
        control = state.new_zeros(batch, self.controller.hidden_size)
        factors = self.factors(state)
        for of_bin in seen.unbind(1):
            control = self.controller(torch.cat([self.dropout(of_bin), factors], 1), control)
            mean, log_variance = self.posterior(control).chunk(2, 1)
            drawn = draw(mean, log_variance) if self.training else mean
            state = self.cell(drawn, state)
            factors = self.factors(state)
            found.append((factors, mean, log_variance, drawn))
        factors, *inputs = (torch.stack(part, dim=1) for part in zip(*found, strict=True))
        return Run(factors, state, *inputs)

    def _run_on(self, state: torch.Tensor, bins: int) -> Run:
        """Run for `bins` bins with all inputs 0."""
        inputs, states = state.new_zeros(len(state), bins, self.inputs), []
        for of_bin in inputs.unbind(1):
            state = self.cell(of_bin, state)
            states.append(state)
        return Run(self.factors(torch.stack(states, dim=1)), state, inputs, inputs, inputs)
