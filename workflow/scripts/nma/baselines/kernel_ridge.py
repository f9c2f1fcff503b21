"""Kernel ridge regression of hidden neurons on the visible ones of the same bin (METHODS 3)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from nma.baselines.fitting import FittedTo
from nma.baselines.regression import Inputs, Regression, cross_fitted, hidden_groups, inputs_of
from nma.preprocessing.masks import hides_neurons
from nma.statistics.filling import filled
from nma.statistics.kernels import kernel, median_distance, solved, thinned
from nma.types import Array, BinsDims, BinsNeurons, Neurons

WIDTHS = (0.25, 0.5, 1, 2)  # over the median squared distance between bins
PENALTIES = (0.03, 0.1, 0.3, 1, 3)  # where the kernel of a bin with itself is 1
FIRST_BINS = 500  # of train, on which inputs and width are chosen; the penalty is chosen on all
# There are as many equations as bins of train, and work grows with their cube. With more bins than
# this only every n-th is a centre of the kernel, while all are fitted: Nystroem's approximation.
CENTRES = 5000


@dataclass(frozen=True)
class KernelRidge:
    """Regression with the kernel exp(-width * squared distance / its median).

    train: less its mean; solved: {visible neurons: (factor of the squared distance, weights
    (centres, hidden neurons))}, which fills up as neurons are asked for.
    """

    inputs: Inputs
    train: BinsNeurons
    width: float
    penalty: float
    solved: dict[bytes, tuple[float, Array]] = field(default_factory=dict)

    def predict(self, centred: BinsNeurons, visible: BinsNeurons) -> BinsNeurons:
        """Estimates of neurons that are hidden in all bins; 0 of others.

        These are filled in where they were not recorded. Raises ValueError where no whole neurons
        are hidden.
        """
        known = visible.any(axis=0)
        if not hides_neurons(visible):
            raise ValueError("kernel ridge predicts neurons that are hidden in all bins")
        if not visible[:, known].all():
            centred = filled(centred.T, visible.T, np.zeros(len(known))).T
        seen = self._seen(self.train, known)
        if known.tobytes() not in self.solved:
            self.solved[known.tobytes()] = self._solve(seen, ~known)
        factor, weights = self.solved[known.tobytes()]
        found, level = np.zeros_like(centred), self.train[:, ~known].mean(axis=0)
        near = kernel(self._seen(centred, known), thinned(seen, CENTRES), factor)
        found[:, ~known] = near @ weights + level
        return found

    def _seen(self, centred: BinsNeurons, known: Neurons) -> BinsDims:
        return self.inputs.of(centred, known)[:, known].astype(np.float32)

    def _solve(self, seen: BinsDims, hidden: Neurons) -> tuple[float, Array]:
        factor, centres = self.width / median_distance(seen), thinned(seen, CENTRES)
        matrix, target = kernel(seen, centres, factor), self.train[:, hidden]
        target = target - target.mean(axis=0)
        if len(centres) == len(seen):
            return factor, solved(matrix, target, self.penalty)
        # The kernel of the centres is the penalty; in double precision, as powers are squared here.
        matrix = matrix.astype(np.float64)
        inner = matrix.T @ matrix + self.penalty * thinned(matrix, CENTRES)
        return factor, solved(inner, matrix.T @ target, 1e-9 * np.trace(inner) / len(inner))


def fit(data: FittedTo) -> dict[int, Regression]:
    """The inputs, width and penalty that do best at hidden neurons of validation."""
    settings = data.settings or choose(data)
    return {0: cross_fitted(lambda bins: fit_kernel_ridge(bins, **settings), data.train)}


def choose(data: FittedTo) -> dict[str, bool | float]:
    """The settings that do best at hidden neurons of validation.

    The inputs and the width are those of the best combination of all on some bins of train: all
    combinations on all bins would take minutes. From its penalty on, neighbours are tried on all
    bins for as long as they are better.
    """
    first = [*product(WIDTHS, PENALTIES)]
    errors = [validation_errors(data, squashed, first, FIRST_BINS) for squashed in (False, True)]
    squashed, place = map(int, np.unravel_index(np.argmin(errors), np.shape(errors)))
    width, found = first[place][0], {}
    best = place % len(PENALTIES)
    while new := [n for n in range(len(PENALTIES)) if abs(n - best) <= 1 and n not in found]:
        tried = [(width, PENALTIES[n]) for n in new]
        found |= zip(new, validation_errors(data, bool(squashed), tried, CENTRES), strict=True)
        best = min(found, key=found.get)
    penalty = PENALTIES[best]
    inputs = "asinh" if squashed else "identity"
    print(f"kernel ridge: {inputs}, width {width:.2g}, penalty {penalty:.2g}")
    return {"squashed": bool(squashed), "width": float(width), "penalty": float(penalty)}


def fit_kernel_ridge(
    train: BinsNeurons, squashed: bool, width: float, penalty: float
) -> KernelRidge:
    """The regression with these settings; train: less its mean, or some bins of it."""
    return KernelRidge(inputs_of(train, squashed), train, width, penalty)


def validation_errors(
    data: FittedTo, squashed: bool, tried: Sequence[tuple[float, float]], most: int
) -> Array:
    """Summed squared errors of hidden neurons on validation, for each (width, penalty) tried.

    most: bins of train that are fitted, which are thinned where there are more.
    """
    train, errors = thinned(data.train, most), np.zeros(len(tried))
    inputs = inputs_of(train, squashed)
    counted = np.broadcast_to(data.present, data.validation.shape)
    for hidden in hidden_groups(train.shape[1], data.seed):
        seen, asked = (
            inputs.of(x, ~hidden & present)[:, ~hidden].astype(np.float32)
            for x, present in ((train, True), (data.validation, data.present))
        )
        target, wanted = train[:, hidden], data.validation[:, hidden]
        level, typical, kernels = target.mean(axis=0), median_distance(seen), {}
        for number, (width, penalty) in enumerate(tried):
            if width not in kernels:
                factor = np.float32(width / typical)
                kernels[width] = [kernel(x, seen, factor) for x in (seen, asked)]
            near, far = kernels[width]
            wrong = wanted - level - far @ solved(near.copy(), target - level, penalty)
            errors[number] += (np.square(wrong, dtype=np.float64) * counted[:, hidden]).sum()
    return errors
