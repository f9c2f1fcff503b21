"""The interactive UMAP of report.html: all maps of a recording in one self-contained fragment."""

import base64
import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from plotly.offline import get_plotlyjs

from nma.figures.labels import label
from nma.figures.style import colours
from nma.io.hdf5 import open_h5
from nma.report.html import fill
from nma.types import Array, FilePath, Points

MODES = ("unsupervised", "supervised")
# Coordinates are written in 65,534 steps of their range: finer than a screen, 4 bytes a point.
LARGEST = 2**16 - 2
NOWHERE = 2**16 - 1


def interactive_maps(
    template: FilePath,
    maps: Mapping[str, FilePath],
    layer_files: Mapping[str, FilePath],
    *,
    layer_colours: Sequence[str],
    script: FilePath,
) -> str:
    """A fragment of HTML that draws any of the maps, and loads nothing.

    maps: {source: path of umap/{source}.h5}, in the order in which they are offered; layer_files:
    {layer: path of layers/{layer}.h5} in order, for the depths (z) of neurons; layer_colours:
    the palette of all figures; script: path of interactive.js, which documents the data.
    """
    depths, unit = neuron_depths(layer_files.values())
    tables, entries, names = [], {}, []
    for source, path in maps.items():
        with open_h5(path) as file:
            kind = file.attrs["kind"]
            # Shuffled, so that no layer covers the others.
            order = np.random.default_rng(0).permutation(len(file["id"]))
            points = point_table(file, order, depths if kind == "neurons" else {})
            modes = {mode: packed_coordinates(file[mode][:][order]) for mode in MODES}
        # All maps of neurons show the same ones, so they share a table.
        if points not in tables:
            tables.append(points)
        entries[source] = {"points": tables.index(points), "kind": kind, **modes}
        names.append({"source": source, "text": map_name(source, kind)})
    palette = colours(layer_colours, layer_files)
    data = {"layers": list(palette.items()), "unit": unit, "tables": tables, "maps": entries}
    return fill(
        template,
        names=names,
        palette=palette,
        # `</script>` in a text would end the element.
        data=json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c"),
        # Packed, plotly.js takes 1.9 MB of the page instead of 4.8; the browser unpacks it.
        plotly=base64.b64encode(gzip.compress(get_plotlyjs().encode(), mtime=0)).decode(),
        script=Path(script).read_text(encoding="utf-8"),
    )


def neuron_depths(paths: Iterable[FilePath]) -> tuple[dict[tuple[int, int], float], str]:
    """{(layer number, neuron id): depth} of the layers that have positions, and their unit.

    paths: layers/{layer}.h5, in order.
    """
    depths, unit = {}, ""
    for number, path in enumerate(paths, 1):
        with open_h5(path) as file:
            if "positions" in file:
                unit = file["positions"].attrs["units"]
                ids, z = file["neuron_ids"][:], file["positions"][2]
                depths |= {(number, i): d for i, d in zip(ids.tolist(), z.tolist(), strict=True)}
    return depths, unit


def point_table(
    file: h5py.File, order: Points, depths: Mapping[tuple[int, int], float]
) -> dict[str, list]:
    """The points of a map as columns id, layer (number), held_out (0 or 1) and depth.

    file: umap/{source}.h5; order: of the points, as positions in the file; depths: those of
    neuron_depths, empty for latent units. A depth that is not known is None.
    """
    columns = {name: file[name][:][order].astype(int).tolist() for name in ("id", "layer")}
    columns["held_out"] = file["held_out"][:][order].astype(int).tolist()
    columns["depth"] = [None] * len(order)
    if depths:
        z = [depths[key] for key in zip(columns["layer"], columns["id"], strict=True)]
        columns["depth"] = [round(depth, 1) if np.isfinite(depth) else None for depth in z]
    return columns


def packed_coordinates(coordinates: Array) -> dict[str, Any] | None:
    """Pack coordinates (points, 2) as {low, high, steps}; None where no point has a place.

    low, high: the corners (2,) of the map; steps: 16-bit whole numbers, x and y of each point in
    turn, from 0 at `low` to LARGEST at `high`, NOWHERE for NaN; little-endian, as base64.
    """
    placed = np.isfinite(coordinates).all(axis=1)
    if not placed.any():
        return None
    coordinates = coordinates.astype(float)
    low, high = coordinates[placed].min(axis=0), coordinates[placed].max(axis=0)
    steps = np.full(coordinates.shape, NOWHERE, "<u2")
    span = np.where(high > low, high - low, 1)
    steps[placed] = np.rint((coordinates[placed] - low) / span * LARGEST)
    return {
        "low": low.tolist(),
        "high": high.tolist(),
        "steps": base64.b64encode(steps.tobytes()).decode(),
    }


def map_name(source: str, kind: str) -> str:
    """The name of a map in the list, which agrees with the heading of its figure.

    kind: of its points, `neurons` or `latent units`.
    """
    if kind == "latent units":
        return f"latent units: {label(source.removesuffix('_latents'))}"
    return "neurons: raw" if source == "raw" else f"neurons: reconstructed by {label(source)}"
