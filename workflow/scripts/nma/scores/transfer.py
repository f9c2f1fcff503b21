"""Transfer: is a network that was trained on one layer of use to other neurons? (METHODS 7)

The neurons of layer t that its network has not met, those that were not sampled, are predicted on
held-out data from those that were. Every network predicts the same neurons from the same neurons,
the layer's own network and those of other layers: along t, results differ by the network alone.
The network stays as it is; two linear maps, fitted to train alone, lead from the neurons to it and
back:

- read-in: ridge from the sampled neurons of t to those of s, the layer of the network, in the same
  bins (layers are recorded at the same time). A network of s is given the part of its own neurons
  that t predicts; the network of t itself is given its own neurons as they are.
- read-out: ridge from the latents that the network makes of its own neurons to the predicted
  neurons of t in the same bins.

r2 is 0 where the layers share nothing. Predicted neurons are never seen, so none of their own noise
comes back. The read-out is not fitted to the latents of the read-in: where a read-in has found
nothing it is a weak random projection of t, which a read-out would make strong again. As many
random projections as t has latents hold all latents, so any network would seem to serve any layer.

In a layer that is sampled whole, half of the sampled neurons are predicted from the other half, by
networks of other layers alone, as its own has met them all.

Both maps work for any encoder (bins, neurons) -> (bins, dims): a residual network, the study's, or
the principal components of the layer. An r2 below that of the network of t may be due to the
layers, which share only so much. So the same is done without an encoder (`direct`), by ridge from
the sampled neurons of s to the predicted ones of t. There s and t differ by what a layer, or a
neighbourhood in space, has to itself.

Penalties are chosen inside train on the first principal components of the predicted neurons, which
stand for all of them and cost a fraction.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from nma.baselines.pca import fit_pca
from nma.io.hdf5 import new_h5, open_h5, put
from nma.preprocessing.layers import read_assignment
from nma.preprocessing.normalisation import neuron_statistics
from nma.preprocessing.splits import in_split
from nma.preprocessing.tensors import Tensor, bin_average
from nma.scores.table import Score
from nma.statistics.intervals import pooled_r2
from nma.statistics.r2 import squared_errors
from nma.statistics.ridge import ridge_maps
from nma.types import Array, Bins, BinsDims, BinsNeurons, FilePath, NeuronsBins

JUDGES = 30  # components that penalties are chosen on, at most
LEAST = 10  # other neurons of a layer; where there are fewer it counts as sampled whole

# A network without its read-out: activity (bins, neurons) and split codes (bins,) to latents.
Encoder = Callable[[BinsNeurons, Bins], BinsDims]
# Of a layer: the neurons that are seen, and those that are predicted from them.
Meeting = tuple[BinsNeurons, BinsNeurons]
# Layer of the network, layer of the neurons, estimates (scored bins, n) of predicted ones.
Estimate = tuple[int, int, BinsNeurons]


@dataclass(frozen=True)
class TransferSettings:
    """split: that is scored; by, layer_seed: how neurons were assigned to layers, as in
    preprocessing.layers; the seed also draws other neurons, and the halves of whole layers."""

    split: str
    by: str
    layer_seed: int


@dataclass(frozen=True)
class Transfer:
    """Scores of every network on every layer.

    r2, with its 95 % interval from low to high: (source layer, target layer), NaN where nothing was
    scored; blocks: of time, from which the intervals come; predicted: how many neurons of each
    target layer.
    """

    r2: Array
    low: Array
    high: Array
    blocks: int
    predicted: Array


def transfer(
    layers: Sequence[BinsNeurons],
    others: Sequence[BinsNeurons | None],
    encoders: Sequence[Encoder],
    index: Bins,
    *,
    seed: int,
    split: str = "test",
) -> Transfer:
    """Score every network on every layer.

    layers: the normalised activity that each network was trained on; others: other neurons of each
    layer (bins, n), or None; encoders: one a layer; index: split codes (bins,); seed: of the halves
    of layers without others; split: that is scored.
    """
    met = meetings(layers, others, seed)
    train, scored = (in_split(index, name) for name in ("train", split))
    found = network_estimates(layers, met, encoders, index, train, scored)
    return score_estimates(met, found, train, scored)


def direct(
    layers: Sequence[BinsNeurons],
    others: Sequence[BinsNeurons | None],
    index: Bins,
    *,
    seed: int,
    split: str = "test",
) -> Transfer:
    """As `transfer` with no encoder; layers that are sampled whole are predicted by themselves
    alone."""
    met = meetings(layers, others, seed)
    train, scored = (in_split(index, name) for name in ("train", split))
    return score_estimates(met, direct_estimates(layers, met, train, scored), train, scored)


def meetings(
    layers: Sequence[BinsNeurons], others: Sequence[BinsNeurons | None], seed: int
) -> list[Meeting]:
    """The `meeting` of each layer."""
    return [meeting(*pair, seed) for pair in zip(layers, others, strict=True)]


def meeting(layer: BinsNeurons, other: BinsNeurons | None, seed: int) -> Meeting:
    """The neurons of a layer that are seen, and those that are predicted from them.

    Its sampled neurons and the others; or two halves of the sampled ones, drawn with `seed`, where
    other is None.
    """
    if other is not None:
        return layer, other
    order = np.random.default_rng(seed).permutation(layer.shape[1])
    return tuple(layer[:, np.sort(half)] for half in np.array_split(order, 2))


def score_estimates(
    met: Sequence[Meeting], estimates: Iterable[Estimate], train: Bins, scored: Bins
) -> Transfer:
    """Score estimates of the predicted neurons; train, scored: which bins (bins,) bool."""
    r2, low, high = (np.full((len(met), len(met)), np.nan) for _ in range(3))
    blocks = 0
    for s, t, estimate in estimates:
        wanted = met[t][1]
        sums = squared_errors(wanted[scored], estimate, wanted[train].mean(axis=0))
        r2[s, t], low[s, t], high[s, t], blocks = pooled_r2(*(x.sum(axis=1) for x in sums))
    return Transfer(r2, low, high, blocks, np.array([wanted.shape[1] for _, wanted in met]))


def network_estimates(
    layers: Sequence[BinsNeurons],
    met: Sequence[Meeting],
    encoders: Sequence[Encoder],
    index: Bins,
    train: Bins,
    scored: Bins,
) -> Iterator[Estimate]:
    """Yield estimates through encoders; index: split codes; train, scored: which bins, bool."""
    judges = [judges_of(layer[train]) for layer in layers]
    latents = {}
    for t, (seen, _) in enumerate(met):
        if seen is layers[t]:
            latents[t, t] = encoders[t](seen[scored], index[scored])
        sources = [s for s in range(len(layers)) if s != t]
        targets = [layers[s][train] for s in sources]
        maps = ridge_maps(seen[train], targets, [judges[s] for s in sources]) if sources else ()
        for s, (weights, offset) in zip(sources, maps, strict=True):
            activity = (seen[scored] @ weights + offset).astype(np.float32)
            latents[s, t] = encoders[s](activity, index[scored])
    judges = [judges_of(wanted[train]) for _, wanted in met]
    for s, layer in enumerate(layers):
        targets = [t for t in range(len(met)) if (s, t) in latents]
        if targets:
            own = encoders[s](layer[train], index[train])
            wanted = [met[t][1][train] for t in targets]
            maps = ridge_maps(own, wanted, [judges[t] for t in targets])
            for t, (weights, offset) in zip(targets, maps, strict=True):
                yield s, t, latents[s, t] @ weights + offset


def direct_estimates(
    layers: Sequence[BinsNeurons], met: Sequence[Meeting], train: Bins, scored: Bins
) -> Iterator[Estimate]:
    """Yield estimates from neurons to neurons; train, scored: which bins (bins,) bool."""
    judges = [judges_of(wanted[train]) for _, wanted in met]
    whole = [t for t, (seen, _) in enumerate(met) if seen is not layers[t]]
    from_layers = [t for t in range(len(met)) if t not in whole]
    jobs = [(s, layer, from_layers) for s, layer in enumerate(layers) if from_layers]
    for s, seen, targets in [*jobs, *((t, met[t][0], [t]) for t in whole)]:
        wanted = [met[t][1][train] for t in targets]
        maps = ridge_maps(seen[train], wanted, [judges[t] for t in targets])
        for t, (weights, offset) in zip(targets, maps, strict=True):
            yield s, t, seen[scored] @ weights + offset


def judges_of(train: BinsNeurons) -> BinsDims:
    """The signals (bins, at most JUDGES) that penalties are chosen on: the first principal
    components of train (bins, n)."""
    fit = fit_pca(train)
    return (train - fit.mean_) @ fit.components_[:JUDGES].T


def other_neurons(
    recording: FilePath,
    layer_paths: Sequence[FilePath],
    tensors: Sequence[Tensor],
    settings: TransferSettings,
) -> list[BinsNeurons | None]:
    """Normalised activity (bins, n) of each layer's neurons that were not sampled, or None where
    there are fewer than LEAST.

    At most as many as the tensor holds, drawn at random. Bins and normalisation are those of the
    tensor; statistics of a neuron are fitted on train, and `population` divides by the mean of the
    sampled neurons, as it did for them. `mean` leaves out neurons whose mean is below zero: it is
    too late for an error when networks have been trained.
    """
    by, seed = settings.by, settings.layer_seed
    assignment, _ = read_assignment(recording, by, len(tensors), seed=seed)
    with open_h5(recording) as file:
        ids, found, generator = file["neuron_ids"][:], [], np.random.default_rng(seed)
        for number, (path, tensor) in enumerate(zip(layer_paths, tensors, strict=True)):
            sampled = tensor.neuron_ids
            left = np.flatnonzero((assignment == number) & ~np.isin(ids, sampled))
            if len(left) < LEAST:
                found.append(None)
                continue
            size = min(len(left), len(sampled))
            chosen = np.sort(generator.choice(left, size, replace=False))
            others = _normalised(file["activity"][chosen], path, tensor)
            found.append(others if others.shape[1] >= LEAST else None)
    return found


def _normalised(activity: NeuronsBins, layer_path: FilePath, tensor: Tensor) -> BinsNeurons:
    """Activity (neurons, bins of the recording) in the bins and normalisation of the tensor."""
    if tensor.normalise == "population":
        with open_h5(layer_path) as layer:
            activity = activity / layer["activity"][:].mean(axis=0, dtype=np.float64)
    activity = bin_average(activity, tensor.bin_width)
    train = in_split(tensor.split, "train")
    if tensor.normalise == "mean":
        activity = activity[activity[:, train].mean(axis=1, dtype=np.float64) >= 0]
    offset, scale = neuron_statistics(activity[:, train], tensor.normalise)
    return np.ascontiguousarray(((activity - offset[:, None]) / scale[:, None]).T, np.float32)


def write_transfer(
    out: FilePath, found: Transfer, layers: Sequence[str], *, source: str, seed: int, split: str
) -> None:
    """Write transfer/{source}.h5; layers: their names."""
    attributes = {"source": source, "seed": seed, "split": split, "layers": layers}
    with new_h5(out, **attributes, blocks=found.blocks) as file:
        for name in ("r2", "low", "high"):
            axes = ("source layer", "target layer")
            put(file, name, getattr(found, name), units="1", axes=axes)
        put(file, "predicted", found.predicted, units="neurons", axes=("target layer",))


def transfer_scores(
    found: Transfer, layers: Sequence[str], *, source: str, seed: int, split: str
) -> list[Score]:
    """`transfer_r2_from_{layer}` of each target layer; none where nothing was scored; n: blocks."""
    scores = []
    for s, t in np.argwhere(np.isfinite(found.r2)):
        metric = f"transfer_r2_from_{layers[s]}"
        values = (float(array[s, t]) for array in (found.r2, found.low, found.high))
        scores.append(Score(layers[t], source, metric, split, seed, *values, found.blocks))
    return scores
