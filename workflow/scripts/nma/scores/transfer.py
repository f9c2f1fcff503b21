"""Is what a network learnt on one layer of use to other neurons? (the study's transfer)

The neurons of layer t that its network has not met, those that were not sampled, are predicted on
held-out time from those that were. The same neurons from the same neurons by every network, its own
and those of other layers: what differs along t is the network alone. It stays as it is; two linear
maps, which train alone fits, take the neurons to it and back:

- read-in: ridge from the sampled neurons of t to those of s, the layer of the network, in the same
  bins (layers are recorded at the same time). A network of s gets what t says of its own neurons;
  the network of t itself gets its own neurons as they are.
- read-out: ridge from the latents that the network makes of its own neurons to the predicted
  neurons of t in the same bins.

r2 is 0 where the layers share nothing. What is predicted is never seen, so no neuron's own noise
comes back. A read-out fitted to the latents of the read-in would not do: a read-in that has found
nothing is a weak random projection of t, a read-out would make it strong again, and as many random
projections as t has latents hold them all, so that any network would serve any layer.

A layer that is sampled whole has half of its sampled neurons predicted from the other half, by
networks of other layers alone, as its own has met them all.

Both ends work for any encoder (bins, neurons) -> (bins, dims): a residual network, the study's, or
the principal components of the layer. Less than r2 of the network of t may be the fault of the
layers, which share only so much: so the same is done with no encoder at all (`direct`), by ridge
from the sampled neurons of s to the predicted ones of t. There s and t differ by what a layer, or a
neighbourhood in space, has to itself.

Penalties are chosen inside train on the first principal components of what is predicted, which
stand for all of it and cost a fraction.
"""

import numpy as np

from nma.baselines.pca import fit_pca
from nma.io.errors import InputError
from nma.io.hdf5 import new_h5, open_h5, put
from nma.preprocessing.layers import assign_layers
from nma.preprocessing.normalisation import neuron_statistics
from nma.preprocessing.splits import SPLITS
from nma.preprocessing.tensors import bin_average
from nma.statistics.intervals import pooled_r2
from nma.statistics.r2 import squared_errors
from nma.statistics.ridge import ridge_maps

JUDGES = 30  # components that penalties are chosen on, at most
LEAST = 10  # other neurons of a layer; where there are fewer it counts as sampled whole


def transfer(layers, others, encoders, split, *, seed, held_out="test"):
    """Every network on every layer: `scores` of its estimates.

    layers: the activity (bins, neurons) that each network was trained on, normalised; others: other
    neurons of each layer (bins, n), or None; encoders: for each layer a function of activity (bins,
    neurons) and the split code of its bins to latents (bins, dims); seed: of the halves of layers
    without others.
    """
    met = meetings(layers, others, seed)
    train, scored = (split == SPLITS.index(name) for name in ("train", held_out))
    return scores(met, estimates(layers, met, encoders, split, train, scored), train, scored)


def direct(layers, others, split, *, seed, held_out="test"):
    """The same with no encoder; layers that are sampled whole are told by themselves alone."""
    met = meetings(layers, others, seed)
    train, scored = (split == SPLITS.index(name) for name in ("train", held_out))
    return scores(met, direct_estimates(layers, met, train, scored), train, scored)


def meetings(layers, others, seed):
    """Of each layer the neurons that are seen and those that are predicted of them (bins, n)."""
    return [meeting(*pair, seed) for pair in zip(layers, others, strict=True)]


def meeting(layer, other, seed):
    if other is not None:
        return layer, other
    order = np.random.default_rng(seed).permutation(layer.shape[1])
    return tuple(layer[:, np.sort(half)] for half in np.array_split(order, 2))


def scores(met, estimated, train, scored):
    """{name: array}: `r2` with `low` and `high`, its 95 % interval (source, target), NaN where
    there is no estimate; `predicted`, how many neurons (target,); and `blocks`, their number.

    estimated: of (source, target, activity (scored bins, n) of the target's predicted neurons).
    """
    found = {name: np.full((len(met), len(met)), np.nan) for name in ("r2", "low", "high")}
    found["predicted"] = np.array([wanted.shape[1] for _, wanted in met])
    for s, t, estimate in estimated:
        wanted = met[t][1]
        sums = squared_errors(wanted[scored], estimate, wanted[train].mean(axis=0))
        *values, found["blocks"] = pooled_r2(*(x.sum(axis=1) for x in sums))
        for name, value in zip(("r2", "low", "high"), values, strict=True):
            found[name][s, t] = value
    return found


def estimates(layers, met, encoders, split, train, scored):
    """Yield what `scores` takes, through encoders; train, scored: bool (bins,)."""
    judges = [leading(layer[train]) for layer in layers]
    latents = {}
    for t, (seen, _) in enumerate(met):
        if seen is layers[t]:
            latents[t, t] = encoders[t](seen[scored], split[scored])
        sources = [s for s in range(len(layers)) if s != t]
        targets = [layers[s][train] for s in sources]
        maps = ridge_maps(seen[train], targets, [judges[s] for s in sources]) if sources else ()
        for s, (weights, offset) in zip(sources, maps, strict=True):
            activity = (seen[scored] @ weights + offset).astype(np.float32)
            latents[s, t] = encoders[s](activity, split[scored])
    judges = [leading(wanted[train]) for _, wanted in met]
    for s, layer in enumerate(layers):
        targets = [t for t in range(len(met)) if (s, t) in latents]
        if targets:
            own = encoders[s](layer[train], split[train])
            wanted = [met[t][1][train] for t in targets]
            maps = ridge_maps(own, wanted, [judges[t] for t in targets])
            for t, (weights, offset) in zip(targets, maps, strict=True):
                yield s, t, latents[s, t] @ weights + offset


def direct_estimates(layers, met, train, scored):
    """Yield what `scores` takes, from neurons to neurons."""
    judges = [leading(wanted[train]) for _, wanted in met]
    whole = [t for t, (seen, _) in enumerate(met) if seen is not layers[t]]
    from_layers = [t for t in range(len(met)) if t not in whole]
    jobs = [(s, layer, from_layers) for s, layer in enumerate(layers) if from_layers]
    for s, seen, targets in [*jobs, *((t, met[t][0], [t]) for t in whole)]:
        wanted = [met[t][1][train] for t in targets]
        maps = ridge_maps(seen[train], wanted, [judges[t] for t in targets])
        for t, (weights, offset) in zip(targets, maps, strict=True):
            yield s, t, seen[scored] @ weights + offset


def leading(train):
    """The first principal components (bins, at most JUDGES) of signals (bins, n)."""
    fit = fit_pca(train)
    return (train - fit.mean_) @ fit.components_[:JUDGES].T


def other_neurons(recording, layer_paths, tensor_paths, *, by, seed):
    """Normalised activity (bins, n) of each layer's neurons that were not sampled, or None where
    there are fewer than LEAST.

    At most as many as the tensor holds, drawn with `seed`. by, seed: as in preprocessing.layers.
    Bins and normalisation are those of the tensor; statistics of a neuron are fitted on train, and
    `population` divides by the mean of the sampled neurons, as it did for them. Raises InputError
    where a neuron cannot be normalised so.
    """
    with open_h5(recording) as file:
        ids = file["neuron_ids"][:]
        assignment, _ = assign_layers(
            recording,
            by,
            len(tensor_paths),
            neurons=len(ids),
            positions=file["positions"][:] if "positions" in file else None,
            labels=file["labels"].asstr()[:] if "labels" in file else None,
            seed=seed,
        )
        found, generator = [], np.random.default_rng(seed)
        for number, paths in enumerate(zip(layer_paths, tensor_paths, strict=True)):
            with open_h5(paths[1]) as tensor:
                sampled = tensor["neuron_ids"][:]
            left = np.flatnonzero((assignment == number) & ~np.isin(ids, sampled))
            if len(left) < LEAST:
                found.append(None)
                continue
            size = min(len(left), len(sampled))
            chosen = np.sort(generator.choice(left, size, replace=False))
            found.append(_normalised(recording, file["activity"][chosen], *paths))
    return found


def _normalised(recording, activity, layer_path, tensor_path):
    """Activity (neurons, raw bins) as the tensor of the layer has its own: (bins, neurons)."""
    with open_h5(tensor_path) as tensor:
        normalise, width = tensor.attrs["normalise"], int(tensor.attrs["bin_width"])
        train = tensor["split"][:] == SPLITS.index("train")
    if normalise == "population":
        with open_h5(layer_path) as layer:
            activity = activity / layer["activity"][:].mean(axis=0, dtype=np.float64)
    activity = bin_average(activity, width)
    try:
        offset, scale = neuron_statistics(activity[:, train], normalise)
    except ValueError as error:
        raise InputError(
            recording,
            "activity",
            found=f"{error} that were not sampled",
            expected=f"activity that `tensors: normalise: {normalise}` can divide",
        ) from error
    return np.ascontiguousarray(((activity - offset[:, None]) / scale[:, None]).T, np.float32)


def write_transfer(out, found, layers, *, source, seed, split):
    """Write transfer/{source}.h5 from what `scores` found; layers: their names."""
    attributes = {"source": source, "seed": seed, "split": split, "layers": layers}
    with new_h5(out, **attributes, blocks=found["blocks"]) as file:
        for name in ("r2", "low", "high"):
            put(file, name, found[name], units="1", axes=("source layer", "target layer"))
        put(file, "predicted", found["predicted"], units="neurons", axes=("target layer",))


def transfer_rows(found, layers, *, source, seed, split):
    """Rows of scores.table.write_rows; layer is the target; none where nothing was scored."""
    rows = []
    for s, t in np.argwhere(np.isfinite(found["r2"])):
        values = (float(found[name][s, t]) for name in ("r2", "low", "high"))
        metric = f"transfer_r2_from_{layers[s]}"
        rows.append((layers[t], source, metric, split, seed, *values, found["blocks"]))
    return rows
