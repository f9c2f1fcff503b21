"""Where the sampled neurons of layers lie, for the figures that show them in space."""

from collections.abc import Iterable, Sequence

from nma.io.hdf5 import open_h5
from nma.types import FilePath, Positions

NONE = "This recording has no positions."


def read_positions(
    layers: Iterable[str], paths: Sequence[FilePath]
) -> tuple[dict[str, Positions], str]:
    """{layer: positions} of the layers that have any, and their unit; paths: layers/{layer}.h5."""
    positions, unit = {}, ""
    for layer, path in zip(layers, paths, strict=True):
        with open_h5(path) as file:
            if "positions" in file:
                positions[layer] = file["positions"][:]
                unit = file["positions"].attrs["units"]
    return positions, unit
