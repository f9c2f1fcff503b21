"""Ridge regressions of the same data with many penalties, from one decomposition."""

import numpy as np

from nma.types import Array


class Ridges:
    """Ridge regressions, one for each of PENALTIES, of targets (n, m) on features (n, f).

    Both are centred. Penalties are over the mean power of the features. Of few samples and many
    features the decomposition is that of the samples, of others that of the features.
    """

    PENALTIES = np.logspace(-4, 3, 15)

    def __init__(self, features: Array, targets: Array) -> None:
        self.mean, self.level = features.mean(axis=0, dtype=np.float64), targets.mean(axis=0)
        x, y = features - self.mean.astype(features.dtype), targets - self.level
        self.by_sample = len(x) < x.shape[1]
        inner = (x @ x.T if self.by_sample else x.T @ x).astype(np.float64)
        self.unit = max(np.trace(inner) / min(x.shape), 1e-12)
        powers, self.axes = np.linalg.eigh(inner)
        self.powers = np.maximum(powers, 0)
        self.seen = x
        self.turned = self.axes.T @ (y if self.by_sample else x.T.astype(np.float64) @ y)

    def predict(self, features: Array, penalty: float) -> Array:
        """Estimates (n, m) of the targets by the regression with a penalty."""
        return self._far(features) @ self._shrunk(penalty) + self.level

    def errors(self, features: Array, targets: Array) -> Array:
        """Summed squared errors (penalties,) on other data."""
        far, wanted = self._far(features), targets - self.level
        return np.array(
            [np.square(wanted - far @ self._shrunk(penalty)).sum() for penalty in self.PENALTIES]
        )

    def best(self, features: Array, targets: Array) -> float:
        """The penalty with the smallest error on other data."""
        return float(self.PENALTIES[np.argmin(self.errors(features, targets))])

    def _far(self, features: Array) -> Array:
        x = features - self.mean.astype(features.dtype)
        return (x @ self.seen.T if self.by_sample else x).astype(np.float64) @ self.axes

    def _shrunk(self, penalty: float) -> Array:
        return self.turned / (self.powers + penalty * self.unit)[:, None]
