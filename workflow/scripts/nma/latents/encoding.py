"""Latents and reconstruction of models without a network, whatever baselines there are."""

from typing import Protocol

import numpy as np

from nma.preprocessing.splits import segments
from nma.preprocessing.tensors import Tensor
from nma.types import BinsDims, BinsNeurons


class FitWithLatents(Protocol):
    """A fitted model that reconstructs visible entries too, through latents.

    centred: activity less the train mean, 0 where it is not visible (bool).
    """

    def latents(self, centred: BinsNeurons, visible: BinsNeurons) -> BinsDims:
        """Latents given the visible entries."""

    def predict(self, centred: BinsNeurons, visible: BinsNeurons) -> BinsNeurons:
        """Estimates of all entries given the visible ones, less the train mean."""


def encode(fit: FitWithLatents, tensor: Tensor) -> tuple[BinsDims, BinsNeurons]:
    """Latents and reconstruction of the whole recording, each segment of time on its own."""
    latents, reconstructions, centred = [], [], tensor.centred
    for _, bins in segments(tensor.split):
        visible = np.broadcast_to(np.True_, centred[bins].shape)
        latents.append(fit.latents(centred[bins], visible))
        reconstructions.append(fit.predict(centred[bins], visible) + tensor.train_mean)
    return np.concatenate(latents), np.concatenate(reconstructions)
