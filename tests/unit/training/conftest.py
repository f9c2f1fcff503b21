"""Tensors of training jobs."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nma.io.hdf5 import new_h5, put


@pytest.fixture(scope="session")
def write_tensor() -> Callable[..., Path]:
    """write_tensor(path, activity, split, offset=0, scale=1): a file like tensors/L1.h5."""

    def write(path, activity, split, offset=0.0, scale=1.0):
        neurons = activity.shape[1]
        datasets = {
            "activity": activity.astype("f4"),
            "split": split,
            "train_mean": activity[split == 0].mean(0).astype("f4"),
            "neuron_ids": np.arange(neurons),
            "offset": np.full(neurons, offset),
            "scale": np.full(neurons, scale),
        }
        with new_h5(path, layer="L1", bin_seconds=1.0, bin_width=1, normalise="zscore") as file:
            for name, data in datasets.items():
                put(file, name, data, units="1", axes=("",) * data.ndim)
        return path

    return write
