"""The units in which observation models count a layer's activity."""

import numpy as np

from nma.io.hdf5 import open_h5
from nma.statistics.observation_models import NOTHING


def observed(tensor):
    """{family: (zero, unit)} of the families that can hold a layer's activity.

    zero (neurons,): normalised value of no activity; unit: normalised value of what a family counts
    in, the neuron's scale (normalised activity itself) or one event.
    """
    with open_h5(tensor) as file:
        activity, offset, scale = (file[name][:] for name in ("activity", "offset", "scale"))
        width = int(file.attrs["bin_width"])
    zero = -offset / scale
    above, found = activity - zero, {"gaussian": (zero, np.ones_like(zero))}
    if above.min() > -NOTHING:
        counts = above * scale * width
        if np.abs(counts - np.rint(counts)).max() < 1e-2:
            found["poisson"] = (zero, 1 / (scale * width))
        found["zero_inflated_gamma"] = found["gaussian"]
    return found
