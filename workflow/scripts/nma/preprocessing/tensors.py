"""A layer's activity as the models see it: binned, split in time, normalised (METHODS 1 and 3)."""

from dataclasses import dataclass

import numpy as np

from nma.io.hdf5 import open_h5
from nma.preprocessing.splits import held_out, in_split
from nma.types import Bins, BinsNeurons, FilePath, Neurons, NeuronsBins, Trials


@dataclass(frozen=True)
class Tensor:
    """What tensors/{layer}.h5 holds.

    activity: normalised, float32; split: the split code of each bin, int8 (preprocessing.splits);
    train_mean: of normalised activity; neuron_ids: in the recording; offset, scale: normalised
    activity is (activity - offset) / scale; bin_seconds: of a bin here, which is the mean of
    bin_width bins of the recording; normalise: how; missing: which entries were not recorded
    (bool), so that activity is filled in there, or None where none is. A row is a bin of time, or a
    trial: then stimulus is the angle of each (radians), and bin_seconds None.
    """

    path: FilePath
    layer: str
    activity: BinsNeurons
    split: Bins
    train_mean: Neurons
    neuron_ids: Neurons
    offset: Neurons
    scale: Neurons
    bin_seconds: float | None
    bin_width: int
    normalise: str
    missing: BinsNeurons | None = None
    stimulus: Trials | None = None

    @property
    def present(self) -> BinsNeurons:
        """Which entries were recorded (bool)."""
        if self.missing is None:
            return np.broadcast_to(np.True_, self.activity.shape)
        return ~self.missing

    def of(self, split: str) -> BinsNeurons:
        """Activity of the bins of a split."""
        return self.activity[in_split(self.split, split)]

    @property
    def train(self) -> BinsNeurons:
        """Activity of train."""
        return self.of("train")

    @property
    def held_out(self) -> Bins:
        """Which bins (bins,) bool are in validation or test."""
        return held_out(self.split)

    @property
    def centred(self) -> BinsNeurons:
        """Activity less the train mean."""
        return self.activity - self.train_mean


def read_tensor(path: FilePath) -> Tensor:
    """All of tensors/{layer}.h5. Raises InputError where the file is damaged."""
    arrays = ("activity", "split", "train_mean", "neuron_ids", "offset", "scale")
    with open_h5(path) as file:
        return Tensor(
            path,
            file.attrs["layer"],
            *(file[name][:] for name in arrays),
            bin_seconds=float(file.attrs["bin_seconds"]) if "bin_seconds" in file.attrs else None,
            bin_width=int(file.attrs["bin_width"]),
            normalise=file.attrs["normalise"],
            missing=file["missing"][:] if "missing" in file else None,
            stimulus=file["stimulus"][:] if "stimulus" in file else None,
        )


def bin_average(
    activity: NeuronsBins, width: int, present: NeuronsBins | None = None
) -> NeuronsBins:
    """Means of `width` consecutive bins: (neurons, bins) to (neurons, bins // width).

    A last partial bin is dropped: padding would invent activity. present: which entries were
    recorded (bool), if not all were; the mean is over them, and 0 where there is none.
    """
    neurons, bins = activity.shape
    shape = neurons, bins // width, width
    activity = activity[:, : shape[1] * width].reshape(shape)
    if present is None:
        return activity.mean(axis=2)
    present = present[:, : shape[1] * width].reshape(shape)
    counts = np.maximum(present.sum(axis=2), 1).astype(activity.dtype)
    return activity.sum(axis=2, where=present) / counts


def bins_with_any(present: NeuronsBins, width: int) -> NeuronsBins:
    """Which bins of bin_average have any entry that was recorded (bool)."""
    neurons, bins = present.shape
    return present[:, : bins // width * width].reshape(neurons, -1, width).any(axis=2)
