"""A layer's activity as the models see it: binned, split in time, normalised (METHODS 1 and 3)."""

from nma.io.hdf5 import open_h5


def bin_average(activity, width):
    """Means of `width` consecutive bins: (neurons, bins) to (neurons, bins // width).

    A last partial bin is dropped: padding would invent activity.
    """
    neurons, bins = activity.shape
    whole = bins // width
    return activity[:, : whole * width].reshape(neurons, whole, width).mean(axis=2)


def read_tensor(path):
    """The whole activity (bins, neurons) float32 and the split of each bin (bins,) int8."""
    with open_h5(path) as file:
        return file["activity"][:], file["split"][:]
