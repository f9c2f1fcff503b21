"""Forecasts by networks that run on from the last bins that they are given."""

from collections.abc import Mapping

import numpy as np
import torch

from nma.blocks.autoencoder import Autoencoder
from nma.forecasts.origins import HORIZONS, Activity
from nma.types import Bins, BinsNeurons, Neurons

AT_ONCE = 64  # origins


class NetworkForecaster:
    """Forecasts of a model with `forecast`; mean: of train (neurons,)."""

    def __init__(self, model: Autoencoder, mean: Neurons) -> None:
        self.model, self.mean = model, mean

    @torch.no_grad()
    def forecast(self, activity: Activity, origins: Mapping[int, Bins]) -> dict[int, BinsNeurons]:
        """See forecasts.origins.Forecaster. From each origin the model runs on once."""
        starts = np.unique(np.concatenate([*origins.values()]))
        context = min(self.model.context, int(starts[0]) + 1)
        device = next(self.model.parameters(), torch.empty(0)).device
        estimates = []
        for first in range(0, len(starts), AT_ONCE):
            bins = starts[first : first + AT_ONCE, None] + np.arange(1 - context, 1)
            seen = torch.from_numpy(activity.centred[bins] + self.mean).to(device)
            visible = torch.from_numpy(activity.present[bins]).to(device)
            found = self.model.forecast(seen, visible, max(HORIZONS)).cpu().numpy()
            estimates.append(found[:, np.array(HORIZONS) - 1] - self.mean)
        of_all = np.concatenate(estimates)
        return {
            h: of_all[np.searchsorted(starts, wanted), HORIZONS.index(h)]
            for h, wanted in origins.items()
        }
