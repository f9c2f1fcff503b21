"""Recurrent cells unrolled through time in both directions at once, with gradients by hand.

On a processor torch runs a recurrent layer cell by cell and records every small operation for its
gradient, which takes most of the time for the small layers of these models. Here a time step is a
few operations on preallocated memory, and everything that does not depend on the step before is
computed for all steps at once. The cells are those of torch.nn.RNN (tanh), GRU and LSTM, gate by
gate.

Shapes: gates (batch, bins, 2 x G x units), the input's part of the pre-activations of both
directions, with the bias; weight (2, units, G x units) of the hidden state's part; results (batch,
bins, 2 x units). G is 1, 3 and 4. Inside a cell all values are (bins, 2, batch, ...), the second
direction reversed in time, so that a time step is contiguous in memory.
"""

from collections.abc import Iterator
from functools import lru_cache

import torch
from torch.autograd import Function
from torch.autograd.function import FunctionCtx


class RNN(Function):
    """h' = tanh(gates + h W)."""

    @staticmethod
    def forward(ctx: FunctionCtx, gates: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        hidden = _by_step(gates)
        before = hidden.new_zeros(hidden.shape[1:])
        for out in hidden.unbind():
            before = out.baddbmm_(before, weight).tanh_()
        ctx.save_for_backward(hidden, weight)
        return _by_window(hidden)

    @staticmethod
    def backward(ctx: FunctionCtx, gradient: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        hidden, weight = ctx.saved_tensors
        change, back = _by_step(gradient), transposed(weight)
        later = torch.zeros_like(change[0])
        for wanted, slope in _steps_back(change, 1 - hidden**2):
            later = wanted.baddbmm_(later, back).mul_(slope)
        change = _by_window(change)
        return change, _of_weight(change, _before(hidden))


class GRU(Function):
    """r, z = sigmoid, n = tanh(gates + r (h W + b)), h' = n + z (h - n); gates r, z, n.

    bias: b of all gates (2, 1, 3 x units), as that of n cannot simply be added to `gates`.
    """

    @staticmethod
    def forward(
        ctx: FunctionCtx, gates: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor
    ) -> torch.Tensor:
        gates, units = _by_step(gates), weight.shape[1]
        hidden = gates.new_empty(*gates.shape[:3], units)
        own = torch.empty_like(gates)  # the hidden state's part of each gate
        both, new = gates.split((2 * units, units), 3)
        own_both, own_new = own.split((2 * units, units), 3)
        reset, update = both.chunk(2, 3)
        before = hidden.new_zeros(hidden.shape[1:])
        for part, rz, r, z, n, part_rz, part_n, out in _steps(
            own, both, reset, update, new, own_both, own_new, hidden
        ):
            torch.baddbmm(bias, before, weight, out=part)
            rz.add_(part_rz).sigmoid_()
            n.addcmul_(r, part_n).tanh_()
            before = torch.lerp(n, before, z, out=out)
        ctx.save_for_backward(gates, own_new, hidden, weight)
        return _by_window(hidden)

    @staticmethod
    def backward(
        ctx: FunctionCtx, gradient: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        gates, own, hidden, weight = ctx.saved_tensors
        gradient, back, units = _by_step(gradient), transposed(weight), weight.shape[1]
        reset, update, new = gates.chunk(3, dim=3)
        of_new, before = (1 - update) * (1 - new**2), _before(hidden)
        # Factors of the gradient of a step's h for r, z, n's own part and n.
        slopes = torch.cat(
            [
                of_new * own * reset * (1 - reset),
                (before - new) * update * (1 - update),
                of_new * reset,
                of_new,
            ],
            dim=3,
        ).unflatten(3, (4, units))
        change = torch.empty_like(slopes)
        of_hidden = change[:, :, :, :3].flatten(3)
        carried, later = torch.zeros_like(gradient[0]), torch.zeros_like(of_hidden[0])
        for wanted, z, slope, out, part in _steps_back(gradient, update, slopes, change, of_hidden):
            wanted.add_(carried).baddbmm_(later, back)
            torch.mul(wanted.unsqueeze(2), slope, out=out)
            carried, later = torch.mul(wanted, z), part
        of_gates = torch.cat([change[:, :, :, :2], change[:, :, :, 3:]], dim=3)
        of_hidden = _by_window(of_hidden)
        of_bias = of_hidden.sum(dim=(0, 1)).view(2, 1, -1)
        return _by_window(of_gates.flatten(3)), _of_weight(of_hidden, before), of_bias


class LSTM(Function):
    """i, f, o = sigmoid, g = tanh of gates + h W, c' = f c + i g, h' = o tanh(c').

    Gates i, f, g, o.
    """

    @staticmethod
    def forward(ctx: FunctionCtx, gates: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        gates, units = _by_step(gates), weight.shape[1]
        hidden = gates.new_empty(*gates.shape[:3], units)
        cell, squashed = torch.empty_like(hidden), torch.empty_like(hidden)
        both, new, leave = gates.split((2 * units, units, units), 3)
        enter, forget = both.chunk(2, 3)
        before, memory = hidden.new_zeros(hidden.shape[1:]), hidden.new_zeros(hidden.shape[1:])
        for all_four, i_f, i, f, g, o, c, tanh_c, out in _steps(
            gates, both, enter, forget, new, leave, cell, squashed, hidden
        ):
            all_four.baddbmm_(before, weight)
            i_f.sigmoid_()
            memory = torch.mul(f, memory, out=c).addcmul_(i, g.tanh_())
            before = torch.mul(o.sigmoid_(), torch.tanh(memory, out=tanh_c), out=out)
        ctx.save_for_backward(gates, cell, squashed, hidden, weight)
        return _by_window(hidden)

    @staticmethod
    def backward(ctx: FunctionCtx, gradient: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        gates, cell, squashed, hidden, weight = ctx.saved_tensors
        gradient, back, units = _by_step(gradient), transposed(weight), weight.shape[1]
        enter, forget, new, leave = gates.chunk(4, 3)
        of_memory = [
            new * enter * (1 - enter),
            _before(cell) * forget * (1 - forget),
            enter * (1 - new**2),
        ]
        slopes = torch.cat(of_memory, 3).unflatten(3, (3, units))
        to_memory, of_leave = leave * (1 - squashed**2), squashed * leave * (1 - leave)
        change = torch.empty_like(gates)
        by_gate = change.unflatten(3, (4, units))
        outs = by_gate[:, :, :, :3], by_gate[:, :, :, 3], change
        later, memory = torch.zeros_like(change[0]), torch.zeros_like(gradient[0])
        for wanted, f, to, slope, slope_leave, three, last, part in _steps_back(
            gradient, forget, to_memory, slopes, of_leave, *outs
        ):
            memory.addcmul_(wanted.baddbmm_(later, back), to)
            torch.mul(memory.unsqueeze(2), slope, out=three)
            torch.mul(wanted, slope_leave, out=last)
            memory.mul_(f)
            later = part
        change = _by_window(change)
        return change, _of_weight(change, _before(hidden))


def _by_step(values: torch.Tensor) -> torch.Tensor:
    """(batch, bins, 2 x size) to (bins, 2, batch, size), the second direction reversed in time."""
    batch, bins, _ = values.shape
    rows, (there, _) = values.reshape(2 * batch * bins, -1), _orders(batch, bins, values.device)
    return rows.index_select(0, there).view(bins, 2, batch, -1)


def _by_window(values: torch.Tensor) -> torch.Tensor:
    """The inverse of _by_step: (bins, 2, batch, size) to (batch, bins, 2 x size)."""
    bins, _, batch, _ = values.shape
    rows, (_, back) = values.reshape(2 * batch * bins, -1), _orders(batch, bins, values.device)
    return rows.index_select(0, back).view(batch, bins, -1)


@lru_cache(maxsize=16)
def _orders(batch: int, bins: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """The order of rows in the result of _by_step, and its inverse."""
    numbers = torch.arange(2 * batch * bins, device=device).view(batch, bins, 2).permute(1, 2, 0)
    there = torch.stack([numbers[:, 0], numbers[:, 1].flip(0)], dim=1).flatten()
    return there, there.argsort()


def transposed(weight: torch.Tensor) -> torch.Tensor:
    """(2, a, b) to (2, b, a), in memory too: the small products of each step are four times faster
    for it."""
    return weight.transpose(1, 2).contiguous()


def _steps(*values: torch.Tensor) -> Iterator[tuple[torch.Tensor, ...]]:
    """The values of each time step, in order."""
    return zip(*(value.unbind() for value in values), strict=True)


def _steps_back(*values: torch.Tensor) -> Iterator[tuple[torch.Tensor, ...]]:
    """The values of each time step, from the last to the first."""
    return zip(*(reversed(value.unbind()) for value in values), strict=True)


def _before(values: torch.Tensor) -> torch.Tensor:
    """The value before each step (bins, ...), zeros for the first."""
    return torch.cat([torch.zeros_like(values[:1]), values[:-1]])


def _of_weight(change: torch.Tensor, before: torch.Tensor) -> torch.Tensor:
    """The gradient of weight, from that of the pre-activations (batch, bins, 2 x G x units) and
    the hidden states before each step."""
    both = (_by_window(before), change)
    directions = zip(*(x.flatten(0, 1).chunk(2, dim=1) for x in both), strict=True)
    return torch.stack([states.T @ wanted for states, wanted in directions])
