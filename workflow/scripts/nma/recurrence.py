"""Recurrent cells unrolled through time in both directions at once, with gradients by hand.

torch runs a recurrent layer on a processor cell by cell and records every small operation for its
gradient: for the small layers of these models that is most of the time. Here a time step is a few
operations on preallocated memory, and what does not depend on the step before is done for all steps
at once. The cells are those of torch.nn.RNN (tanh), GRU and LSTM, gate by gate.

Shapes: gates (bins, 2, batch, G x units), the input's part of the pre-activations, the second
direction reversed in time; weight (2, units, G x units) and bias (2, 1, G x units) of the hidden
state's part; results (bins, 2, batch, units). G is 1, 3 and 4.
"""

import torch
from torch.autograd import Function


class RNN(Function):
    """h' = tanh(gates + h W + b)."""

    @staticmethod
    def forward(ctx, gates, weight, bias):
        hidden = gates + bias
        before = hidden.new_zeros(hidden.shape[1:])
        for out in hidden.unbind():
            before = out.baddbmm_(before, weight).tanh_()
        ctx.save_for_backward(hidden, weight)
        return hidden

    @staticmethod
    def backward(ctx, gradient):
        hidden, weight = ctx.saved_tensors
        slope = 1 - hidden**2
        change, back = torch.empty_like(hidden), weight.transpose(1, 2)
        carried = torch.zeros_like(gradient[0])
        for now, steep, out in _steps_back(gradient, slope, change):
            torch.mul(now.add(carried), steep, out=out)
            carried = torch.bmm(out, back)
        return change, *_of_weights(change, hidden)


class GRU(Function):
    """r, z = sigmoid, n = tanh(gates + r (h W + b)), h' = n + z (h - n); gates r, z, n."""

    @staticmethod
    def forward(ctx, gates, weight, bias):
        units = weight.shape[1]
        hidden = gates.new_empty(*gates.shape[:3], units)
        # r, z and n of each step, and the hidden state's part of n.
        inner, own = torch.empty_like(gates), torch.empty_like(hidden)
        before = hidden.new_zeros(hidden.shape[1:])
        inputs, outputs = gates.split((2 * units, units), 3), inner.split((2 * units, units), 3)
        for for_both, for_new, both, new, part_of_new, out in _steps(
            *inputs, *outputs, own, hidden
        ):
            of_both, of_new = torch.baddbmm(bias, before, weight).split((2 * units, units), 2)
            reset, update = torch.add(for_both, of_both, out=both).sigmoid_().chunk(2, 2)
            torch.addcmul(for_new, reset, of_new, out=new).tanh_()
            before = torch.lerp(new, before, update, out=out)
            part_of_new.copy_(of_new)
        ctx.save_for_backward(inner, own, hidden, weight)
        return hidden

    @staticmethod
    def backward(ctx, gradient):
        inner, own, hidden, weight = ctx.saved_tensors
        units = weight.shape[1]
        reset, update, new = inner.chunk(3, dim=3)
        of_new = (1 - update) * (1 - new**2)
        # What the gradient of a step's h is multiplied with, for r, z, n's own part and n.
        slopes = torch.cat(
            [
                of_new * own * reset * (1 - reset),
                (_before(hidden) - new) * update * (1 - update),
                of_new * reset,
                of_new,
            ],
            dim=3,
        ).unflatten(3, (4, units))
        change, back = torch.empty_like(slopes), weight.transpose(1, 2)
        of_hidden = change[:, :, :, :3].flatten(3)
        carried = torch.zeros_like(gradient[0])
        for now, keep, steep, out, part in _steps_back(gradient, update, slopes, change, of_hidden):
            wanted = now.add(carried)
            torch.mul(wanted.unsqueeze(2), steep, out=out)
            carried = torch.mul(wanted, keep).baddbmm_(part, back)
        return change[:, :, :, [0, 1, 3]].flatten(3), *_of_weights(of_hidden, hidden)


class LSTM(Function):
    """i, f, o = sigmoid, g = tanh, c' = f c + i g, h' = o tanh(c'); gates i, f, g, o."""

    @staticmethod
    def forward(ctx, gates, weight, bias):
        units = weight.shape[1]
        inner = gates + bias
        hidden = gates.new_empty(*gates.shape[:3], units)
        cell, squashed = torch.empty_like(hidden), torch.empty_like(hidden)
        before, memory = hidden.new_zeros(hidden.shape[1:]), hidden.new_zeros(hidden.shape[1:])
        for part, kept, squeezed, out in _steps(inner, cell, squashed, hidden):
            part.baddbmm_(before, weight)
            enter_forget, new, leave = part.split((2 * units, units, units), 2)
            enter, forget = enter_forget.sigmoid_().chunk(2, 2)
            memory = torch.mul(forget, memory, out=kept).addcmul_(enter, new.tanh_())
            before = torch.mul(leave.sigmoid_(), torch.tanh(memory, out=squeezed), out=out)
        ctx.save_for_backward(inner, cell, squashed, hidden, weight)
        return hidden

    @staticmethod
    def backward(ctx, gradient):
        inner, cell, squashed, hidden, weight = ctx.saved_tensors
        units = weight.shape[1]
        enter, forget, new, leave = inner.chunk(4, 3)
        of_memory = [
            new * enter * (1 - enter),
            _before(cell) * forget * (1 - forget),
            enter * (1 - new**2),
        ]
        slopes = torch.cat(of_memory, 3).unflatten(3, (3, units))
        to_memory, of_leave = leave * (1 - squashed**2), squashed * leave * (1 - leave)
        change, back = torch.empty_like(inner), weight.transpose(1, 2)
        by_gate = change.unflatten(3, (4, units))
        outs = by_gate[:, :, :, :3], by_gate[:, :, :, 3], change
        carried, memory = torch.zeros_like(gradient[0]), torch.zeros_like(gradient[0])
        for now, keep, to, steep, steep_leave, three, last, part in _steps_back(
            gradient, forget, to_memory, slopes, of_leave, *outs
        ):
            wanted = now.add(carried)
            memory.addcmul_(wanted, to)
            torch.mul(memory.unsqueeze(2), steep, out=three)
            torch.mul(wanted, steep_leave, out=last)
            carried = torch.bmm(part, back)
            memory.mul_(keep)
        return change, *_of_weights(change, hidden)


def _steps(*values):
    """The values of each time step, in order."""
    return zip(*(value.unbind() for value in values), strict=True)


def _steps_back(*values):
    """The values of each time step, from the last to the first."""
    return zip(*(reversed(value.unbind()) for value in values), strict=True)


def _before(values):
    """What each step had before it: (bins, ...), zeros first."""
    return torch.cat([torch.zeros_like(values[:1]), values[:-1]])


def _of_weights(change, hidden):
    """Gradients of weight and bias: sums over bins and batch of what the pre-activations want."""
    later, before = (x.transpose(0, 1).flatten(1, 2) for x in (change[1:], hidden[:-1]))
    return torch.bmm(before.transpose(1, 2), later), change.sum(dim=(0, 2)).unsqueeze(1)


def bidirectional(network, activity):
    """The output of a bidirectional layer (batch, bins, 2 x units), as its device does it best."""
    if activity.is_cuda:
        return network(activity)[0]
    return run_both_ways(network, activity)


def run_both_ways(network, activity):
    """What a bidirectional nn.RNN, nn.GRU or nn.LSTM (batch first) gives for activity.

    (batch, bins, inputs) to (batch, bins, 2 x units), by the cells above.
    """
    cell = {"RNN_TANH": RNN, "GRU": GRU, "LSTM": LSTM}[network.mode]
    weights = network.all_weights  # forwards and backwards in turn, layer by layer
    for forwards, backwards in zip(weights[::2], weights[1::2], strict=True):
        w_in, w_hidden, b_in, b_hidden = (
            torch.stack(pair) for pair in zip(forwards, backwards, strict=True)
        )
        gates = torch.nn.functional.linear(activity, w_in.flatten(0, 1), b_in.flatten())
        gates = gates.unflatten(2, (2, -1)).permute(1, 2, 0, 3)
        gates = torch.stack([gates[:, 0], gates[:, 1].flip(0)], dim=1)
        with torch.autocast(activity.device.type, enabled=False):  # small products, many steps
            w_hidden = w_hidden.transpose(1, 2).contiguous()
            hidden = cell.apply(gates.to(w_hidden), w_hidden, b_hidden[:, None])
        both = torch.cat([hidden[:, 0], hidden[:, 1].flip(0)], dim=2)
        activity = both.transpose(0, 1)
    return activity
