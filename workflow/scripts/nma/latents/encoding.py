"""Latents and reconstruction of models without a network, whatever baselines there are."""

from typing import Protocol

import numpy as np

from nma.preprocessing.splits import segments
from nma.preprocessing.tensors import Tensor
from nma.types import BinsDims, BinsNeurons


class FitWithLatents(Protocol):
    """A fitted model that reconstructs activity through latents.

    centred: activity less the train mean, 0 where it is not visible (bool).
    """

    def latents(self, centred: BinsNeurons, visible: BinsNeurons) -> BinsDims:
        """Latents given the visible entries."""

    def reconstruct(self, latents: BinsDims) -> BinsNeurons:
        """Activity of latents, less the train mean."""


def encode(fit: FitWithLatents, tensor: Tensor) -> tuple[BinsDims, BinsNeurons]:
    """Latents and reconstruction of the whole recording, each segment of time on its own.

    Entries that were not recorded are hidden.
    """
    latents, reconstructions, centred = [], [], tensor.centred
    for _, bins in segments(tensor.split):
        visible = tensor.present[bins]
        latents.append(fit.latents(centred[bins] * visible, visible))
        reconstructions.append(fit.reconstruct(latents[-1]) + tensor.train_mean)
    return np.concatenate(latents), np.concatenate(reconstructions)
