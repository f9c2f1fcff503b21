"""The units in which observation models count a layer's activity."""

import numpy as np

from nma.preprocessing.tensors import Tensor
from nma.statistics.observation_models import NOTHING
from nma.types import Neurons


def observed(tensor: Tensor) -> dict[str, tuple[Neurons, Neurons]]:
    """{family: (zero, unit)} of the families that can hold a layer's activity.

    zero (neurons,): normalised value of no activity; unit: normalised value of what a family counts
    in, the neuron's scale (normalised activity itself) or one event.
    """
    activity, offset, scale, width = tensor.activity, tensor.offset, tensor.scale, tensor.bin_width
    zero = -offset / scale
    above, found = activity - zero, {"gaussian": (zero, np.ones_like(zero))}
    if above.min() > -NOTHING:
        counts = above * scale * width
        if np.abs(counts - np.rint(counts)).max() < 1e-2:
            found["poisson"] = (zero, 1 / (scale * width))
        found["zero_inflated_gamma"] = found["gaussian"]
    return found
