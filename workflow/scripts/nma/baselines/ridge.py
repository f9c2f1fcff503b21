"""Ridge regression of hidden activity on the visible activity of the same bin (METHODS 3)."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from nma.baselines.fitting import FittedTo
from nma.baselines.regression import Inputs, Regression, cross_fitted, hidden_groups, inputs_of
from nma.statistics.kernels import solved
from nma.types import Array, BinsNeurons, Neurons

PENALTIES = np.logspace(-2, 1, 7)  # over the mean power of the inputs


@dataclass(frozen=True)
class Ridge:
    """Ridge regression of any neurons on any others.

    With inputs g and activity x of train, inverse is (g'g + penalty)^-1 and weights are inverse
    g'x, both (neurons, neurons); level (neurons,) is the mean of x.
    """

    inputs: Inputs
    inverse: Array
    weights: Array
    level: Neurons

    def predict(self, centred: BinsNeurons, visible: BinsNeurons) -> BinsNeurons:
        """Estimates of hidden entries given the visible ones of their bin."""
        inputs, hidden = self.inputs.of(centred, visible), ~visible[0]
        if (visible == visible[0]).all():
            found = np.zeros_like(centred)
            found[:, hidden] = inputs[:, ~hidden] @ self._weights_of(hidden) + self.level[hidden]
            return found
        return self._of_each_bin(inputs, visible).astype(centred.dtype)

    def _weights_of(self, hidden: Neurons) -> Array:
        """Weights (visible neurons, hidden neurons) of neurons that are hidden in all bins (bool).

        They follow from those of all neurons, by equations no more than there are hidden neurons.
        """
        factor = cho_factor(_part(self.inverse, hidden))
        of_hidden = cho_solve(factor, _part(self.weights, hidden))
        between = np.ix_(~hidden, hidden)
        return self.weights[between] - self.inverse[between] @ of_hidden

    def _of_each_bin(self, inputs: BinsNeurons, visible: BinsNeurons) -> BinsNeurons:
        """Estimates of all entries, where each bin may have a pattern of its own.

        The inputs of hidden entries are set such that inverse @ inputs is 0 there, which makes it
        the solution for the visible neurons alone.
        """
        solution = inputs @ self.inverse
        # Bins that see the same neurons share one system of equations.
        packed, which = np.unique(np.packbits(visible, axis=1), axis=0, return_inverse=True)
        patterns = np.unpackbits(packed, axis=1, count=inputs.shape[1])
        order = np.argsort(which.ravel(), kind="stable")
        shared = np.split(order, np.cumsum(np.bincount(which.ravel()))[:-1])
        for pattern, bins in zip(patterns, shared, strict=True):
            hidden = np.flatnonzero(pattern == 0)
            if len(hidden):
                entries, factor = np.ix_(bins, hidden), cho_factor(_part(self.inverse, hidden))
                inputs[entries] = -cho_solve(factor, solution[entries].T).T
        return inputs @ self.weights + self.level


def _part(matrix: Array, kept: Neurons) -> Array:
    """The rows and columns `kept` of a square matrix."""
    return matrix[np.ix_(kept, kept)]


def fit(data: FittedTo) -> dict[int, Regression]:
    """The inputs and the penalty that do best at hidden neurons of validation."""
    settings = data.settings or choose(data)
    return {0: cross_fitted(lambda bins: fit_ridge(bins, **settings), data.train)}


def choose(data: FittedTo) -> dict[str, bool | float]:
    """The settings that do best at hidden neurons of validation."""
    errors = [validation_errors(data, squashed) for squashed in (False, True)]
    squashed, place = map(int, np.unravel_index(np.argmin(errors), np.shape(errors)))
    penalty = float(PENALTIES[place])
    print(f"ridge: {'asinh' if squashed else 'identity'}, penalty {penalty:.2g}")
    return {"squashed": bool(squashed), "penalty": penalty}


def fit_ridge(train: BinsNeurons, squashed: bool, penalty: float) -> Ridge:
    """The regression with these settings; train: less its mean, or some bins of it."""
    inputs, level = inputs_of(train, squashed), train.mean(axis=0, dtype=np.float64)
    inner, cross = products(inputs.of(train, np.True_), train, level)
    inverse = np.linalg.inv(inner + penalty * mean_power(inner) * np.eye(len(inner)))
    return Ridge(inputs, inverse, inverse @ cross, level)


def products(seen: BinsNeurons, train: BinsNeurons, level: Neurons) -> tuple[Array, Array]:
    """Products of inputs with one another and with train less its level, in their precision."""
    return seen.T @ seen, seen.T @ (train - level.astype(train.dtype))


def mean_power(inner: Array) -> float:
    """The mean power of inputs, whose products with one another are `inner`."""
    return max(float(np.trace(inner)) / len(inner), 1e-9)


def validation_errors(data: FittedTo, squashed: bool) -> Array:
    """Summed squared errors of hidden neurons on validation, for each of PENALTIES."""
    train, errors = data.train, np.zeros(len(PENALTIES))
    inputs, level = inputs_of(train, squashed), train.mean(axis=0, dtype=np.float64)
    seen, asked = inputs.of(train, np.True_), inputs.of(data.validation, data.present)
    counted = np.broadcast_to(data.present, data.validation.shape)
    inner, cross = products(seen, train, level)
    for hidden in hidden_groups(train.shape[1], data.seed):
        wanted = data.validation[:, hidden] - level[hidden]
        for number, penalty in enumerate(PENALTIES):
            matrix, target = _part(inner, ~hidden), cross[np.ix_(~hidden, hidden)]
            weights = solved(matrix, target, penalty * mean_power(inner))
            wrong = wanted - asked[:, ~hidden] @ weights
            errors[number] += (np.square(wrong) * counted[:, hidden]).sum()
    return errors
