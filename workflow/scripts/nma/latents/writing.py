"""latents/{source}/{layer}/{seed}.h5: what a source makes of a recording, and how well."""

import numpy as np

from nma.io.hdf5 import new_h5, open_h5, put
from nma.latents.cosmoothing import KINDS
from nma.latents.likelihoods import log_likelihoods
from nma.preprocessing.splits import SPLITS
from nma.preprocessing.units import observed
from nma.statistics.r2 import r2, squared_errors


def write_latents(out, tensor_paths, latents, reconstructions, *, hidden, **attributes):
    """Write the latents and reconstructions of one layer, or of all layers of a shared model.

    tensor_paths: the tensors in the order of the layers; latents: one (bins, dims) a layer;
    reconstructions: one (bins, neurons) a layer; hidden: for each layer what latents.cosmoothing
    and statistics.observation_models say of hidden neurons and entries. With one layer the datasets
    have no layer axis. Per neuron there is an r2 of each split; per bin the squared error summed
    over neurons, and that of the train-mean predictor, from which every pooled score follows; and
    the log-likelihood of each observation model, and with the train mean in place of the source's.
    """
    columns = [
        _scores(path, reconstruction) | errors
        for path, reconstruction, errors in zip(tensor_paths, reconstructions, hidden, strict=True)
    ]
    with open_h5(tensor_paths[0]) as file:
        split_index, bin_seconds = file["split"][:], file.attrs["bin_seconds"]
    shared = len(tensor_paths) > 1

    with new_h5(out, bin_seconds=bin_seconds, **attributes) as file:

        def write(name, arrays, units, axes, **storage):
            data = np.stack(arrays) if shared else arrays[0]
            axes = ("layer", *axes) if shared else axes
            put(file, name, data, units=units, axes=axes, **storage)

        write("latents", latents, "latent activity", ("bin", "dim"))
        write("reconstruction", reconstructions, "normalised activity", ("bin", "neuron"))
        for name, (units, axes) in {
            "squared_error": ("summed over neurons", ("bin",)),
            "squared_deviation": ("summed over neurons, from the train mean", ("bin",)),
            **{
                f"{kind}_{part}": ("summed over what is hidden", ("bin",))
                for kind in KINDS
                for part in ("error", "deviation")
            },
            **{
                name: ("nats, summed over neurons", ("bin",))
                for name in columns[0]
                if "log_likelihood" in name and all(name in column for column in columns)
            },
            "cosmooth_error_of_dims": ("summed over what is hidden", ("bin", "dims tried")),
            **{f"r2_{split}": ("1", ("neuron",)) for split in SPLITS},
        }.items():
            if name in columns[0]:
                write(name, [column[name] for column in columns], units, axes)
        write("neuron_ids", [c["neuron_ids"] for c in columns], "id in the recording", ("neuron",))
        put(
            file, "split", split_index, units="0 train, 1 validation, 2 test, -1 gap", axes=("bin",)
        )


def _scores(tensor_path, reconstruction):
    with open_h5(tensor_path) as file:
        activity, split_index = file["activity"][:], file["split"][:]
        train_mean, ids = file["train_mean"][:], file["neuron_ids"][:]
    error, deviation = squared_errors(activity, reconstruction, train_mean)
    scores = {
        f"r2_{name}": r2(error[split_index == code].sum(0), deviation[split_index == code].sum(0))
        for code, name in enumerate(SPLITS)
        if (split_index == code).any()
    }
    families, means = observed(tensor_path), np.broadcast_to(train_mean, activity.shape)
    for name, estimate in {"": reconstruction, "_of_mean": means}.items():
        found = log_likelihoods(families, activity, estimate, split_index)
        scores |= {f"{family}_log_likelihood{name}": sums for family, sums in found.items()}
    return scores | {
        "squared_error": error.sum(1),
        "squared_deviation": deviation.sum(1),
        "neuron_ids": ids,
    }
