"""Probabilistic PCA: the linear model of hidden entries without time (METHODS 3)."""

from dataclasses import dataclass

import numpy as np

from nma.baselines.fitting import FittedTo, candidates
from nma.types import Array, BinsDims, BinsNeurons

CHUNK = 256  # bins whose systems of equations are held in memory at once


@dataclass(frozen=True)
class PPCA:
    """components (dims, neurons), orthonormal; variances (dims,) of the latents; noise variance."""

    components: Array
    variances: Array
    noise: float

    def latents(self, centred: BinsNeurons, visible: BinsNeurons) -> BinsDims:
        """Posterior means given the visible entries.

        centred: activity less the train mean, 0 where not visible (bool).
        """
        projection = centred @ self.components.T
        if visible.all():  # components are orthonormal
            return projection / (1 + self.noise / self.variances)
        dims, neurons = self.components.shape
        products = (self.components[:, None] * self.components).reshape(dims**2, neurons).T
        prior = np.diag(self.noise / self.variances).astype(centred.dtype)
        # Bins that see the same neurons share one system of equations.
        packed, which = np.packbits(visible, axis=1), np.zeros(len(visible), int)
        if (packed == packed[0]).all():
            packed = packed[:1]
        else:
            packed, which = np.unique(packed, axis=0, return_inverse=True)
        which, found = which.ravel(), np.empty_like(projection)
        for start in range(0, len(packed), CHUNK):
            patterns = np.unpackbits(packed[start : start + CHUNK], axis=1, count=neurons)
            systems = (patterns.astype(centred.dtype) @ products).reshape(-1, dims, dims) + prior
            for number, system in enumerate(systems, start):
                rows = which == number
                found[rows] = np.linalg.solve(system, projection[rows].T).T
        return found

    def predict(self, centred: BinsNeurons, visible: BinsNeurons) -> BinsNeurons:
        """Estimates of all entries given the visible ones."""
        return self.reconstruct(self.latents(centred, visible))

    def reconstruct(self, latents: BinsDims) -> BinsNeurons:
        """Activity of latents, less the train mean."""
        return latents @ self.components


def fit(data: FittedTo) -> dict[int, PPCA]:
    """{dims: PPCA} of all dims to try."""
    return {
        dims: fit_ppca(data.components, data.variances, dims) for dims in candidates(data.train)
    }


def fit_ppca(components: Array, eigenvalues: Array, dims: int) -> PPCA:
    """Maximum likelihood (Tipping & Bishop 1999, J. R. Stat. Soc. B 61:611) from PCA of train.

    components: (all, neurons); eigenvalues: (all,), the variances along them. The first `dims`
    become latents, the mean of the others is the noise.
    """
    noise = max(float(eigenvalues[dims:].sum() / max(components.shape[1] - dims, 1)), 1e-6)
    variances = np.maximum(eigenvalues[:dims] - noise, 1e-6)
    return PPCA(components[:dims], variances.astype(components.dtype), noise)
