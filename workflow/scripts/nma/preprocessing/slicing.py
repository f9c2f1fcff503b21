"""recording.h5 to layers/{layer}.h5: the sampled neurons of each layer, one file a layer."""

import numpy as np

from nma.io.hdf5 import new_h5, open_h5, put
from nma.preprocessing.layers import assign_layers, sample_layers


def slice_layers(recording, outs, *, by, count, neurons, seed):
    """Write one file a layer: the ids, positions and activity of its sampled neurons.

    outs: the paths in the order of the layers. See preprocessing.layers for the other settings and
    errors.
    """
    with open_h5(recording) as file:
        activity, ids = file["activity"], file["neuron_ids"][:]
        positions = file["positions"][:] if "positions" in file else None
        labels = file["labels"].asstr()[:] if "labels" in file else None
        assignment, names = assign_layers(
            recording,
            by,
            count,
            neurons=len(ids),
            positions=positions,
            labels=labels,
            seed=seed,
        )
        samples = sample_layers(recording, assignment, names, neurons=neurons, seed=seed)
        sizes = np.bincount(assignment, minlength=count)
        print("\n".join(f"{n}: {k} neurons" for n, k in zip(names, sizes, strict=True)))
        for number, (out, name, sample) in enumerate(zip(outs, names, samples, strict=True), 1):
            attributes = {
                "recording": file.attrs["name"],
                "layer": f"L{number}",
                "grouping": name,
                "neurons_in_layer": sizes[number - 1],
                "bin_seconds": file.attrs["bin_seconds"],
            }
            place = None if positions is None else positions[:, sample]
            write_layer(out, activity[sample], ids[sample], place, **attributes)


def write_layer(out, activity, ids, positions, **attributes):
    """Write layers/{layer}.h5: activity (neurons, raw bins), positions (3, neurons) or None."""
    with new_h5(out, **attributes) as file:
        units = "activity of the recording"
        put(file, "activity", activity, units=units, axes=("neuron", "bin"))
        put(file, "neuron_ids", ids, units="id in the recording", axes=("neuron",))
        if positions is not None:
            put(file, "positions", positions, units="um", axes=("x, y, z", "neuron"))
