"""The LDS with what it misses of hidden activity: the start of the residual networks."""

from dataclasses import dataclass

import h5py
import numpy as np

from nma.baselines.fitting import Fit
from nma.baselines.interpolation import fit_interpolation
from nma.baselines.kernel_ridge import fit_kernel_ridge
from nma.baselines.ridge import fit_ridge
from nma.io.hdf5 import new_h5, open_h5, put
from nma.preprocessing.masks import KINDS, hides_neurons
from nma.state_space.files import read_weighted, read_weights
from nma.state_space.lds import Weighted
from nma.state_space.private_activity import PrivateActivity
from nma.types import Array, BinsNeurons, FilePath

LARGEST_GAIN = 3.0  # private activity of train is small, as the LDS was fitted to it
FITS = {"ridge": fit_ridge, "kernel_ridge": fit_kernel_ridge, "interpolation": fit_interpolation}


@dataclass(frozen=True)
class WeightedFit:
    """A baseline of FITS with the settings that it was fitted with, and how much of it counts."""

    weight: float
    settings: dict[str, bool | float]
    fit: Fit


@dataclass(frozen=True)
class Stack:
    """A sum of `weight` times the LDS and of baselines {name: fit} (Wolpert 1992, Neural Netw.
    5:241)."""

    weight: float
    fits: dict[str, WeightedFit]

    def __call__(
        self, of_lds: BinsNeurons, centred: BinsNeurons, visible: BinsNeurons
    ) -> BinsNeurons:
        """Estimates of hidden entries; of_lds: those of the LDS."""
        estimate = np.float32(self.weight) * of_lds
        for other in self.fits.values():
            estimate += np.float32(other.weight) * other.fit.predict(centred, visible)
        return estimate


@dataclass(frozen=True)
class CorrectedLDS:
    """Predictions of hidden activity by the LDS, corrected.

    cosmooth, masked: the LDS for hidden neurons and for hidden entries, weighted over dims;
    neurons, entries: sums of either and of baselines, which see nothing of the dynamics but more of
    states that differ in kind, or of a neuron's own activity nearby; lds_weights (dims tried,):
    those of `cosmooth` beside these baselines; private: what the LDS misses of the same neuron;
    private_gain: how much of it counts at hidden entries. Weights and gain are chosen on
    validation.
    """

    cosmooth: Weighted
    masked: Weighted
    neurons: Stack
    entries: Stack
    lds_weights: Array
    private: PrivateActivity
    private_gain: float

    def predict(self, centred: BinsNeurons, visible: BinsNeurons) -> BinsNeurons:
        """Estimates of hidden entries given the visible ones, less the train mean."""
        centred = np.where(visible, centred, 0)
        if hides_neurons(visible):
            return self.neurons(self.cosmooth.predict(centred, visible), centred, visible)
        estimate = self.masked.predict(centred, visible)
        if self.private_gain:
            residuals = np.where(visible, centred - estimate, 0)
            estimate = estimate + self.private_gain * self.private(residuals)
        return self.entries(estimate, centred, visible)


def gain(errors: BinsNeurons, correction: BinsNeurons) -> float:
    """How much of a correction makes squared errors least: between 0 and LARGEST_GAIN."""
    power = float(np.square(correction, dtype=np.float64).sum())
    best = float(np.multiply(errors, correction, dtype=np.float64).sum()) / power if power else 0
    return min(max(best, 0.0), LARGEST_GAIN)


def write_corrections(
    out: FilePath, corrected: CorrectedLDS, estimates: dict[str, BinsNeurons], **attributes: object
) -> None:
    """Write corrections/{layer}.h5, without the LDS itself: of baselines there are settings.

    estimates: {`cosmooth` or `masked`: those of hidden neurons or of hidden entries}.
    """
    with new_h5(out, private_gain=corrected.private_gain, **attributes) as file:
        for name in ("neurons", "entries"):
            _put_stack(file.create_group(name), getattr(corrected, name))
        weights, private = corrected.lds_weights, corrected.private.weights
        put(file, "lds_weights", weights, units="1", axes=("dims tried",))
        put(file, "private/weights", private, units="1", axes=("bin before or after",))
        units, axes = "normalised activity", ("bin", "neuron")
        for kind, values in estimates.items():
            packed = {"compression": "lzf"} if kind == "masked" else {}  # mostly 0
            put(file, f"estimates/{kind}", values, units=units, axes=axes, **packed)


def _put_stack(group: h5py.Group, stack: Stack) -> None:
    group.attrs["weight"] = stack.weight
    for name, other in stack.fits.items():
        group.create_group(name).attrs.update({"weight": other.weight, **other.settings})


def read_corrected(fits: FilePath, corrections: FilePath, train: BinsNeurons) -> CorrectedLDS:
    """The corrected LDS of state_space/{layer}.h5 and corrections/{layer}.h5.

    train: activity less its mean, to which the baselines are fitted again. Raises InputError where
    a file is damaged.
    """
    masked = read_weighted(fits, read_weights(fits, "masked"))
    with open_h5(corrections) as file:
        weights = file["lds_weights"][:]
        return CorrectedLDS(
            read_weighted(fits, weights),
            masked,
            _read_stack(file["neurons"], train),
            _read_stack(file["entries"], train),
            weights,
            PrivateActivity(file["private/weights"][:]),
            float(file.attrs["private_gain"]),
        )


def read_estimates(corrections: FilePath) -> dict[str, BinsNeurons]:
    """The estimates of what is hidden in hidden/{layer}.h5, less the train mean: see
    latents.corrections.estimates_of."""
    with open_h5(corrections) as file:
        return {kind: file[f"estimates/{kind}"][:] for kind in KINDS}


def _read_stack(group: h5py.Group, train: BinsNeurons) -> Stack:
    fits = {}
    for name, own in group.items():
        settings = {key: value.item() for key, value in own.attrs.items()}
        weight = settings.pop("weight")
        fits[name] = WeightedFit(weight, settings, FITS[name](train, **settings))
    return Stack(float(group.attrs["weight"]), fits)
