"""Reading latents files."""

from nma.io.hdf5 import open_h5


def read_latents(path, name, layer=0):
    """Dataset `name` of a latents file: of the only layer, or of layer number `layer` if shared."""
    with open_h5(path) as file:
        dataset = file[name]
        return dataset[layer] if "layer" in dataset.attrs["axes"] else dataset[:]


def of_layer(paths, name, number):
    """Dataset `name` of layer number `number` from the files of a source: one a layer, or one that
    all layers share. Tensors are read in the same way."""
    return read_latents(paths[number if len(paths) > 1 else 0], name, number)


def by_seed(paths, seeds):
    """{seed: its files} of files by layer, then by seed; nothing where there are none."""
    return {seed: paths[n :: len(seeds)] for n, seed in enumerate(seeds)} if paths else {}
