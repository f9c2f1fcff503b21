"""A diagonal linear recurrence in time: states that decay and turn, each for itself.

As in LRU (Orvieto et al. 2023, ICML) and S5 (Smith et al. 2023, ICLR).
"""

import math

import torch
from torch import nn
from torch.autograd import Function
from torch.autograd.function import FunctionCtx

SLOWEST, FASTEST = 1e-6, 20.0  # decay rates a bin, beyond which float32 tells nothing apart


class DiagonalRecurrence(nn.Module):
    """x_t = lambda x_(t-1) + B u_t with complex states, |lambda| = exp(-1 / tau), tau in bins.

    u: (batch, bins, inputs); result: (batch, bins, 2 x states), real parts before imaginary ones.
    Time constants start on a log grid from one bin to `longest`; every other state turns by one
    radian within its tau. backwards: from the last bin to the first.
    """

    def __init__(
        self, inputs: int, states: int, *, longest: float = 128.0, backwards: bool = False
    ) -> None:
        super().__init__()
        self.backwards = backwards
        taus = torch.logspace(0, math.log10(longest), states)
        turns = torch.arange(states) % 2 / taus
        self.log_rate, self.angle = nn.Parameter(-taus.log()), nn.Parameter(turns)
        self.drive = nn.Linear(inputs, 2 * states, bias=False)

    @property
    def eigenvalues(self) -> torch.Tensor:
        """lambda (states,), complex."""
        rate = self.log_rate.exp().clamp(SLOWEST, FASTEST)
        return torch.polar((-rate).exp(), self.angle)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        assert inputs.ndim == 3 and inputs.shape[2] == self.drive.in_features, inputs.shape
        drive = torch.complex(*self.drive(inputs).float().transpose(0, 1).chunk(2, dim=2))
        states = scan(drive.flip(0) if self.backwards else drive, self.eigenvalues)
        states = (states.flip(0) if self.backwards else states).transpose(0, 1)
        return torch.cat([states.real, states.imag], dim=2)


def scan(drive: torch.Tensor, eigenvalues: torch.Tensor) -> torch.Tensor:
    """x_t = lambda x_(t-1) + d_t from x_0 = d_0, for drive d (bins, batch, states) and lambda
    (states,), both complex."""
    return Scan.apply(drive, eigenvalues)


class Scan(Function):
    """The recurrence in blocks of about the root of the number of bins: within all blocks at once,
    then from block to block. So 256 bins take 32 steps."""

    @staticmethod
    def forward(ctx: FunctionCtx, drive: torch.Tensor, eigenvalues: torch.Tensor) -> torch.Tensor:
        states = _in_blocks(drive, eigenvalues)
        ctx.save_for_backward(states, eigenvalues)
        return states

    @staticmethod
    def backward(ctx: FunctionCtx, gradient: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        states, eigenvalues = ctx.saved_tensors
        # The gradient runs through the conjugate recurrence, from the last bin to the first.
        of_drive = _in_blocks(gradient.flip(0), eigenvalues.conj().resolve_conj()).flip(0)
        of_eigenvalues = (of_drive[1:] * states[:-1].conj()).sum(dim=(0, 1))
        return of_drive, of_eigenvalues


def _in_blocks(drive: torch.Tensor, eigenvalues: torch.Tensor) -> torch.Tensor:
    bins, batch, states = drive.shape
    length = max(1, round(math.sqrt(bins)))
    blocks = -(-bins // length)
    if rest := blocks * length - bins:
        drive = torch.cat([drive, drive.new_zeros(rest, batch, states)])
    drive = drive.view(blocks, length, batch, states)
    found, before = torch.empty_like(drive), torch.zeros_like(drive[:, 0])
    for step in range(length):
        before = torch.addcmul(drive[:, step], eigenvalues, before, out=found[:, step])
    powers = [eigenvalues]
    for _ in range(length - 1):
        powers.append(powers[-1] * eigenvalues)
    ends = [torch.zeros_like(drive[0, 0])]  # of the block before each block
    for block in range(blocks - 1):
        ends.append(torch.addcmul(found[block, -1], powers[-1], ends[-1]))
    found.addcmul_(torch.stack(powers)[:, None], torch.stack(ends)[:, None])
    return found.view(blocks * length, batch, states)[:bins]
