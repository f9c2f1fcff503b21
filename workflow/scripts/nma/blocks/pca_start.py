"""PCA as the start of the study's networks, which otherwise end below it.

Every stage is set to where it is close to linear: hidden states are small, gates are wide open or
shut, and Mish works far to the right. The network's latents are then those of PCA, shifted.
"""

import torch
from torch import nn

from nma.blocks.autoencoder import Autoencoder
from nma.blocks.linear_autoencoder import linear_autoencoder

SMALL = 0.03  # deviation of hidden states; ten times as far out, tanh still bends by only 3 %
OPEN = 10.0  # where a gate is open, its negative where it is shut; where Mish is the identity
# The gates of each cell that are left open and shut, and the one through which new input enters.
GATES = {
    "RNN_TANH": {"open": [], "shut": [], "new": 0},
    "GRU": {"open": [], "shut": [1], "new": 2},
    "LSTM": {"open": [0, 3], "shut": [1], "new": 2},
}


@torch.no_grad()
def start_from_pca(
    model: Autoencoder, network: nn.RNNBase, train: torch.Tensor, objective: str
) -> None:
    """Set a RecurrentAutoencoder to the linear autoencoder of train (layers, bins, neurons).

    network: the part of the model whose output enters the bottleneck, bidirectional; objective: of
    `linear_autoencoder`. Leaves the model in evaluation mode.
    """
    bins, dims = train.flatten(0, 1), model.dims
    mean = bins.mean(0)
    centred = (layer - mean for layer in train)
    encoder, decoder = linear_autoencoder(centred, bins.shape, dims, objective)
    _open_gates(network, SMALL * encoder, -SMALL * (encoder @ mean))
    wide, middle, narrow = model.bottleneck[0], model.bottleneck[2], model.bottleneck[5]
    for layer in (wide, middle, narrow):
        layer.weight.zero_()
        layer.bias.zero_()
        layer.weight[:dims, :dims].fill_diagonal_(1)
    wide.weight /= SMALL
    wide.bias += OPEN

    # The readout undoes the shift and the small bends of the stages before it.
    model.eval()
    latents = torch.cat([model.encode(layer[None])[0] for layer in train]).double()
    shift = latents.mean(0)
    linear = ((bins - mean) @ encoder.T).double()
    back = torch.linalg.lstsq(latents - shift, linear).solution.float()
    model.readout.weight.copy_(decoder @ back.T)
    model.readout.bias.copy_(mean - model.readout.weight @ shift.float())


def _open_gates(network: nn.RNNBase, weight: torch.Tensor, bias: torch.Tensor) -> None:
    """Let weight @ input + bias pass through a bidirectional network, and nothing else."""
    units, gates = network.hidden_size, GATES[network.mode]
    for parameter in network.parameters():
        parameter.zero_()
    for number, (w, _, b, _) in enumerate(network.all_weights):
        new = slice(gates["new"] * units, (gates["new"] + 1) * units)
        if number < 2:
            w[new, : weight.shape[1]], b[new] = weight, bias
        else:  # further layers: the mean of the two directions
            w[new] = torch.eye(units).repeat(1, 2).to(w) / 2
        for name, pre_activation in (("open", OPEN), ("shut", -OPEN)):
            for gate in gates[name]:
                b[gate * units : (gate + 1) * units] = pre_activation
