"""The LDS with corrections of what it misses: the start of the residual networks."""

from dataclasses import dataclass

import numpy as np

from nma.io.hdf5 import new_h5, open_h5, put
from nma.preprocessing.masks import hides_neurons
from nma.state_space.files import read_weighted
from nma.state_space.lds import Weighted
from nma.state_space.private_activity import PrivateActivity
from nma.state_space.radial_basis import RadialBasis
from nma.types import BinsNeurons, FilePath

LARGEST_GAIN = 3.0  # corrections of train are small, as the LDS was fitted to it


@dataclass(frozen=True)
class CorrectedLDS:
    """Predictions of hidden activity by the LDS, corrected.

    cosmooth, masked: the LDS for hidden neurons and for hidden entries, weighted over dims; radial:
    of hidden neurons; private: of hidden entries; radial_gain, private_gain: how much of either
    counts, chosen on validation, 0 where it does not help.
    """

    cosmooth: Weighted
    masked: Weighted
    radial: RadialBasis
    private: PrivateActivity
    radial_gain: float
    private_gain: float

    def predict(self, centred: BinsNeurons, visible: BinsNeurons) -> BinsNeurons:
        """Estimates of hidden entries given the visible ones, less the train mean."""
        if hides_neurons(visible):
            estimate = self.cosmooth.predict(centred, visible)
            if self.radial_gain:
                filled = np.where(visible, centred, estimate)
                estimate = estimate + self.radial_gain * self.radial(filled, ~visible.all(axis=0))
            return estimate
        estimate = self.masked.predict(centred, visible)
        if self.private_gain:
            residuals = np.where(visible, centred - estimate, 0)
            estimate = estimate + self.private_gain * self.private(residuals)
        return estimate


def gain(errors: BinsNeurons, correction: BinsNeurons) -> float:
    """How much of a correction makes squared errors least: between 0 and LARGEST_GAIN."""
    power = float(np.square(correction, dtype=np.float64).sum())
    best = float(np.multiply(errors, correction, dtype=np.float64).sum()) / power if power else 0
    return min(max(best, 0.0), LARGEST_GAIN)


def write_corrections(out: FilePath, corrected: CorrectedLDS, **attributes: object) -> None:
    """Write corrections/{layer}.h5, without the LDS itself."""
    radial, activity = corrected.radial, "normalised activity"
    attributes |= {"radial_gain": corrected.radial_gain, "private_gain": corrected.private_gain}
    with new_h5(out, radial_factor=radial.factor, **attributes) as file:
        put(file, "radial/deviation", radial.deviation, units=activity, axes=("neuron",))
        axes = ("unit", "neuron")
        put(file, "radial/centres", radial.centres, units="asinh of deviations", axes=axes)
        put(file, "radial/weights", radial.weights, units=activity, axes=axes)
        private = corrected.private.weights
        put(file, "private/weights", private, units="1", axes=("bin before or after",))


def read_corrected(fits: FilePath, corrections: FilePath) -> CorrectedLDS:
    """The corrected LDS of state_space/{layer}.h5 and corrections/{layer}.h5.

    Raises InputError where a file is damaged.
    """
    cosmooth, masked = read_weighted(fits)
    with open_h5(corrections) as file:
        return CorrectedLDS(
            cosmooth,
            masked,
            RadialBasis(
                file["radial/deviation"][:],
                file["radial/centres"][:],
                float(file.attrs["radial_factor"]),
                file["radial/weights"][:],
            ),
            PrivateActivity(file["private/weights"][:]),
            float(file.attrs["radial_gain"]),
            float(file.attrs["private_gain"]),
        )
