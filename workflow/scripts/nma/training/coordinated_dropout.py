"""Entries hidden from a network while it trains to predict them (Keshtkaran & Pandarinath 2019).

Coordinated dropout: the loss counts exactly the entries that are hidden from the input, so that no
network can learn to copy its input. Half of the windows hide whole neurons, as cosmooth_r2 does,
the others single entries, as masked_r2 does.
"""

import numpy as np
import torch

from nma.blocks.autoencoder import Autoencoder
from nma.preprocessing.masks import hidden_entries


def draw_visible(
    shape: tuple[int, int, int], generator: np.random.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw which entries (batch, bins, neurons) bool are visible, and which windows (batch,) bool
    hide whole neurons. The share that is hidden is that of preprocessing.masks."""
    batch, bins, neurons = shape
    whole = generator.random(batch) < 0.5
    visible = ~hidden_entries(batch * bins, neurons, generator).reshape(shape)
    visible[whole] = visible[whole, :1]
    return torch.from_numpy(visible), torch.from_numpy(whole)


def estimate_hidden(
    model: Autoencoder, activity: torch.Tensor, visible: torch.Tensor, train_mean: torch.Tensor
) -> torch.Tensor:
    """A model's estimates (batch, bins, neurons) from the visible entries of activity.

    visible: bool like activity; train_mean: (neurons,). A model with `takes_visible` handles hidden
    entries itself. Any other sees them at their mean, and the visible ones scaled up by the share
    that is missing in their bin, so that sums over neurons keep their size.
    """
    if model.takes_visible:
        return model(activity, visible)
    seen = visible.sum(dim=2, keepdim=True).clamp(min=1)
    return model(train_mean + (activity - train_mean) * visible * (visible.shape[2] / seen))
