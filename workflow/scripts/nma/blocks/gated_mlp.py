"""A layer whose output is gated by another layer (GLU, Dauphin et al. 2017, ICML)."""

import torch
from torch import nn

from nma.blocks.dropout import Dropout


class GatedMLP(nn.Module):
    """(..., inputs) to (..., outputs): half of `units` hidden units times the sigmoid of the other
    half, dropout, and a linear layer that starts at zero."""

    def __init__(self, inputs: int, units: int, outputs: int, *, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(inputs)
        self.hidden, self.dropout = nn.Linear(inputs, 2 * units), Dropout(dropout)
        self.out = nn.Linear(units, outputs)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        value, gate = self.hidden(self.norm(inputs)).chunk(2, dim=-1)
        return self.out(self.dropout(value * gate.sigmoid()))
