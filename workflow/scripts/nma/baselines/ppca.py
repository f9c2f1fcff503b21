"""Probabilistic PCA: the linear model of hidden entries without time (METHODS 3)."""

from dataclasses import dataclass

import numpy as np

CHUNK = 256  # bins whose systems of equations are held in memory at once


@dataclass
class PPCA:
    """components (dims, neurons), orthonormal; variances (dims,) of the latents; noise variance."""

    components: np.ndarray
    variances: np.ndarray
    noise: float

    def latents(self, activity, visible):
        """Posterior means (bins, dims) given the visible entries.

        activity: (bins, neurons) less the train mean, 0 where not visible (bool, same shape).
        """
        projection = activity @ self.components.T
        if visible.all():  # components are orthonormal
            return projection / (1 + self.noise / self.variances)
        dims, neurons = self.components.shape
        products = (self.components[:, None] * self.components).reshape(dims**2, neurons).T
        prior = np.diag(self.noise / self.variances).astype(activity.dtype)
        # Bins that see the same neurons share one system of equations.
        packed, which = np.unique(np.packbits(visible, axis=1), axis=0, return_inverse=True)
        which, found = which.ravel(), np.empty_like(projection)
        for start in range(0, len(packed), CHUNK):
            patterns = np.unpackbits(packed[start : start + CHUNK], axis=1, count=neurons)
            systems = (patterns.astype(activity.dtype) @ products).reshape(-1, dims, dims) + prior
            for number, system in enumerate(systems, start):
                rows = which == number
                found[rows] = np.linalg.solve(system, projection[rows].T).T
        return found

    def predict(self, activity, visible):
        """Estimates (bins, neurons) of all entries given the visible ones."""
        return self.latents(activity, visible) @ self.components


def fit_ppca(components, eigenvalues, dims):
    """Maximum likelihood (Tipping & Bishop 1999, J. R. Stat. Soc. B 61:611) from PCA of train.

    components: (all, neurons); eigenvalues: (all,), the variances along them. The first `dims`
    become latents, the mean of the others is the noise.
    """
    noise = max(float(eigenvalues[dims:].sum() / max(components.shape[1] - dims, 1)), 1e-6)
    variances = np.maximum(eigenvalues[:dims] - noise, 1e-6)
    return PPCA(components[:dims], variances.astype(components.dtype), noise)
