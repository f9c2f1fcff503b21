"""Latents and estimates of networks."""

import numpy as np
import torch

from nma.preprocessing.splits import segments
from nma.training.coordinated_dropout import estimate_hidden

CHUNK = 4096  # bins that a network is given at once, beside a margin on each side
MARGIN = 512


def chunks(bins):
    """Overlapping (what a network sees, what is kept of it) that cover `bins` bins, as slices.

    The second counts from the beginning of the first. A recording of any length takes bounded
    memory so; what lies MARGIN bins off has no influence on the latents of a network that forgets.
    """
    for start in range(0, bins, CHUNK):
        stop = min(start + CHUNK, bins)
        seen = slice(max(0, start - MARGIN), min(stop + MARGIN, bins))
        yield seen, slice(start - seen.start, stop - seen.start)


def predictor(model, train_mean):
    """A function of activity (bins, neurons) less the train mean, 0 where hidden, and of what is
    visible, to the network's estimates of all entries less the train mean."""

    @torch.no_grad()
    def predict(activity, visible):
        device = next(model.parameters()).device
        mean = torch.from_numpy(train_mean).to(device)
        found = []
        for seen, kept in chunks(len(activity)):
            x = torch.from_numpy(activity[seen]).to(device) + mean
            of_chunk = torch.from_numpy(visible[seen].copy()).to(device)
            estimate = estimate_hidden(model, x[None], of_chunk[None], mean)[0, kept] - mean
            found.append(estimate.cpu().numpy())
        return np.concatenate(found)

    return predict


@torch.no_grad()
def encode(model, activity, split_index):
    """Latents (bins, dims) and reconstruction (bins, neurons) of activity (bins, neurons) arrays.

    Train, validation, test and the gaps are encoded on their own: nothing of one reaches another.
    """
    latents, reconstructions = [], []
    device = next(model.parameters()).device
    for _, bins in segments(split_index):
        segment = activity[bins]
        for seen, kept in chunks(len(segment)):
            encoded = model.encode(torch.from_numpy(segment[None, seen]).to(device))[:, kept]
            latents.append(encoded[0].cpu().numpy())
            reconstructions.append(model.decode(encoded)[0].cpu().numpy())
    return np.concatenate(latents), np.concatenate(reconstructions)
