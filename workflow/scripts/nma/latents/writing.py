"""Writing latents/{source}/{layer}/{seed}.h5: a source on a recording, and how well it does."""

from collections.abc import Sequence

import numpy as np

from nma.io.hdf5 import new_h5, put
from nma.latents.describe import Description
from nma.preprocessing.masks import KINDS, PARTS, WITHOUT_COPIES
from nma.preprocessing.splits import SPLITS
from nma.types import Array, FilePath

BIN, NEURON = ("bin",), ("neuron",)
DATASETS = {  # name: (units, axes)
    "squared_error": ("summed over neurons", BIN),
    "squared_deviation": ("summed over neurons, from the train mean", BIN),
    **{f"{kind}_{part}": ("summed over what is hidden", BIN) for kind in KINDS for part in PARTS},
    **{
        f"{kind}_{part}{WITHOUT_COPIES}": ("summed over what is hidden with its copies", BIN)
        for kind in KINDS
        for part in PARTS
    },
}
OF_MODES = {
    "time_constants": "s",
    "frequencies": "Hz",
    "time_constant_weights": "share of predicted activity",
}
LATER_DATASETS = {
    "inferred_inputs": ("1", ("bin", "input")),
    "cosmooth_error_of_dims": ("summed over what is hidden", ("bin", "dims tried")),
    **{f"r2_{split}": ("1", NEURON) for split in SPLITS},
    **{f"{kind}_r2_of_neurons_{split}": ("1", NEURON) for kind in KINDS for split in SPLITS},
}


def write_latents(
    out: FilePath,
    layers: Sequence[Description],
    *,
    time_constants: Sequence[Array] | None = None,
    **attributes: str | int | Array,
) -> None:
    """Write the file of one layer, or of all layers of a shared model.

    time_constants: seconds, hertz and weights of the modes of a network, each (modes,).

    With one layer the datasets have no layer axis. A source without latents has neither these nor a
    reconstruction. Observation models that cannot hold the activity of every layer are left out.
    """
    shared, sums = len(layers) > 1, [layer.sums for layer in layers]
    nats = {
        name: ("nats, summed over neurons", BIN)
        for name in sums[0]
        if "log_likelihood" in name and all(name in others for others in sums)
    }
    tensor = layers[0].tensor
    if tensor.bin_seconds is not None:
        attributes = {"bin_seconds": tensor.bin_seconds, **attributes}
    with new_h5(out, **attributes) as file:

        def write(name: str, arrays: Sequence[Array], units: str, axes: tuple[str, ...]) -> None:
            data = np.stack(arrays) if shared else arrays[0]
            put(file, name, data, units=units, axes=("layer", *axes) if shared else axes)

        if layers[0].reconstruction is not None:
            write("latents", [x.latents for x in layers], "latent activity", ("bin", "dim"))
            reconstructions = [x.reconstruction for x in layers]
            write("reconstruction", reconstructions, "normalised activity", ("bin", "neuron"))
        for name, (units, axes) in (DATASETS | nats | LATER_DATASETS).items():
            if all(name in of_layer for of_layer in sums):
                write(name, [of_layer[name] for of_layer in sums], units, axes)
        if any(x.tensor.missing is not None for x in layers):
            entries = [x.tensor.present.sum(axis=1) for x in layers]
            write("entries", entries, "neurons recorded in the bin", BIN)
        ids = [x.tensor.neuron_ids for x in layers]
        write("neuron_ids", ids, "id in the recording", NEURON)
        if time_constants is not None:
            for (name, units), values in zip(OF_MODES.items(), time_constants, strict=True):
                put(file, name, values, units=units, axes=("mode",))
        put(file, "split", tensor.split, units="0 train, 1 validation, 2 test, -1 gap", axes=BIN)
