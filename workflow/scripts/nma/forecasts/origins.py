"""What is forecast from where: activity, horizons and origins (METHODS 9)."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

import numpy as np

from nma.preprocessing.splits import held_out, in_split
from nma.preprocessing.tensors import Tensor
from nma.types import Bins, BinsNeurons

HORIZONS = (1, 2, 4, 8, 16)  # bins


class Activity(NamedTuple):
    """A layer's activity as forecasts see it.

    centred: less the train mean, 0 where it was not recorded (what is filled in there may come of
    later bins); present: which entries were recorded (bool); split: the code of each bin.
    """

    centred: BinsNeurons
    present: BinsNeurons
    split: Bins


class Forecaster(Protocol):
    """Whatever forecasts."""

    def forecast(self, activity: Activity, origins: Mapping[int, Bins]) -> dict[int, BinsNeurons]:
        """{horizon: estimates (n, neurons) of activity so many bins after each origin}.

        origins: {horizon: bins (n,)}. Estimates are less the train mean, and no bin after an origin
        has any influence on those from it.
        """


def activity_of(tensor: Tensor) -> Activity:
    """The activity of a layer's tensor."""
    centred = tensor.centred
    if tensor.missing is not None:
        centred[tensor.missing] = 0
    return Activity(centred, tensor.present, tensor.split)


def origins_of(split: Bins, name: str) -> dict[int, Bins]:
    """{horizon: bins from which the bins of a split are forecast}, in time order.

    Of train those that lie in train themselves, to which forecasts are fitted. Of a held-out split
    all that lie so many bins before one of its bins, in whatever split they are.
    """
    targets = in_split(split, name)
    found = {h: np.flatnonzero(targets) - h for h in HORIZONS}
    return {
        h: starts[(starts >= 0) & (targets[starts] | (name != "train"))]
        for h, starts in found.items()
    }


def scored_origins(split: Bins) -> dict[int, Bins]:
    """{horizon: bins from which the held-out bins are forecast}, the same for every source."""
    found = {h: np.flatnonzero(held_out(split)) - h for h in HORIZONS}
    return {h: starts[starts >= 0] for h, starts in found.items()}


def gain_and_error(activity: Activity, targets: Bins, estimate: BinsNeurons) -> tuple[float, float]:
    """How much of an estimate makes its squared errors least, between 0 and 1, and these errors.

    targets: the bins (n,) that it is of, of validation. 0 is the train mean: what cannot be
    forecast is then not forecast.
    """
    truth, present = activity.centred[targets], activity.present[targets]
    estimate = np.where(present, estimate, 0)
    power, shared = float(np.vdot(estimate, estimate)), float(np.vdot(estimate, truth))
    share = min(max(shared / power, 0.0), 1.0) if power > 0 else 0.0
    # Entries that were not recorded are 0 in both.
    return share, float(np.vdot(truth, truth)) - 2 * share * shared + share**2 * power
