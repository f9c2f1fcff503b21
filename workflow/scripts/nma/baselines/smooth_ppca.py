"""The linear model of hidden entries with time: principal components, each filtered (METHODS 3)."""

from dataclasses import dataclass

import numpy as np

from nma.baselines.fitting import FittedTo, candidates
from nma.baselines.lags import DRAWS, REACH, RIDGE, lagged
from nma.preprocessing.masks import hidden_entries
from nma.types import Array, BinsDims, BinsNeurons


@dataclass(frozen=True)
class SmoothPPCA:
    """components (dims, neurons), orthonormal; filters (dims, 25), the taps in time order."""

    components: Array
    filters: Array

    def narrowed(self, dims: int) -> "SmoothPPCA":
        """The model of the first dims: a component's filter does not depend on the others."""
        return SmoothPPCA(self.components[:dims], self.filters[:dims])

    def latents(self, centred: BinsNeurons, visible: BinsNeurons) -> BinsDims:
        """Filtered projections of the visible entries.

        centred: activity less the train mean, 0 where not visible (bool).
        """
        seen = projection(self.components, centred, visible)
        return np.einsum("tdl,dl->td", lagged(seen), self.filters)

    def predict(self, centred: BinsNeurons, visible: BinsNeurons) -> BinsNeurons:
        """Estimates of all entries given the visible ones."""
        return self.latents(centred, visible) @ self.components


def projection(components: Array, centred: BinsNeurons, visible: BinsNeurons) -> BinsDims:
    """Activity along each component (dims, neurons), scaled up by the loadings that are hidden."""
    mass = visible.astype(centred.dtype) @ np.square(components).T
    return centred @ components.T / np.maximum(mass, 1e-3)


def fit(data: FittedTo) -> dict[int, SmoothPPCA]:
    """{dims: SmoothPPCA} of all dims to try."""
    tried = candidates(data.train)
    widest = fit_smooth_ppca(data.components, data.train, max(tried), data.seed)
    return {dims: widest.narrowed(dims) for dims in tried}


def fit_smooth_ppca(components: Array, train: BinsNeurons, dims: int, seed: int) -> SmoothPPCA:
    """Filters that predict the projection of hidden entries from that of the visible ones.

    Noise is independent on the two sides, so they are the Wiener filters of the signal: ridge
    regression of each component on its own lags. components: (all, neurons), of which the first
    `dims` are used; train: less the train mean; seed: of the entries that are hidden.
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
