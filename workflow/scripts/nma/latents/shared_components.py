"""What the LDSs of several layers predict together, in components that the layers share.

Latents of two LDSs have nothing to do with each other, and any rotation of those of one predicts
the same. The principal components of all predictions put the neurons of all layers on one footing.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.linalg import block_diag

from nma.latents.reading import read_latents
from nma.preprocessing.splits import in_split
from nma.state_space.files import read_fit
from nma.types import Array, BinsDims, FilePath


class Components(NamedTuple):
    """The leading principal components of predicted (transformed) activity.

    courses (bins, components): of variance 1 in the bins that count; loadings: of each layer
    (neurons, components), the covariances of neurons with the courses; shares (components,): of
    the variance of all predictions.
    """

    courses: BinsDims
    loadings: list[Array]
    shares: Array


def shared_components(
    latents: Sequence[BinsDims], loadings: Sequence[Array], train: Array, count: int
) -> Components:
    """The first `count` components, or as many as there are.

    latents (bins, dims) and loadings (neurons, dims) of the LDS of each layer; train: the bins
    (bool) whose variance counts. On the average neurons load positively.
    """
    # Predictions C z of all layers have the covariance C G C', with G that of all latents and C
    # in blocks. With G = B B' its eigenvalues are those of B' C' C B, which no neuron enters.
    z = np.concatenate(latents, axis=1, dtype=np.float64)
    z = z - z[train].mean(axis=0)
    values, vectors = np.linalg.eigh(z[train].T @ z[train] / train.sum())
    root = vectors * np.sqrt(values.clip(0))
    squares = block_diag(*(c.T @ c for c in loadings))
    values, axes = np.linalg.eigh(root.T @ squares @ root)
    values, axes = values[::-1].clip(0), axes[:, ::-1]
    some = values > values[0] * len(values) * np.finfo(float).eps
    kept = min(count, max(np.count_nonzero(some), 1))  # one of zeros where nothing is predicted
    weights = root @ axes[:, :kept]
    ends = np.cumsum([c.shape[1] for c in loadings])[:-1]
    found = [c @ w for c, w in zip(loadings, np.split(weights, ends), strict=True)]
    signs = np.where(sum(of_layer.sum(axis=0) for of_layer in found) < 0, -1, 1)
    courses = z @ squares @ weights / np.where(some, values, 1)[:kept]
    shares = values[:kept] / (values.sum() or 1)
    return Components(courses * signs, [c * signs for c in found], shares)


def read_components(
    fits: Sequence[FilePath], latents: Sequence[FilePath], count: int
) -> Components:
    """The first `count` components of layers.

    fits, latents: state_space/{layer}.h5 and latents/lds/{layer}/0.h5 of the same layers, in order.
    """
    return shared_components(
        [read_latents(path, "latents") for path in latents],
        [read_fit(path).dynamics.loadings for path in fits],
        in_split(read_latents(latents[0], "split"), "train"),
        count,
    )
