"""The random weights that LFADS starts from (METHODS 9)."""

import torch
from torch import nn


@torch.no_grad()
def scaled_start(module: nn.Module) -> None:
    """Draw the weights of all linear and GRU layers of a module, in place.

    Weights are normal with a deviation of 1 / sqrt(inputs) and biases are 0, but for those of the
    update and reset gates, which are 1: at first, states change slowly.
    """
    for layer in module.modules():
        if not isinstance(layer, nn.Linear | nn.GRU | nn.GRUCell):
            continue
        for name, weight in layer.named_parameters():
            if weight.ndim == 2:
                nn.init.normal_(weight, std=max(weight.shape[1], 1) ** -0.5)
            else:
                nn.init.zeros_(weight)
                if name.startswith("bias_ih"):
                    weight[: len(weight) * 2 // 3] = 1  # gates are in the order r, z, n
