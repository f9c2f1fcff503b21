"""Probabilistic PCA: the linear model of hidden entries without time (METHODS 3)."""

from dataclasses import dataclass

import numpy as np


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
        projection = activity @ self.components.T / self.noise
        dims, neurons = self.components.shape
        prior = np.diag(1 / self.variances)
        products = (self.components[:, None] * self.components[None]).reshape(dims**2, neurons).T
        # Bins that see the same neurons share one system of equations.
        patterns, which = np.unique(np.packbits(visible, axis=1), axis=0, return_inverse=True)
        found = np.empty_like(projection)
        for pattern, packed in enumerate(patterns):
            rows = which.ravel() == pattern
            seen = np.unpackbits(packed, count=neurons).astype(products.dtype)
            precision = (seen @ products).reshape(dims, dims) / self.noise + prior
            found[rows] = np.linalg.solve(precision, projection[rows].T).T
        return found

    def predict(self, activity, visible):
        """Estimates (bins, neurons) of all entries given the visible ones."""
        return self.latents(activity, visible) @ self.components


def fit_ppca(components, eigenvalues, dims):
    """Maximum likelihood (Tipping & Bishop 1999) from principal components of train.

    components: (all, neurons), eigenvalues: (all,) the variances along them, of which the first
    `dims` become latents; the noise is the mean of the rest.
    """
    noise = max(float(eigenvalues[dims:].sum() / max(components.shape[1] - dims, 1)), 1e-6)
    variances = np.maximum(eigenvalues[:dims] - noise, 1e-6)
    return PPCA(components[:dims], variances.astype(components.dtype), noise)
