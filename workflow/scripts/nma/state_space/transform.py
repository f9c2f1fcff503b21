"""Transforms of activity to nearly equal variance, on which linear dynamics are fitted."""

from dataclasses import dataclass

import numpy as np

from nma.state_space.readout import EXPONENTIAL, QUADRATIC
from nma.types import BinsNeurons, Neurons

# (kind, constant) in the order in which they are tried.
CANDIDATES = (
    ("identity", 1.0),
    ("asinh", 1.0),
    ("log", 0.05),
    ("log", 0.1),
    ("log", 0.2),
    ("log", 0.3),
)
# Of each kind, the links (state_space.readout) that are tried.
LINKS = {
    "identity": (QUADRATIC,),
    "asinh": (QUADRATIC,),
    "log": (QUADRATIC, EXPONENTIAL),
}


@dataclass(frozen=True, eq=False)
class Transform:
    """g(x), standardised on train; x: activity less its train mean, in any unit.

    kind, constant: `identity`; `asinh`, of x over constant x the neuron's deviation; `log`, of
    activity above the neuron's lowest in train, in units of its deviation, plus the constant.
    lowest, deviation: of x in train; level, spread: mean and deviation of g(x) there, a
    deviation of 1 for neurons that are constant. link: how activity is read out from predictions
    of g(x) (state_space.readout).
    """

    kind: str
    constant: float
    lowest: Neurons
    deviation: Neurons
    level: Neurons
    spread: Neurons
    link: str = QUADRATIC

    @property
    def name(self) -> str:
        """Kind, constant and link."""
        return f"{self.kind} {self.constant:g}, {self.link}"

    def __call__(self, x: BinsNeurons) -> BinsNeurons:
        """Transformed activity (bins, neurons), of the precision of x.

        Below the lowest of train it is that.
        """
        y = _raw(self.kind, self.constant, x, self.lowest, self.deviation)
        y -= self.level.astype(y.dtype)
        y /= self.spread.astype(y.dtype)
        return y


def fit_transform(
    train: BinsNeurons, kind: str, constant: float, present: BinsNeurons | bool = True
) -> Transform:
    """The transform of that kind; train: activity less its train mean; present: which entries
    were recorded (bool), at least one of each neuron."""
    lowest = train.min(axis=0).astype(np.float64)
    deviation = train.std(axis=0, dtype=np.float64, where=present)
    deviation = np.where(deviation > 1e-9, deviation, 1)
    values = _raw(kind, constant, train, lowest, deviation)
    level, spread = (
        moment(axis=0, dtype=np.float64, where=present) for moment in (values.mean, values.std)
    )
    spread = np.where(spread > 1e-9, spread, 1)
    return Transform(kind, constant, lowest, deviation, level, spread)


def _raw(
    kind: str, constant: float, x: BinsNeurons, lowest: Neurons, deviation: Neurons
) -> BinsNeurons:
    """g(x), in new memory."""
    if kind == "asinh":
        return np.arcsinh(x / (constant * deviation).astype(x.dtype))
    if kind == "log":
        above = np.maximum(x - lowest.astype(x.dtype), 0) / deviation.astype(x.dtype)
        return np.log(above + x.dtype.type(constant))
    return x.copy()
