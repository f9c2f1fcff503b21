"""What the `fit` of every baseline is given, and what it gives."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from nma.types import Array, BinsNeurons

Settings = Mapping[str, bool | float]
CANDIDATES = (3, 5, 10, 20, 40, 75, 113)  # dims, as far as a layer has neurons for them


class FittedTo(NamedTuple):
    """Train as a baseline is fitted to it.

    train: activity less its mean; validation: activity less the train mean, to choose settings on;
    seed: of whatever a baseline draws; present: which entries of validation were recorded (bool),
    as others do not count; components (n, neurons): the principal components of train, all of them;
    variances (n,): along them; settings: of a regression, which is chosen by its `fit` where None.
    Regressions need no components.
    """

    train: BinsNeurons
    validation: BinsNeurons
    seed: int
    present: BinsNeurons | bool = True
    components: Array | None = None
    variances: Array | None = None
    settings: Settings | None = None


class Fit(Protocol):
    """A fitted baseline. `fit` of its module gives {dims: Fit}, or {0: Fit} without latents.

    centred: activity less the train mean, 0 where it is not visible (bool).
    """

    def predict(self, centred: BinsNeurons, visible: BinsNeurons) -> BinsNeurons:
        """Estimates of hidden entries given the visible ones, less the train mean."""


def candidates(train: BinsNeurons) -> list[int]:
    """The dims to try for a layer."""
    return [dims for dims in CANDIDATES if dims < min(train.shape)] or [1]
