"""Is what a network learnt on one layer of use to other neurons? (the study's transfer)

A network of layer s meets neurons t that it has not seen. It stays as it is; two linear maps, which
train alone fits, take the neurons to it and back:

- read-in: ridge from the activity of t to that of s in the same bins (layers are recorded at the
  same time). The network gets what t says of its own neurons.
- read-out: ridge from the latents that the network makes of its own neurons s to the activity of t
  in the same bins.

On held-out time the network sees t through the read-in alone, and its latents are read out: the r2
of t is 0 where the layers share nothing, and what the latents explain of t where t knows them all;
noise of t is never reproduced. A read-out fitted to the latents of the read-in would not do: a
read-in that has found nothing is a weak random projection of t, a read-out would make it strong
again, and as many random projections as t has latents hold them all, so that any network would
serve any layer.

Both ends work for any encoder (bins, neurons) -> (bins, dims), a residual network or the study's.
Penalties are chosen inside train on the first principal components of what is predicted, which
stand for all of it and cost a fraction.

Less than r2 on the network's own layer may be the layers' fault: they share only so much. So the
same is done with the principal components of s in place of its network, as many as its latents.
"""

from itertools import product

import h5py
import numpy as np

from nma.errors import InputError
from nma.files import new_h5, put
from nma.layers import assign_layers
from nma.pca import fit_pca
from nma.ridge import ridge_maps
from nma.scores import pooled_r2, squared_errors
from nma.tensors import SPLITS, bin_average, neuron_statistics

JUDGES = 30  # components that penalties are chosen on, at most; no more than dims
LEAST = 10  # other neurons of a layer; fewer make no score


def transfer(layers, others, encoders, split, *, dims, held_out="test"):
    """Every network on every other layer, and on other neurons of its own.

    layers: the activity (bins, neurons) that each network was trained on, normalised; others: other
    neurons of each layer (bins, n), or None; encoders: for each layer a function of activity (bins,
    neurons) and the split code of its bins to latents (bins, dims).
    Returns {name: array} of r2 on held-out time: `r2` with `low` and `high`, its 95 % interval
    (source, target), where the diagonal is of other neurons and NaN without them; `pca`, that of
    `dims` principal components of the target's own train (target,); `pca_of_others` the same of
    other neurons, NaN where there are no more neurons than dims; `linear`, r2 with the source's
    principal components in place of its network (source, target); and `blocks`, their number.
    """
    count, scored = len(layers), split == SPLITS.index(held_out)
    targets = {n: x for n, x in enumerate([*layers, *others]) if x is not None}
    fits = {n: fit_pca(target[split == 0]) for n, target in targets.items()}
    found = {name: np.full((count, count), np.nan) for name in ("r2", "low", "high", "linear")}
    of_pca, found["blocks"] = np.full(2 * count, np.nan), 0

    def score(number, estimate):
        target = targets[number]
        sums = squared_errors(target[scored], estimate, target[split == 0].mean(axis=0))
        return pooled_r2(*(values.sum(axis=1) for values in sums))

    for number, target in targets.items():
        if target.shape[1] > dims:
            components = fits[number].components_[:dims]
            projected = _components(fits[number], target[scored], dims) @ components
            of_pca[number], *_ = score(number, projected + fits[number].mean_)

    def principal(number):
        return lambda activity, _: _components(fits[number], activity, dims)

    leading = {n: _components(fits[n], targets[n][split == 0], min(dims, JUDGES)) for n in targets}
    kinds = {"r2": encoders, "linear": [principal(n) for n in range(count)]}
    for kind, s, t, estimate in transferred(layers, targets, leading, kinds, split, scored):
        value, low, high, found["blocks"] = score(t, estimate)
        found[kind][s, t % count] = value
        if kind == "r2":
            found["low"][s, t % count], found["high"][s, t % count] = low, high
    return found | {"pca": of_pca[:count], "pca_of_others": of_pca[count:]}


def transferred(layers, targets, judges, encoders, split, scored):
    """Yield (kind, source, target, its activity (scored bins, n) by the source's encoder).

    encoders: {kind: a function for each layer}, which share the read-ins; targets: {number:
    activity}, of layers by their number, of other neurons of layer l by l + the number of layers;
    judges: {number: signals (train bins, m)} that stand for each target, see nma.ridge.ridge_maps;
    scored: bool (bins,).
    """
    train, count = split == SPLITS.index("train"), len(layers)
    pairs = [
        (s, t) for s in range(count) for t in targets if t == s + count or (t < count and t != s)
    ]
    read_in = {}
    for t in sorted({t for _, t in pairs}):
        sources = [s for s, target in pairs if target == t]
        wanted = [layers[s][train] for s in sources]
        maps = ridge_maps(targets[t][train], wanted, [judges[s] for s in sources])
        for s, (weights, offset) in zip(sources, maps, strict=True):
            activity = (targets[t][scored] @ weights + offset).astype(np.float32)
            for kind in encoders:
                read_in[kind, s, t] = encoders[kind][s](activity, split[scored])
    for kind, s in product(encoders, sorted({s for s, _ in pairs})):
        met = [t for source, t in pairs if source == s]
        wanted = [targets[t][train] for t in met]
        own = encoders[kind][s](layers[s][train], split[train])
        maps = ridge_maps(own, wanted, [judges[t] for t in met])
        for t, (weights, offset) in zip(met, maps, strict=True):
            yield kind, s, t, read_in[kind, s, t] @ weights + offset


def _components(fit, activity, dims):
    return (activity - fit.mean_) @ fit.components_[:dims].T


def other_neurons(recording, layer_paths, tensor_paths, *, by, seed):
    """Normalised activity (bins, n) of each layer's neurons that were not sampled, or None where
    there are fewer than LEAST.

    At most as many as the tensor holds, drawn with `seed`. by, seed: as in nma.layers. Bins and
    normalisation are those of the tensor; statistics of a neuron are fitted on train, and
    `population` divides by the mean of the sampled neurons, as it did for them. Raises InputError
    where a neuron cannot be normalised so.
    """
    with h5py.File(recording) as file:
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
            with h5py.File(paths[1]) as tensor:
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
    with h5py.File(tensor_path) as tensor:
        normalise, width = tensor.attrs["normalise"], int(tensor.attrs["bin_width"])
        train = tensor["split"][:] == SPLITS.index("train")
    if normalise == "population":
        with h5py.File(layer_path) as layer:
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


def write_transfer(out, found, others, layers, *, source, seed, dims, split):
    """Write transfer/{model}.h5 from what `transfer` found; layers: their names."""
    attributes = {"source": source, "seed": seed, "dims": dims, "split": split, "layers": layers}
    with new_h5(out, **attributes, blocks=found["blocks"]) as file:
        for name in ("r2", "low", "high", "linear"):
            axes = ("source layer", "target layer")
            put(file, name, found[name], units="1", axes=axes)
        for name in ("pca", "pca_of_others"):
            put(file, name, found[name], units="1", axes=("target layer",))
        sizes = [0 if other is None else other.shape[1] for other in others]
        put(file, "others", sizes, units="neurons that were not sampled", axes=("target layer",))


def transfer_rows(found, layers, *, source, seed, split):
    """Rows of nma.metrics.write_rows; layer is the target; none where nothing was scored."""
    rows = []
    for s, t in np.argwhere(np.isfinite(found["r2"])):
        values = (float(found[name][s, t]) for name in ("r2", "low", "high"))
        metric = f"transfer_r2_from_{layers[s]}"
        rows.append((layers[t], source, metric, split, seed, *values, found["blocks"]))
    return rows
