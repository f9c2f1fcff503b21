"""Reading latents files."""

from collections.abc import Sequence

from nma.io.hdf5 import open_h5
from nma.types import Array, FilePath


def read_latents(path: FilePath, name: str, layer: int = 0) -> Array:
    """Dataset `name` of a latents file: of the only layer, or of layer number `layer` if shared."""
    with open_h5(path) as file:
        dataset = file[name]
        return dataset[layer] if "layer" in dataset.attrs["axes"] else dataset[:]


def of_layer(paths: Sequence[FilePath], name: str, number: int) -> Array:
    """Dataset `name` of layer number `number` from the files of a source.

    paths: one a layer, or one that all layers share. Tensors are read in the same way.
    """
    return read_latents(paths[number if len(paths) > 1 else 0], name, number)


def by_seed(paths: Sequence[FilePath], seeds: Sequence[int]) -> dict[int, Sequence[FilePath]]:
    """{seed: its files} of files by layer, then by seed; empty where there are no files."""
    return {seed: paths[n :: len(seeds)] for n, seed in enumerate(seeds)} if paths else {}
