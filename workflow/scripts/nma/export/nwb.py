"""nma.nwb: a copy of the source NWB file, or a new file, with latents, loadings and scores."""

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nma.export.content import (
    Times,
    latent_series,
    loading_tables,
    metric_table,
    neuron_table,
)
from nma.export.identifiers import fix_identifiers, identifier
from nma.io.errors import InputError
from nma.io.files import atomic_path
from nma.io.hdf5 import open_h5
from nma.io.parsing import read_json
from nma.recordings.nwb.rois import rows_of
from nma.recordings.nwb.series import choose
from nma.types import FilePath, Neurons

if TYPE_CHECKING:
    from hdmf.common import DynamicTable, DynamicTableRegion
    from pynwb import NWBFile

MODULE = "nma"
VERSIONS = ("source_sha256", "source_etag", "source_file")
UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)  # NWB wants a date, and results depend on none


class Rois(NamedTuple):
    """A table with a row for each ROI or neuron; rows: {id in recording.h5: row of the table}."""

    table: "DynamicTable"
    rows: dict[int, int]


def write_nwb(
    out: FilePath,
    *,
    recording: FilePath,
    layer_table: FilePath,
    latents: Sequence[FilePath],
    pca: Sequence[FilePath],
    fits: Sequence[FilePath],
    metrics: FilePath,
    source: FilePath | None = None,
    series: str | None = None,
) -> None:
    """Write the NWB file `out` with a processing module `nma`.

    It is a copy of `source`, the NWB file on disk that the recording is from, of which `series`
    was read; without a source, it is a new file with a table of neurons in place of ROIs. Latents
    are TimeSeries, loadings tables with a region into the table of ROIs, and metrics.tsv a table.
    The region is one of a new table of neurons too, where ROIs of a layer are in several tables.
    recording: recording.h5; layer_table: layers.json; latents: of all sources; pca, fits: of
    layers. The same results give the same bytes. Raises InputError for a source that has a module
    `nma` already.
    """
    from pynwb import NWBHDF5IO, ProcessingModule

    layers = {row["layer"]: row["name"] for row in read_json(layer_table)["layers"]}
    times, name, version = _facts(recording)
    with atomic_path(out) as temporary:
        if source:
            shutil.copyfile(source, temporary)
        with NWBHDF5IO(temporary, "a" if source else "w") as io:
            nwb = io.read() if source else _new(name, version)
            if MODULE in nwb.processing:
                found = f"one called {MODULE} already"
                raise InputError(source, "processing modules", found=found, expected="none")
            description = "Latents of neural activity, and how well they describe and predict it."
            module = ProcessingModule(name=MODULE, description=description)
            nwb.add_processing_module(module)
            rois = _rois(source, nwb, series) if source else []
            if len(rois) != 1:
                table = neuron_table(recording)
                module.add(table)
                rois.append(Rois(table, dict(zip(table.id[:], range(len(table)), strict=True))))
            contents = [
                *latent_series(latents, layers, times),
                *loading_tables(
                    dict(zip(layers, pca, strict=True)),
                    dict(zip(layers, fits, strict=True)),
                    latents,
                    partial(_region, rois),
                ),
                metric_table(metrics),
            ]
            for item in contents:
                module.add(item)
            io.write(nwb)
        fix_identifiers(temporary, f"processing/{MODULE}" if source else "/", version)


def _facts(recording: FilePath) -> tuple[Times, str, str]:
    """When the bins of recording.h5 begin, its name, and what tells the version of its source."""
    with open_h5(recording) as file:
        attributes = file.attrs
        bins = file["bins"][:] if "bins" in file else np.arange(file["activity"].shape[1])
        seconds = float(attributes["bin_seconds"])
        starts = attributes.get("start_seconds", 0.0) + seconds * bins
        version = next(attributes[key] for key in VERSIONS if key in attributes)
        return Times(starts, seconds), attributes["name"], str(version)


def _new(name: str, version: str) -> "NWBFile":
    """An empty file of a recording of which no more is known than its name."""
    from pynwb import NWBFile

    return NWBFile(
        session_description=f"Results of NMA on the recording {name}. Its date is not known, so "
        "that of the session and of the file stand for none.",
        identifier=identifier(version, name),
        session_start_time=UNKNOWN,
        file_create_date=UNKNOWN,
    )


def _rois(path: FilePath, nwb: "NWBFile", series: str | None) -> list[Rois]:
    """The tables of the ROIs that were read, one after the other."""
    chosen, _ = choose(path, nwb, series)
    found, first = {}, 0
    for one in chosen:
        rois = found.setdefault(id(one.rois.table), Rois(one.rois.table, {}))
        rows = rows_of(path, one).tolist()
        rois.rows.update(zip(range(first, first + len(rows)), rows, strict=True))
        first += len(rows)
    return list(found.values())


def _region(tables: Sequence[Rois], ids: Neurons) -> "DynamicTableRegion":
    """Neurons with these ids as rows of the first table that has them all."""
    from hdmf.common import DynamicTableRegion

    table, rows = next(rois for rois in tables if rois.rows.keys() >= set(ids.tolist()))
    description = f"the neuron's row in {table.name}"
    data = [rows[neuron] for neuron in ids.tolist()]
    return DynamicTableRegion(name="roi", description=description, data=data, table=table)
