"""The linear dynamical system of a layer: what it makes of new activity, and its forecasts."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import xarray as xr

from nma.io.errors import InputError
from nma.io.hdf5 import open_h5
from nma.preprocessing.tensors import Tensor
from nma.results.arrays import (
    Coordinates,
    activity_array,
    as_array,
    latent_array,
    neuron_coordinates,
)
from nma.results.folder import existing
from nma.results.given import Activity, Given, as_tensor
from nma.state_space.files import read_fit
from nma.state_space.kalman import smooth
from nma.state_space.lds import LDS
from nma.state_space.readout import expected_readout
from nma.types import BinsDims

LONG = 200  # bins, after which a state tells nothing of itself


@dataclass(frozen=True, repr=False)
class LayerLDS:
    """The LDS of a layer, with the dims that validation chose.

    z_t = A z_(t-1) + noise; g(y_t) = C z_t + noise, where g is a transform of activity. A (latent,
    latent of the bin before); C (neuron, latent); time_constants in s and frequencies in Hz
    (eigenvalue,), the slowest first, NaN where an eigenvalue does not decay. All methods take
    activity of the neurons of the layer, (bins, neurons), of one run of bins: see Run.lds.
    neurons: their coordinates.
    """

    A: xr.DataArray
    C: xr.DataArray
    time_constants: xr.DataArray
    frequencies: xr.DataArray
    fit: LDS
    tensor: Tensor
    neurons: Coordinates

    def __repr__(self) -> str:
        neurons, dims = self.C.shape
        return f"LDS of layer {self.tensor.layer}: {dims} latents of {neurons} neurons"

    def smooth(self, activity: Activity) -> xr.DataArray:
        """Latents (bin, dim), each bin from all bins of the activity.

        Entries that are missing (NaN) are left out.
        """
        given = as_tensor(activity, self.tensor)
        return latent_array(self._latents(given), given.coordinates)

    def reconstruct(self, activity: Activity) -> xr.DataArray:
        """Normalised activity (bin, neuron) of the smoothed latents."""
        given = as_tensor(activity, self.tensor)
        values = self.fit.reconstruct(self._latents(given)) + self.tensor.train_mean
        return activity_array(values, given.coordinates, self.neurons, "reconstruction")

    def forecast(self, activity: Activity, bins: int) -> xr.DataArray:
        """Normalised activity (bin, neuron) of so many bins after the last of the activity.

        The Kalman filter has the distribution of the state in the last bin, and A and the noise
        carry it on. Values are expectations of the readout, which was fitted to smoothed states:
        what a forecast is less sure of than these adds to its bend. Far ahead they come close to
        the mean of train. Bins and times follow on those of the activity.
        """
        if bins < 1:
            raise InputError("forecast", "bins", found=bins, expected="1 or more")
        given, system = as_tensor(activity, self.tensor), self.fit.dynamics
        # In the last bin the smoother knows what the filter knows.
        mean, covariance = self._last_state(given)
        usual, link = self._smoothed_covariance, self.fit.transform.link
        means, unsure = [], []
        for _ in range(bins):
            mean = system.transition @ mean
            covariance = system.transition @ covariance @ system.transition.T + system.noise
            means.append(mean)
            more = covariance - usual
            unsure.append(np.einsum("nd,de,ne->n", system.loadings, more, system.loadings))
        predicted = np.array(means) @ system.loadings.T
        values = expected_readout(link, self.fit.hidden, predicted, np.array(unsure))
        values = (values + self.tensor.train_mean).astype(np.float32)
        return activity_array(values, self._after(given, bins), self.neurons, "forecast")

    def _last_state(self, given: Given) -> tuple[np.ndarray, np.ndarray]:
        """Mean (dims,) and covariance (dims, dims) of the state in the last bin, given all bins."""
        system, present = self.fit.dynamics, given.present
        y = self.fit.transform(given.activity - self.tensor.train_mean)
        projection = np.where(present, y, 0) @ system.weighted()
        found = smooth(system.transition, system.noise, system.precision(present), projection)
        return found.means[-1], found.covariances[found.index[-1]]

    @cached_property
    def _smoothed_covariance(self) -> np.ndarray:
        """Covariance (dims, dims) of a state with a long past and a long future."""
        system = self.fit.dynamics
        precision = system.loadings.T @ system.weighted()
        nothing = np.zeros((2 * LONG, system.dims))
        found = smooth(system.transition, system.noise, precision, nothing)
        return found.covariances[found.index[LONG]]

    def _latents(self, given: Given) -> BinsDims:
        centred = (given.activity - self.tensor.train_mean) * given.present
        return self.fit.latents(centred, given.present)

    def _after(self, given: Given, bins: int) -> Coordinates:
        """Coordinates of the bins that follow."""
        ahead, found = np.arange(1, bins + 1), {}
        for name, step in (("bin", 1), ("time", self.tensor.bin_seconds)):
            if name in given.coordinates:
                _, values, attributes = given.coordinates[name]
                found[name] = ("bin", values[-1] + ahead * step, attributes)
        return found


def read_lds(folder: Path, tensor: Tensor) -> LayerLDS:
    """The LDS of the layer of a tensor. Raises InputError where there is none, as of trials."""
    path = existing(folder / "state_space" / f"{tensor.layer}.h5")
    neurons = neuron_coordinates(folder, tensor)
    with open_h5(path) as file:
        names = ("A", "C", "time_constants", "frequencies")
        found = {name: as_array(file[name]) for name in names}
    found["C"] = found["C"].assign_coords(neuron=neurons["neuron"])
    return LayerLDS(**found, fit=read_fit(path), tensor=tensor, neurons=neurons)
