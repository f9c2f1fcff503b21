"""recording.h5 to layers/{layer}.h5, a sample of the neurons of each, and the table layers.json."""

import json
from collections.abc import Mapping, Sequence

import h5py
import numpy as np

from nma.io.errors import InputError
from nma.io.files import atomic_path
from nma.io.hdf5 import new_h5, open_h5, put
from nma.preprocessing.grouping import Grouping, Layers
from nma.preprocessing.layers import assign_layers
from nma.preprocessing.text_layers import BY_TEXT
from nma.types import Array, FilePath, Neurons, NeuronsBins, Positions

# Attributes of recording.h5 that layers and tensors pass on, as far as it has them.
PASSED_ON = (
    "bin_seconds",
    "kind",
    "outliers",
    "outlier_neurons",
    "dropped_outlier_neurons",
    "capped_outlier_neurons",
)
# Datasets of a recording of trials, and whether they have a value for each neuron.
OF_TRIALS = {
    "stimulus": False,
    "spontaneous/mean": True,
    "spontaneous/sd": True,
    "spontaneous/components": True,
    "spontaneous/projection": False,
}


def slice_layers(
    recording: FilePath,
    outs: Sequence[FilePath],
    table: FilePath,
    *,
    grouping: Grouping,
    neurons: int | str,
) -> None:
    """Write one file a layer from recording.h5: ids, positions and activity of sampled neurons.

    outs: the paths in the order of the layers; table: of layers.json, see layer_table; neurons: as
    in sample_layers. Raises InputError as assign_layers and sample_layers do.
    """
    with open_h5(recording) as file:
        activity, ids = file["activity"], file["neuron_ids"][:]
        positions = file["positions"][:] if "positions" in file else None
        unit = "um" if positions is None else file["positions"].attrs["units"]
        texts = {name: file[name].asstr()[:] for name in BY_TEXT if name in file}
        layers = assign_layers(
            recording, grouping, neurons=len(ids), positions=positions, unit=unit, **texts
        )
        samples = sample_layers(recording, layers, neurons=neurons, seed=grouping.seed)
        found = layer_table(layers, samples, grouping, neurons)
        for row in found["layers"]:
            print(f"{row['grouping']}: {row['neurons']} neurons, {row['used']} used")
        for row in found["left_out"]:
            plural = "s" if row["neurons"] > 1 else ""
            print(f"left out: {row['grouping']} ({row['neurons']} neuron{plural})")
        for warning in found["warnings"]:
            print(f"warning: {warning}")
        if positions is not None and not np.isfinite(positions[:2, layers.layer_of >= 0]).all():
            positions = None  # of no use to scores unless all neurons have a place
        for number, (out, row, sample) in enumerate(
            zip(outs, found["layers"], samples, strict=True)
        ):
            attributes = {
                "recording": file.attrs["name"],
                "layer": row["layer"],
                "layer_name": row["name"],
                "grouping": row["grouping"],
                "neurons_in_layer": row["neurons"],
                **{name: file.attrs[name] for name in PASSED_ON if name in file.attrs},
            }
            members = np.flatnonzero(layers.layer_of == number)
            write_layer(
                out,
                activity[sample],
                ids[sample],
                None if positions is None else positions[:, sample],
                position_unit=unit,
                other_ids=ids[np.setdiff1d(members, sample)],
                missing=file["missing"][sample] if "missing" in file else None,
                copied=_of_trials(file, sample),
                **attributes,
            )
    with atomic_path(table) as path:
        path.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _of_trials(file: h5py.File, sample: Neurons) -> dict[str, tuple[Array, dict]]:
    """{dataset: (its values for the sampled neurons, its attributes)} of a recording of trials."""
    return {
        name: (file[name][sample if of_neurons else slice(None)], dict(file[name].attrs))
        for name, of_neurons in OF_TRIALS.items()
        if name in file
    }


def sample_layers(file: FilePath, layers: Layers, *, neurons: int | str, seed: int) -> list[Array]:
    """A sorted sample of neuron indices of each layer, all of the same size, without replacement.

    neurons: that size, or `smallest` for the size of the smallest layer. Raises InputError where a
    layer has fewer.
    """
    sizes = layers.sizes
    size = int(sizes.min()) if neurons == "smallest" else neurons
    for name, found in zip(layers.names, sizes, strict=True):
        if found < size:
            raise InputError(
                file,
                f"layer {name}",
                found=f"{found} neurons",
                expected=f"at least {size} (layers: neurons)",
                hint=f"the layers have {', '.join(map(str, sizes))} neurons, and `neurons: "
                "smallest` takes as many as the smallest has",
            )
    generator = np.random.default_rng(seed)
    return [
        np.sort(generator.choice(np.flatnonzero(layers.layer_of == layer), size, replace=False))
        for layer in range(len(layers.names))
    ]


def write_layer(
    out: FilePath,
    activity: NeuronsBins,
    ids: Neurons,
    positions: Positions | None,
    *,
    position_unit: str = "um",
    other_ids: Neurons | None = None,
    missing: NeuronsBins | None = None,
    copied: Mapping[str, tuple[Array, dict]] | None = None,
    **attributes: str | float,
) -> None:
    """Write layers/{layer}.h5: activity in raw bins, and positions where there are any.

    other_ids: of the layer's neurons that were not sampled; missing: which entries of activity are
    filled in (bool), or None where none is; copied: {name: (values, units and axes)} of other
    datasets.
    """
    axes = ("neuron", "trial" if "kind" in attributes else "bin")
    with new_h5(out, **attributes) as file:
        put(file, "activity", activity, units="activity of the recording", axes=axes)
        for name, (values, of_recording) in (copied or {}).items():
            put(file, name, values, **of_recording)
        _put_ids(file, "neuron_ids", ids)
        if other_ids is not None:
            _put_ids(file, "other_neuron_ids", other_ids)
        if positions is not None:
            put(file, "positions", positions, units=position_unit, axes=("x, y, z", "neuron"))
        if missing is not None and missing.any():
            put(file, "missing", missing, units="bool", axes=axes, compression="lzf")


def _put_ids(file: h5py.File, name: str, ids: Neurons) -> None:
    put(file, name, ids, units="id in the recording", axes=("neuron",))


def layer_table(
    layers: Layers, samples: Sequence[Array], grouping: Grouping, neurons: int | str
) -> dict[str, list]:
    """The content of layers.json: layers, left_out and warnings.

    layers: {layer: L1, L2, ..., name: as pages show it, grouping: what it holds, neurons: how many
    it has, used: how many were sampled} of each; left_out: grouping and neurons of the others.
    """
    rows = []
    for number, (name, size) in enumerate(zip(layers.names, layers.sizes.tolist(), strict=True)):
        layer = f"L{number + 1}"
        shown = layer
        if grouping.by in BY_TEXT:  # `all` stands for all layers together
            shown = f"all ({layer})" if name == "all" else name
        row = {"layer": layer, "name": shown, "grouping": name, "neurons": size}
        rows.append(row | {"used": len(samples[number])})
    warning = uneven(layers, grouping) if neurons == "smallest" else ""
    return {
        "layers": rows,
        "left_out": [{"grouping": name, "neurons": n} for name, n in layers.left_out.items()],
        "warnings": [warning] if warning else [],
    }


def _as_yaml(label: str) -> str:
    """A label as a list in YAML has it: without quotes where it cannot be anything but a text."""
    plain = label.isalnum() and len(label) > 1 and not label[0].isdigit()
    words = ("null", "true", "false", "yes", "no", "on", "off")
    return label if plain and label.lower() not in words else json.dumps(label, ensure_ascii=False)


def uneven(layers: Layers, grouping: Grouping) -> str:
    """Warn of layers that have less than half as many neurons as the median layer.

    Only as many are then used of each. Empty where there is no such layer.
    """
    sizes = layers.sizes
    small = 2 * sizes < np.median(sizes)
    if not small.any():
        return ""
    names = [name for name, found in zip(layers.names, small, strict=True) if found]
    has = f"{', '.join(names)} {'has' if len(names) == 1 else 'have'}"
    least, rest = sizes.min(), sizes[~small].min()
    fewer = f"`min_neurons: {rest}` with `count: {(~small).sum()}`"
    ways = {
        **dict.fromkeys(
            BY_TEXT,
            f"`except: [{', '.join(map(_as_yaml, names))}]` or {fewer} leaves {rest} of each",
        ),
        "depth": f"{fewer} leaves {rest} of each",
        "kmeans": f"`min_neurons: {sizes[small].max() + 1}` leaves neurons of such clusters out, "
        "and clusters the others again",
        "xy_blocks": "`by: kmeans` groups neurons where they lie",
    }
    return (
        f"{has} far fewer neurons than other layers, so only {least} of each are used, "
        f"{least * len(sizes)} of {sizes.sum()} neurons; in `layers:`, {ways[grouping.by]}"
    )
