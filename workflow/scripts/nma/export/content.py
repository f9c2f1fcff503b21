"""What the processing module `nma` of an NWB file holds: latents, loadings and scores."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nma.io.hdf5 import open_h5
from nma.scores.frame import read_table
from nma.sources import is_reserved
from nma.types import Array, Bins, FilePath, Neurons

if TYPE_CHECKING:
    from hdmf.common import DynamicTable, DynamicTableRegion
    from pynwb import TimeSeries

SPLIT = "0 train, 1 validation, 2 test, -1 a gap between them"
COLUMNS = {
    "recording": "name of the recording",
    "layer": "layer, or all of them",
    "source": "what the score is of: raw neurons, PCA, a baseline or a network",
    "metric": "name of the score",
    "split": "part of the recording that is scored",
    "seed": "seed of the network, 0 of other sources",
    "value": "the score",
    "ci_low": "lower end of the 95 % interval, NaN where there is none",
    "ci_high": "upper end of the 95 % interval, NaN where there is none",
    "n": "number of blocks, neurons, layers or draws that the score rests on",
}


class Times(NamedTuple):
    """When the bins of a recording begin: starts in s (bins,), bin_seconds of each."""

    starts: Bins
    bin_seconds: float

    def averaged(self, seconds: float, bins: int) -> dict[str, object]:
        """Arguments of a TimeSeries of so many bins, that last as many seconds each.

        It has a rate, unless bins were left out of the recording.
        """
        width = round(seconds / self.bin_seconds)
        starts = self.starts[::width][:bins]
        if np.allclose(np.diff(starts), seconds, rtol=1e-6):
            return {"starting_time": float(starts[0]), "rate": 1 / seconds}
        return {"timestamps": starts}


def latent_series(
    files: Sequence[FilePath], names: Mapping[str, str], times: Times
) -> list["TimeSeries"]:
    """Latents (bins x dims) of each source, layer and seed, and the split that their bins are in.

    files: of latents; those of sources without latents are left out; names: {layer: as pages show
    it}, in order.
    """
    from pynwb import TimeSeries

    found, split = [], None
    for path in files:
        with open_h5(path) as file:
            if "latents" not in file:
                continue
            source, seconds = file.attrs["source"], float(file.attrs["bin_seconds"])
            latents, split = file["latents"][:], file["split"][:]
            shared = "layer" in file["latents"].attrs["axes"]
            layers = list(names) if shared else [file.attrs["layer"]]
            seed = "" if is_reserved(source) else f"_{file.attrs['seed']}"
        when = times.averaged(seconds, len(split))
        for layer, values in zip(layers, latents if shared else [latents], strict=True):
            series = TimeSeries(
                name=f"latents_{source}_{layer}{seed}",
                description=f"Latents (time x dims) of {source} in layer {names[layer]}"
                + (f", seed {seed[1:]}." if seed else "."),
                data=values,
                unit="a.u.",
                **when,
            )
            found.append(series)
    description = f"Part of the recording that each bin of latents is in: {SPLIT}."
    if split is not None:
        found.append(
            TimeSeries(name="split", description=description, data=split, unit="index", **when)
        )
    return found


def loading_table(
    source: str, layer: str, loadings: Array, region: "DynamicTableRegion"
) -> "DynamicTable":
    """Loadings (neurons, dims) of a source in a layer, with a row of another table for each."""
    from hdmf.common import DynamicTable, VectorData

    return DynamicTable(
        name=f"loadings_{source}_{layer}",
        description=f"Loadings of the neurons of layer {layer} on the latents of {source}.",
        columns=[
            region,
            VectorData(name="loadings", description="neurons x dims", data=loadings),
        ],
    )


def loading_tables(
    pca: Mapping[str, FilePath],
    fits: Mapping[str, FilePath],
    latents: Sequence[FilePath],
    region_of: Callable[[Neurons], "DynamicTableRegion"],
) -> list["DynamicTable"]:
    """Components of PCA and loadings of the LDS, of all layers.

    pca, fits: {layer: file}; latents: of all sources, which say how many dims PCA has, and of which
    neurons; region_of: rows of a table of ROIs, of neurons with these ids.
    """
    tables = []
    for path in latents:
        with open_h5(path) as file:
            source, layer = file.attrs["source"], file.attrs["layer"]
            if source not in ("pca", "lds"):
                continue
            ids, dims = file["neuron_ids"][:], file["latents"].shape[1]
        with open_h5((pca if source == "pca" else fits)[layer]) as file:
            loadings = file["components"][:dims].T if source == "pca" else file["C"][:]
        tables.append(loading_table(source, layer, loadings, region_of(ids)))
    return tables


def metric_table(path: FilePath) -> "DynamicTable":
    """The scores of metrics.tsv, row by row."""
    from hdmf.common import DynamicTable

    columns = [{"name": name, "description": text} for name, text in COLUMNS.items()]
    return DynamicTable.from_dataframe(
        read_table(path),
        "metrics",
        table_description="Every score of the recording.",
        columns=columns,
    )


def neuron_table(recording: FilePath) -> "DynamicTable":
    """The neurons of recording.h5: their ids in the source, positions and labels."""
    from hdmf.common import DynamicTable, VectorData

    with open_h5(recording) as file:
        ids, columns = file["neuron_ids"][:], []
        if "positions" in file:
            unit = file["positions"].attrs["units"]
            columns += [
                VectorData(name=axis, description=f"{axis} in {unit}", data=values)
                for axis, values in zip("xyz", file["positions"][:], strict=True)
            ]
        if "labels" in file:
            labels = list(file["labels"].asstr()[:])
            columns.append(VectorData(name="label", description="label", data=labels))
    columns = columns or [VectorData(name="index", description="index in the source", data=ids)]
    return DynamicTable(
        name="neurons", description="Neurons of the recording.", id=ids, columns=columns
    )
