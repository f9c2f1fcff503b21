"""The LDS of a layer with a given number of dims."""

import numpy as np

from nma.state_space.em import fit, principal_start, start
from nma.state_space.files import read_dims_tried, read_fit, read_transform
from nma.state_space.lds import LDS, calibrate
from nma.state_space.transform import Transform
from nma.types import BinsNeurons, FilePath, Neurons


def lds_at_dims(
    tried: FilePath,
    train: BinsNeurons,
    folds: Neurons,
    dims: int,
    present: BinsNeurons | bool = True,
) -> LDS:
    """The LDS with so many dims: that of `tried` if it is there, else one with its transform.

    tried: state_space/{layer}.h5; train: activity less its mean; folds: hidden in turn, for the
    readouts; present: which entries of train were recorded (bool).
    """
    if dims in read_dims_tried(tried):
        return read_fit(tried, dims)
    return fit_lds(train, folds, read_transform(tried), dims, present)


def fit_lds(
    train: BinsNeurons,
    folds: Neurons,
    transform: Transform,
    dims: int,
    present: BinsNeurons | bool = True,
) -> LDS:
    """Fit the LDS with so many dims to train, activity less its mean."""
    y = transform(train)
    # A recording with fewer bins than dims has no more components: the other latents start at 0.
    parts = principal_start(y, min(dims, len(y)))
    first = start(y, *(np.pad(part, ((0, 0), (0, dims - part.shape[1]))) for part in parts))
    dynamics, _ = fit(y, first, present=present)
    return calibrate(transform, dynamics, train, folds, present)
