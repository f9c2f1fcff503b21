"""Recurrent networks run both ways through time."""

import torch
from torch import nn

from nma.blocks.recurrent_cells import GRU, LSTM, RNN, transposed


class Bidirectional(nn.Module):
    """A recurrent network run both ways through time, the two directions averaged.

    cell: nn.RNN, nn.GRU or nn.LSTM; layers: stacked ones. (batch, bins, inputs) to (batch, bins,
    dims).
    """

    def __init__(self, cell: type[nn.RNNBase], inputs: int, dims: int, *, layers: int = 1) -> None:
        super().__init__()
        self.network = cell(inputs, dims, num_layers=layers, bidirectional=True, batch_first=True)

    def forward(self, activity: torch.Tensor) -> torch.Tensor:
        forwards, backwards = bidirectional(self.network, activity).chunk(2, dim=2)
        return (forwards + backwards) / 2


def bidirectional(network: nn.RNNBase, activity: torch.Tensor) -> torch.Tensor:
    """The output (batch, bins, 2 x units) of a bidirectional network for activity (batch, bins,
    inputs): by torch on a GPU and, of a GRU or LSTM, without gradients; else by `run_both_ways`,
    which is faster there."""
    gated = network.mode in ("GRU", "LSTM")
    if activity.is_cuda or (gated and not torch.is_grad_enabled()):
        return network(activity)[0]
    return run_both_ways(network, activity)


def run_both_ways(network: nn.RNNBase, activity: torch.Tensor) -> torch.Tensor:
    """The output (batch, bins, 2 x units) of a bidirectional nn.RNN, nn.GRU or nn.LSTM (batch
    first) for activity (batch, bins, inputs), by the cells of blocks.recurrent_cells."""
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
            w_hidden = transposed(w_hidden)
            activity = cell.apply(gates.to(w_hidden), w_hidden, *own_bias)
    return activity
