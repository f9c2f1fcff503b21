"""Neurons of a layer that its networks have not met, for transfer (METHODS 7)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nma.io.hdf5 import open_h5
from nma.preprocessing.make_tensor import filled_in
from nma.preprocessing.normalisation import neuron_statistics
from nma.preprocessing.splits import in_split
from nma.preprocessing.tensors import Tensor, bin_average, bins_with_any
from nma.statistics.filling import counted
from nma.types import BinsNeurons, FilePath, NeuronsBins

LEAST = 10  # other neurons of a layer; where there are fewer it counts as sampled whole


@dataclass(frozen=True)
class TransferSettings:
    """split: that is scored; seed: of the draw of other neurons, and of the halves of whole
    layers."""

    split: str
    seed: int


def other_neurons(
    recording: FilePath,
    layer_paths: Sequence[FilePath],
    tensors: Sequence[Tensor],
    settings: TransferSettings,
) -> tuple[list[BinsNeurons | None], list[BinsNeurons | None]]:
    """Normalised activity (bins, n) of each layer's neurons that were not sampled, or None where
    there are fewer than LEAST; and which entries of it were recorded (bool).

    At most as many as the tensor holds, drawn at random. Bins and normalisation are those of the
    tensor; statistics of a neuron are fitted on train, and `population` divides by the mean of the
    sampled neurons, as it did for them. `mean` leaves out neurons whose mean is below zero: it is
    too late for an error when networks have been trained.
    """
    found, present, generator = [], [], np.random.default_rng(settings.seed)
    with open_h5(recording) as file:
        ids = file["neuron_ids"][:]
        for path, tensor in zip(layer_paths, tensors, strict=True):
            with open_h5(path) as layer:
                left = np.flatnonzero(np.isin(ids, layer["other_neuron_ids"][:]))
            if len(left) < LEAST:
                found.append(None)
                present.append(None)
                continue
            size = min(len(left), len(tensor.neuron_ids))
            chosen = np.sort(generator.choice(left, size, replace=False))
            activity = file["activity"][chosen]
            recorded = np.ones(activity.shape, bool)
            if "missing" in file:
                recorded = ~file["missing"][chosen]
            others = _normalised(activity, recorded, path, tensor)
            enough = others[0].shape[1] >= LEAST
            found.append(others[0] if enough else None)
            present.append(others[1] if enough else None)
    return found, present


def _normalised(
    activity: NeuronsBins, present: NeuronsBins, layer_path: FilePath, tensor: Tensor
) -> tuple[BinsNeurons, BinsNeurons]:
    """Activity (neurons, bins of the recording) in the bins and normalisation of the tensor, and
    what of it was recorded.

    present: which entries were recorded (bool).
    """
    if tensor.normalise == "population":
        with open_h5(layer_path) as layer:
            activity = activity / layer["activity"][:].mean(axis=0, dtype=np.float64)
    complete, train = present.all(), in_split(tensor.split, "train")
    activity = bin_average(activity, tensor.bin_width, None if complete else present)
    present = bins_with_any(present, tensor.bin_width)
    if tensor.normalise == "mean":
        where = counted(present[:, train], axis=1)
        kept = activity[:, train].mean(axis=1, dtype=np.float64, where=where) >= 0
        activity, present = activity[kept], present[kept]
    where = counted(present[:, train], axis=1)
    offset, scale = neuron_statistics(activity[:, train], tensor.normalise, where)
    normal = np.ascontiguousarray(((activity - offset[:, None]) / scale[:, None]).T, np.float32)
    present = present.T
    if not complete:
        mean = normal[train].mean(axis=0, where=counted(present[train]))
        normal = filled_in(normal, ~present, tensor.split, mean)
    return normal, present
