"""Recurrent networks run both ways through time."""

import torch
from torch import nn

from nma.blocks.recurrent_cells import GRU, LSTM, RNN, _transposed


class Bidirectional(nn.Module):
    """A recurrent network run both ways through time, the two directions averaged.

    cell: nn.RNN, nn.GRU or nn.LSTM; (batch, bins, inputs) to (batch, bins, dims).
    """

    def __init__(self, cell, inputs, dims, *, layers=1):
        super().__init__()
        self.network = cell(inputs, dims, num_layers=layers, bidirectional=True, batch_first=True)

    def forward(self, activity):
        forwards, backwards = bidirectional(self.network, activity).chunk(2, dim=2)
        return (forwards + backwards) / 2


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
        own_bias = [b_hidden[:, None]] if cell is GRU else []
        bias = b_in if own_bias else b_in + b_hidden
        gates = torch.nn.functional.linear(activity, w_in.flatten(0, 1), bias.flatten())
        with torch.autocast(activity.device.type, enabled=False):  # small products, many steps
            w_hidden = _transposed(w_hidden)
            activity = cell.apply(gates.to(w_hidden), w_hidden, *own_bias)
    return activity
