"""Files umap/{source}.h5 and layers/{layer}.h5 of random points, in the form of the workflow's."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from nma.io.hdf5 import new_h5, put

PALETTE = ["#332288", "#88CCEE", "#44AA99", "#117733", "#999933", "#DDCC77", "#CC6677", "#882255", "#AA4499"]  # fmt: skip  # noqa: E501


def write_layers(
    folder: Path, layers: int, neurons: int, *, positions: bool = True
) -> dict[str, Path]:
    """{layer: path}: layer n lies at z = 30 n um; its ids start at 1000 n, shuffled."""
    paths = {f"L{n}": folder / f"layers/L{n}.h5" for n in range(1, layers + 1)}
    for n, path in enumerate(paths.values(), 1):
        rng = np.random.default_rng(n)
        with new_h5(path) as file:
            ids = 1000 * n + rng.permutation(neurons)
            put(file, "neuron_ids", ids, units="id in the recording", axes=("neuron",))
            if positions:
                # A neuron's depth tells its id: 30 n um and a hundredth of its number.
                xyz = np.array([*rng.random((2, neurons)), 30 * n + ids % 1000 / 100], "f4")
                put(file, "positions", xyz, units="um", axes=("x, y, z", "neuron"))
    return paths


def write_maps(
    folder: Path, sources: Iterable[str], layers: int, *, points: int, units: int, seed: int = 0
) -> dict[str, Path]:
    """{source: path}: `points` neurons a layer, or `units` latent units for {source}_latents.

    The layers are clouds side by side; one point in ten is held out, of latent units one in four.
    """
    paths = {source: folder / f"umap/{source}.h5" for source in sources}
    for number, (source, path) in enumerate(paths.items()):
        latents = source.endswith("_latents")
        size = units if latents else points
        rng = np.random.default_rng([seed, number])
        layer = np.repeat(np.arange(1, layers + 1), size)
        ids = np.tile(np.arange(size), layers) + (0 if latents else 1000 * layer)
        with new_h5(path, source=source, kind="latent units" if latents else "neurons") as file:
            for mode, width in (("supervised", 1.0), ("unsupervised", 3.0)):
                centres = 4 * np.stack([np.cos(2.4 * layer), np.sin(2.4 * layer)], 1)
                xy = (centres + width * rng.normal(size=(len(layer), 2))).astype("f4")
                if size < 2:
                    xy[:] = np.nan
                put(file, mode, xy, units="arbitrary", axes=("point", "x, y"))
            held_out = np.arange(len(layer)) % (4 if latents else 10) == 0
            put(file, "layer", layer, units="layer number", axes=("point",))
            put(file, "held_out", held_out, units="bool", axes=("point",))
            put(file, "id", ids, units="neuron id or unit number", axes=("point",))
    return paths
