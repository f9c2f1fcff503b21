"""What an LDS makes of train under a pool of masks: the input of residual networks in training.

The smoother is run once for each mask over all of train, so that a step costs the network alone.
"""

from typing import NamedTuple

import numpy as np
import torch

from nma.preprocessing.masks import FOLDS, hidden_entries, neuron_folds
from nma.state_space.lds import LDS, posterior_means
from nma.types import Neurons

PARTITIONS = 2  # of neurons into folds, each of which is hidden once
DRAWS = 2  # of hidden entries


class Windows(NamedTuple):
    """A batch of windows of train, each under a mask of its own, (batch, bins, ...).

    activity, and the LDS's estimates of it (neurons); latents (dims); visible, hidden: bool
    (neurons). What was not recorded is neither.
    """

    activity: torch.Tensor
    estimates: torch.Tensor
    latents: torch.Tensor
    visible: torch.Tensor
    hidden: torch.Tensor


class PosteriorPool:
    """Half of the windows that are drawn hide whole neurons, half single entries.

    train: (bins, neurons); mean: of train (neurons,); seed: of the masks; present: which entries
    were recorded (bool), all by default.
    """

    def __init__(
        self,
        lds: LDS,
        train: torch.Tensor,
        mean: Neurons,
        seed: int,
        present: torch.Tensor | None = None,
    ) -> None:
        self.train = train
        centred = train.cpu().numpy() - mean
        generator = np.random.default_rng(seed)
        masks = []
        for _ in range(PARTITIONS):
            folds = neuron_folds(centred.shape[1], int(generator.integers(2**31)))
            masks += [np.broadcast_to(folds != fold, centred.shape) for fold in range(FOLDS)]
        self.whole = len(masks)
        masks += [~hidden_entries(*centred.shape, generator) for _ in range(DRAWS)]
        recorded = np.True_ if present is None else present.cpu().numpy()
        self.visible, self.hidden, self.latents, self.estimates = [], [], [], []
        y = lds.transform(centred)
        for mask in masks:
            visible, hidden = mask & recorded, ~mask & recorded
            latents = posterior_means(lds.dynamics, y, visible)
            estimates = mean + lds.read(latents, lds.hidden)
            for kept, found in ((self.visible, visible), (self.hidden, hidden)):
                kept.append(torch.from_numpy(found).to(train.device))
            for kept, found in ((self.latents, latents), (self.estimates, estimates)):
                kept.append(torch.from_numpy(found).to(train))

    def draw(self, generator: np.random.Generator, size: int, window: int) -> Windows:
        """Draw so many windows of `window` bins."""
        whole = generator.random(size) < 0.5
        of_whole = generator.integers(self.whole, size=size)
        of_entries = generator.integers(self.whole, len(self.visible), size=size)
        masks = np.where(whole, of_whole, of_entries)
        starts = generator.integers(len(self.train) - window + 1, size=size)
        places = [
            (mask, slice(start, start + window)) for mask, start in zip(masks, starts, strict=True)
        ]
        return Windows(
            torch.stack([self.train[bins] for _, bins in places]),
            *(
                torch.stack([of_masks[mask][bins] for mask, bins in places])
                for of_masks in (self.estimates, self.latents, self.visible, self.hidden)
            ),
        )
