"""What is hidden from a network while it trains to predict it (Keshtkaran & Pandarinath 2019).

Coordinated dropout: what is hidden from the input is what the loss counts, so that no network can
learn to copy its input. Half of the windows hide whole neurons, as cosmooth_r2 does, the others
single entries, as masked_r2 does.
"""

import torch

from nma.preprocessing.masks import hidden_entries


def draw_visible(shape, generator):
    """What a batch of windows (batch, bins, neurons) may see, bool, and which of the windows
    (batch,) hide whole neurons. generator: of numpy; the share that is hidden is
    latents.cosmoothing's."""
    batch, bins, neurons = shape
    whole = generator.random(batch) < 0.5
    visible = ~hidden_entries(batch * bins, neurons, generator).reshape(shape)
    visible[whole] = visible[whole, :1]
    return torch.from_numpy(visible), torch.from_numpy(whole)


def estimate_hidden(model, activity, visible, train_mean):
    """What a model makes of activity (batch, bins, neurons) of which it sees the visible entries.

    A model with `takes_visible` does with them what it will. Any other gets hidden entries at their
    mean, and visible ones farther from it by the share that is missing in their bin, so that sums
    over neurons keep their size.
    """
    if getattr(model, "takes_visible", False):
        return model(activity, visible)
    seen = visible.sum(dim=2, keepdim=True).clamp(min=1)
    return model(train_mean + (activity - train_mean) * visible * (visible.shape[2] / seen))
