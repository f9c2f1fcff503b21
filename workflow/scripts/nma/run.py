"""Finished results in Python: scores, latents, activity and models of a recording.

    from nma.run import Run

    run = Run("results/demo")
    run.metrics                         # a pandas DataFrame
    run.latents("lds", "L1")            # an xarray DataArray, with time in s and the split
    run.lds("L1").forecast(activity, bins=5)

Needs neither Snakemake nor, but for `Run.model`, torch.
"""

from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd
import xarray as xr

from nma.io.errors import InputError
from nma.io.hdf5 import open_h5
from nma.preprocessing.tensors import Tensor, bin_average, read_tensor
from nma.results.arrays import as_array, neuron_coordinates, row_coordinates
from nma.results.dynamics import LayerLDS, read_lds
from nma.results.folder import (
    check_folder,
    existing,
    known,
    layers_of,
    names_in,
    network_file,
)
from nma.scores.frame import read_table
from nma.types import FilePath

if TYPE_CHECKING:
    from nma.results.network import LayerNetwork


class Run:
    """The results of a recording.

    folder: such as results/demo. Files are read when they are asked for, and every error names
    the file, what was found and what was expected (nma.io.errors.InputError).
    """

    def __init__(self, folder: FilePath) -> None:
        self.folder = check_folder(folder)

    def __repr__(self) -> str:
        return f"Run('{self.folder}'): {len(self.layers)} layers, {len(self.sources)} sources"

    @cached_property
    def layers(self) -> dict[str, str]:
        """{layer: what it holds, such as its depth or brain region}, in order."""
        return layers_of(self.folder)

    @cached_property
    def sources(self) -> list[str]:
        """The sources that predict held-out activity: PCA, baselines and networks."""
        return names_in(self.folder / "latents")

    def seeds(self, source: str) -> list[int]:
        """The seeds of a source: of networks those of the config, of others 0."""
        known(self.folder / "latents", "source", source, self.sources)
        files = (self.folder / "latents" / source).glob("*/*.h5")
        return sorted({int(path.stem) for path in files})

    @cached_property
    def metrics(self) -> pd.DataFrame:
        """Every score, a row each: recording, layer, source, metric, split, seed, value, ci_low,
        ci_high, n. docs/METHODS.md defines the metrics."""
        return read_table(existing(self.folder / "metrics.tsv"))

    def activity(self, layer: str) -> xr.DataArray:
        """Normalised activity (bin, neuron) of a layer, as models see it; NaN where it is missing.

        Coordinates of bins: time, the beginning of each in s, and split (train, validation, test or
        gap). Of neurons: id in the recording, x, y, z where known, and offset and scale, so that
        activity x scale + offset is in the units of the recording. Rows of a recording of trials
        are trials, with the stimulus in rad.
        """
        tensor = self._tensor(layer)
        with open_h5(tensor.path) as file:
            array = as_array(file["activity"])
        if tensor.missing is not None:
            array = array.where(tensor.present)
        return self._with_rows(array, tensor).assign_coords(neuron_coordinates(self.folder, tensor))

    def behavior(self) -> dict[str, xr.DataArray]:
        """{name: (bin, feature)} of recorded behaviour, averaged over the bins of the activity.

        The unit is that of the recording; NaN where one of the averaged values is.
        """
        tensor, found = self._tensor(next(iter(self.layers))), {}
        rows = row_coordinates(self.folder, tensor)
        order = rows["trial"][1] if "trial" in rows else slice(None)
        with open_h5(existing(self.folder / "recording.h5")) as file:
            for name, dataset in file.get("behaviour", {}).items():
                array = as_array(dataset)
                values = bin_average(array.values.T, tensor.bin_width).T[order]
                found[name] = xr.DataArray(values, rows, array.dims, name=name, attrs=array.attrs)
        return found

    def latents(self, source: str, layer: str, seed: int = 0) -> xr.DataArray:
        """Latents (bin, dim) of a source, with the same bins as activity; seed: of a network.

        Train, validation, test and the gaps are encoded separately.
        """
        return self._of_source("latents", source, layer, seed)

    def reconstruct(self, source: str, layer: str, seed: int = 0) -> xr.DataArray:
        """Normalised activity (bin, neuron) as a source reconstructs it from its latents."""
        tensor = self._tensor(layer)
        array = self._of_source("reconstruction", source, layer, seed)
        return array.assign_coords(neuron_coordinates(self.folder, tensor))

    def lds(self, layer: str) -> LayerLDS:
        """The linear dynamical system of a layer, to smooth and to forecast new activity.

        New activity is of the neurons of the layer, (bins, neurons), and one run of bins without a
        gap. A NumPy array holds what the recording holds: its units, its bins and the order of
        `run.activity(layer).neuron`. It is averaged over the bins that were averaged for the models
        and normalised by their offset and scale. So is a DataArray, unless its units attribute is
        `normalised activity`, as that of `run.activity(layer)` is. With a coordinate `neuron` its
        neurons may come in any order. NaN, and neurons that the DataArray lacks, are missing.
        """
        return read_lds(self.folder, self._tensor(layer))

    def model(self, name: str, layer: str, seed: int = 0) -> "LayerNetwork":
        """A trained network, to encode and reconstruct new activity, which is as for `lds`.

        Networks without `takes_visible` see missing entries filled in. Raises ImportError where
        torch is not installed.
        """
        tensor = self._tensor(layer)
        weights = network_file(self.folder / "models", name, layer, seed, ".safetensors")
        try:
            from nma.results.network import read_network
        except ModuleNotFoundError as error:
            raise ImportError(
                f"Networks need {error.name}, which is not installed: in the folder of NMA, "
                "`pip install '.[models]'` installs it."
            ) from error
        return read_network(self.folder, weights, tensor)

    def _tensor(self, layer: str) -> Tensor:
        known(self.folder, "layer", layer, self.layers)
        return read_tensor(existing(self.folder / "tensors" / f"{layer}.h5"))

    def _with_rows(self, array: xr.DataArray, tensor: Tensor) -> xr.DataArray:
        """The array with coordinates of its first axis, which is bins or trials."""
        coordinates = row_coordinates(self.folder, tensor)
        (row,) = coordinates["split"][:1]
        return array.rename({array.dims[0]: row}).assign_coords(coordinates)

    def _of_source(self, name: str, source: str, layer: str, seed: int) -> xr.DataArray:
        """A dataset (bins, ...) of a latents file."""
        tensor = self._tensor(layer)
        path = network_file(self.folder / "latents", source, layer, seed, ".h5")
        with open_h5(path) as file:
            if name not in file:
                raise InputError(
                    path,
                    name,
                    found=f"none, as {source} predicts without latents",
                    expected="a source with latents, such as pca",
                )
            array = as_array(file[name], list(self.layers).index(layer))
        return self._with_rows(array, tensor)
