"""The units in which observation models count a layer's activity."""

import numpy as np

from nma.preprocessing.tensors import Tensor
from nma.statistics.observation_models import NOTHING
from nma.types import Neurons

FEW = 64  # bins
WHOLE = 1e-2  # the largest distance of a count from a whole number


def observed(tensor: Tensor) -> dict[str, tuple[Neurons, Neurons]]:
    """{family: (zero, unit)} of the observation models that can hold a layer's activity.

    zero: the normalised value of no activity; unit: the normalised value of what a family counts
    in, which is the neuron's scale (normalised activity itself) or one event.
    """
    zero = -tensor.offset / tensor.scale
    found = {"gaussian": (zero, np.ones_like(zero))}

    def are_counts(bins: slice) -> bool:
        counts = (tensor.activity[bins] - zero) * tensor.scale * tensor.bin_width
        return (np.abs(counts - np.rint(counts)) * tensor.present[bins]).max() < WHOLE

    if (tensor.activity.min(axis=0) - zero).min() > -NOTHING:
        # Few bins tell of most activity that it is no counts.
        if are_counts(slice(FEW)) and are_counts(slice(None)):
            found["poisson"] = (zero, 1 / (tensor.scale * tensor.bin_width))
        found["zero_inflated_gamma"] = found["gaussian"]
    return found
