"""The linear model of hidden entries with time: principal components, each filtered (METHODS 3)."""

from dataclasses import dataclass

import numpy as np

from nma.baselines.lags import DRAWS, REACH, RIDGE, lagged
from nma.preprocessing.masks import hidden_entries


@dataclass
class SmoothPPCA:
    """components (dims, neurons), orthonormal; filters (dims, 25), the taps in time order."""

    components: np.ndarray
    filters: np.ndarray

    def narrowed(self, dims):
        """The model of the first dims: a component's filter does not depend on the others."""
        return SmoothPPCA(self.components[:dims], self.filters[:dims])

    def latents(self, activity, visible):
        """Filtered projections (bins, dims) of the visible entries.

        activity: (bins, neurons) less the train mean, 0 where not visible (bool, same shape).
        """
        seen = projection(self.components, activity, visible)
        return np.einsum("tdl,dl->td", lagged(seen), self.filters)

    def predict(self, activity, visible):
        """Estimates (bins, neurons) of all entries given the visible ones."""
        return self.latents(activity, visible) @ self.components


def projection(components, activity, visible):
    """Activity along each component (bins, dims), scaled up by what is hidden of its loadings."""
    mass = visible.astype(activity.dtype) @ np.square(components).T
    return activity @ components.T / np.maximum(mass, 1e-3)


def fit_smooth_ppca(components, train, dims, seed):
    """Filters that predict the projection of hidden entries from that of the visible ones.

    Noise is independent on the two sides, so they are the Wiener filters of the signal. Ridge
    regression of each component on its own lags. train: (bins, neurons) less the train mean.
    """
    components = components[:dims]
    lags = 2 * REACH + 1
    inner = np.zeros((dims, lags, lags))
    cross = np.zeros((dims, lags))
    for draw in range(DRAWS):
        hidden = hidden_entries(*train.shape, [seed, draw])
        seen = lagged(projection(components, train * ~hidden, ~hidden)).astype(np.float64)
        target = projection(components, train * hidden, hidden)
        inner += np.einsum("tdl,tdm->dlm", seen, seen, optimize=True)
        cross += np.einsum("tdl,td->dl", seen, target, optimize=True)
    power = np.trace(inner, axis1=1, axis2=2)[:, None, None] / lags
    filters = np.linalg.solve(inner + RIDGE * power * np.eye(lags), cross[:, :, None])[:, :, 0]
    return SmoothPPCA(components, filters.astype(components.dtype))
