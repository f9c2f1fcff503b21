"""Latents and estimates of networks."""

from collections.abc import Iterator
from itertools import product

import numpy as np
import torch

from nma.blocks.autoencoder import Autoencoder
from nma.blocks.lds_start import LDSStart
from nma.preprocessing.masks import Masks
from nma.preprocessing.splits import segments
from nma.preprocessing.tensors import Tensor
from nma.state_space.corrected import read_estimates
from nma.training.coordinated_dropout import estimate_hidden
from nma.types import Array, Bins, BinsDims, BinsNeurons, FilePath, Neurons, Predict

CHUNK = 4096  # bins that a network is given at once, with a margin on each side
MARGIN = 512


def chunks(bins: int) -> Iterator[tuple[slice, slice]]:
    """Overlapping (bins that a network sees, those that are kept) that cover `bins` bins.

    The second counts from the beginning of the first. So a recording of any length takes bounded
    memory; bins MARGIN away have no influence on the latents of a network that forgets.
    """
    for start in range(0, bins, CHUNK):
        stop = min(start + CHUNK, bins)
        seen = slice(max(0, start - MARGIN), min(stop + MARGIN, bins))
        yield seen, slice(start - seen.start, stop - seen.start)


def know_estimates(start: LDSStart, tensor: Tensor, masks: Masks, corrections: FilePath) -> None:
    """Let a network's start keep what its LDS makes of hidden activity, which is the same for all
    networks of a layer: that of corrections/{layer}.h5."""
    estimates = read_estimates(corrections)
    for _, segment in segments(tensor.split):
        centred, present = tensor.centred[segment], tensor.present[segment]
        hidden = [("cosmooth", masks.folds == fold) for fold in np.unique(masks.folds)]
        if tensor.held_out[segment.start]:
            hidden.append(("masked", masks.entries[segment]))
        for (kind, entries), (seen, _) in product(hidden, chunks(len(centred))):
            visible = (present & ~entries)[seen]
            start.know(centred[seen] * visible, visible, estimates[kind][segment][seen])


def predictor(model: Autoencoder, train_mean: Neurons) -> Predict:
    """The function by which a network predicts what is hidden from it."""

    @torch.no_grad()
    def predict(centred: BinsNeurons, visible: BinsNeurons) -> BinsNeurons:
        device = next(model.parameters()).device
        mean = torch.from_numpy(train_mean).to(device)
        found = []
        for seen, kept in chunks(len(centred)):
            x = torch.from_numpy(centred[seen]).to(device) + mean
            of_chunk = torch.from_numpy(visible[seen].copy()).to(device)
            estimate = estimate_hidden(model, x[None], of_chunk[None], mean)[0, kept] - mean
            found.append(estimate.cpu().numpy())
        return np.concatenate(found)

    return predict


@torch.no_grad()
def encode(
    model: Autoencoder, activity: BinsNeurons, split: Bins, present: BinsNeurons | bool = True
) -> tuple[BinsDims, BinsNeurons]:
    """Latents and reconstruction of activity, float32.

    Train, validation, test and the gaps are encoded on their own: nothing of one reaches another.
    split: the code of each bin; present: which entries were recorded (bool), as others are hidden
    from a model that can do without them.
    """
    latents, reconstructions = [], []
    for given, kept in _given(model, activity, split, present):
        encoded = model.encode(*given)[:, kept]
        latents.append(encoded[0].cpu().numpy())
        reconstructions.append(model.decode(encoded)[0].cpu().numpy())
    return np.concatenate(latents), np.concatenate(reconstructions)


@torch.no_grad()
def inferred_inputs(
    model: Autoencoder, activity: BinsNeurons, split: Bins, present: BinsNeurons | bool = True
) -> Array | None:
    """Inputs (bins, inputs) of a model's dynamics, float32; None of a model without. The arguments
    are those of `encode`."""
    found = []
    for given, kept in _given(model, activity, split, present):
        inputs = model.inferred_inputs(*given)
        if inputs is None:
            return None
        found.append(inputs[0, kept].cpu().numpy())
    return np.concatenate(found)


def _given(
    model: Autoencoder, activity: BinsNeurons, split: Bins, present: BinsNeurons | bool
) -> Iterator[tuple[list[torch.Tensor], slice]]:
    """Segment by segment and chunk by chunk: what a model is given, and the bins that are kept."""
    takes_visible = model.takes_visible and not np.all(present)
    device = next(model.parameters()).device
    for _, bins in segments(split):
        segment = activity[bins]
        for seen, kept in chunks(len(segment)):
            given = [segment[None, seen]]
            if takes_visible:
                given.append(present[bins][None, seen])
            yield [torch.from_numpy(x).to(device) for x in given], kept
