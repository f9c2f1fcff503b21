"""The ceiling of forecasts of a simulation: expected rates, given the true latents so far."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nma.forecasts.origins import Activity
from nma.io.hdf5 import open_h5
from nma.preprocessing.tensors import Tensor
from nma.types import Array, Bins, BinsDims, BinsNeurons, FilePath, Neurons


@dataclass(frozen=True)
class Ceiling:
    """What the latents that were simulated tell of later rates.

    In bins of the recording: latents (bins, latents), each of variance `variances` (latents,), and
    decay and turn (latents,), the factor and the angle (radians) by which the expectation of each
    goes on from bin to bin. Latents that turn come first, in pairs that are the real and imaginary
    part of a complex one. A decay of NaN: nothing is drawn in these dynamics, so the future of the
    latent is known.
    loadings (neurons, latents), baseline (neurons,): the log rate is baseline + loadings @ latents.
    tensor: how rates are averaged and normalised.
    """

    latents: BinsDims
    variances: Array
    decay: Array
    turn: Array
    loadings: Array
    baseline: Neurons
    tensor: Tensor

    def forecast(self, activity: Activity, origins: Mapping[int, Bins]) -> dict[int, BinsNeurons]:
        """See origins.Forecaster; activity itself tells nothing beyond the latents."""
        tensor, width = self.tensor, self.tensor.bin_width
        found = {}
        for h, starts in origins.items():
            last = (starts + 1) * width - 1  # bins of the recording
            steps = range((h - 1) * width + 1, h * width + 1)
            rates = sum(self.rates(last, step) for step in steps) / width
            found[h] = (rates - tensor.offset) / tensor.scale - tensor.train_mean
        return found

    def rates(self, starts: Bins, steps: int) -> BinsNeurons:
        """Expected rates so many bins of the recording after each of the starts."""
        means, turning = self.latents[starts].astype(np.float64), np.count_nonzero(self.turn)
        pairs = means[:, :turning].view(complex)
        pairs *= np.exp(1j * steps * self.turn[:turning:2])
        known = np.isnan(self.decay)
        means = np.where(known, self.latents[starts + steps], self.decay**steps * means)
        spread = np.where(known, 0, self.variances * (1 - self.decay ** (2 * steps)))
        # The mean of a log-normal rate.
        level = self.baseline + np.square(self.loadings) @ spread / 2
        return np.exp(level + means.astype(np.float32) @ self.loadings.T)


def read_ceiling(tensor: Tensor, truth: FilePath) -> Ceiling:
    """The ceiling of a layer; truth: truth.h5 of the simulated recording."""
    with open_h5(truth) as file:
        amplitude, bin_seconds = (float(file.attrs[name]) for name in ("amplitude", "bin_seconds"))
        taus = file["time_constants"][:]
        hertz = file["frequencies"][:] if "frequencies" in file else np.zeros_like(taus)
        gain = file["gain"][:][tensor.neuron_ids]
        loadings = amplitude * file["loadings"][:][tensor.neuron_ids]
        return Ceiling(
            file["latents"][:],
            file["latent_variances"][:],
            np.exp(-bin_seconds / taus),
            2 * np.pi * bin_seconds * np.nan_to_num(hertz),
            loadings.astype(np.float32),
            np.log(gain) - amplitude**2 / 2,
            tensor,
        )
