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
Read-ins know nothing of the network, so they are made once for all of them.

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
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from nma.io.hdf5 import new_h5, open_h5, put
from nma.preprocessing.splits import in_split
from nma.scores.table import Score
from nma.statistics.components import principal
from nma.statistics.intervals import pooled_r2
from nma.statistics.r2 import squared_errors
from nma.statistics.ridge import ridge_estimates, ridge_maps
from nma.types import Array, Bins, BinsDims, BinsNeurons, FilePath

JUDGES = 30  # components that penalties are chosen on, at most

# A network without its read-out: activity (bins, neurons) and split codes (bins,) to latents.
Encoder = Callable[[BinsNeurons, Bins], BinsDims]
# What a network is given of another layer: layer of the network, layer of the neurons to activity
# (scored bins, neurons of the network).
ReadIn = Callable[[int, int], BinsNeurons]
# Of a layer: the neurons that are seen, and those that are predicted from them.
Meeting = tuple[BinsNeurons, BinsNeurons]
# Layer of the network, layer of the neurons, estimates (scored bins, n) of predicted ones.
Estimate = tuple[int, int, BinsNeurons]
# Which entries of layers and of other neurons were recorded.
Recorded = tuple[Sequence[BinsNeurons], Sequence[BinsNeurons | None]]


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
    read_in: ReadIn,
    index: Bins,
    *,
    seed: int,
    split: str = "test",
    present: Recorded | None = None,
) -> Transfer:
    """Score every network on every layer.

    layers: the normalised activity that each network was trained on; others: other neurons of each
    layer (bins, n), or None; encoders: one a layer; read_in: as `direct` finds it; index: split
    codes (bins,); seed: of the halves of layers without others; split: that is scored; present:
    which entries of layers and of others were recorded, all by default.
    """
    met = meetings(layers, others, seed)
    train, scored = (in_split(index, name) for name in ("train", split))
    found = network_estimates(layers, met, encoders, read_in, index, train, scored)
    return score_estimates(met, found, train, scored, present and meetings(*present, seed))


def direct(
    layers: Sequence[BinsNeurons],
    others: Sequence[BinsNeurons | None],
    index: Bins,
    keep: Callable[[int, int, BinsNeurons], None],
    *,
    seed: int,
    split: str = "test",
    present: Recorded | None = None,
) -> Transfer:
    """As `transfer` with no encoder; layers that are sampled whole are predicted by themselves
    alone. keep: is given the read-ins, which are the same for all encoders."""
    met = meetings(layers, others, seed)
    train, scored = (in_split(index, name) for name in ("train", split))
    found = direct_estimates(layers, met, train, scored, keep)
    return score_estimates(met, found, train, scored, present and meetings(*present, seed))


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
    met: Sequence[Meeting],
    estimates: Iterable[Estimate],
    train: Bins,
    scored: Bins,
    present: Sequence[Meeting] | None = None,
) -> Transfer:
    """Score estimates of the predicted neurons; train, scored: which bins (bins,) bool; present:
    which entries of met were recorded (bool), all by default."""
    r2, low, high = (np.full((len(met), len(met)), np.nan) for _ in range(3))
    blocks = 0
    for s, t, estimate in estimates:
        wanted = met[t][1]
        sums = squared_errors(wanted[scored], estimate, wanted[train].mean(axis=0))
        if present:
            sums = [errors * present[t][1][scored] for errors in sums]
        r2[s, t], low[s, t], high[s, t], blocks = pooled_r2(*(x.sum(axis=1) for x in sums))
    return Transfer(r2, low, high, blocks, np.array([wanted.shape[1] for _, wanted in met]))


def network_estimates(
    layers: Sequence[BinsNeurons],
    met: Sequence[Meeting],
    encoders: Sequence[Encoder],
    read_in: ReadIn,
    index: Bins,
    train: Bins,
    scored: Bins,
) -> Iterator[Estimate]:
    """Yield estimates through encoders; index: split codes; train, scored: which bins, bool."""
    judges = [judges_of(wanted[train]) for _, wanted in met]
    for s, layer in enumerate(layers):
        targets = [t for t, (seen, _) in enumerate(met) if t != s or seen is layer]
        if targets:
            own = encoders[s](layer[train], index[train])
            wanted = [met[t][1][train] for t in targets]
            maps = ridge_maps(own, wanted, [judges[t] for t in targets])
            for t, (weights, offset) in zip(targets, maps, strict=True):
                activity = layer[scored] if t == s else read_in(s, t)
                yield s, t, encoders[s](activity, index[scored]) @ weights + offset


def direct_estimates(
    layers: Sequence[BinsNeurons],
    met: Sequence[Meeting],
    train: Bins,
    scored: Bins,
    keep: Callable[[int, int, BinsNeurons], None],
) -> Iterator[Estimate]:
    """Yield estimates from neurons to neurons, and have read-ins kept, which share the work; train,
    scored: which bins (bins,) bool."""
    of_layers = [judges_of(layer[train]) for layer in layers]
    of_others = [judges_of(wanted[train]) for _, wanted in met]
    whole = [t for t, (seen, _) in enumerate(met) if seen is not layers[t]]
    from_layers = [t for t in range(len(met)) if t not in whole]
    jobs = [(t, seen, [t] if t in whole else from_layers) for t, (seen, _) in enumerate(met)]
    for t, seen, targets in [*jobs, *((s, layers[s], from_layers) for s in whole)]:
        strangers = [s for s in range(len(layers)) if s != t and seen is met[t][0]]
        judges = [*(of_layers[s] for s in strangers), *(of_others[u] for u in targets)]
        if judges:
            wanted = [*(layers[s] for s in strangers), *(met[u][1] for u in targets)]
            wanted = (activity[train] for activity in wanted)
            found = ridge_estimates(seen[train], wanted, judges, seen[scored])
            for s, activity in zip(strangers, found, strict=False):
                keep(s, t, activity.astype(np.float32))
            for u, estimate in zip(targets, found, strict=True):
                yield t, u, estimate


def judges_of(train: BinsNeurons) -> BinsDims:
    """The signals (bins, at most JUDGES) that penalties are chosen on: the first principal
    components of train (bins, n)."""
    return (train - train.mean(axis=0, dtype=np.float64)) @ principal(train, JUDGES)[0].T


@contextmanager
def new_read_ins(out: FilePath) -> Iterator[Callable[[int, int, BinsNeurons], None]]:
    """Yield the `keep` of `direct` that writes transfer/read_ins.h5."""
    with new_h5(out) as file:

        def keep(s: int, t: int, activity: BinsNeurons) -> None:
            axes, units = ("bin", "neuron of the network"), "normalised activity"
            put(file, _read_in(s, t), activity, units=units, axes=axes)

        yield keep


@contextmanager
def open_read_ins(path: FilePath) -> Iterator[ReadIn]:
    """Yield the read-ins of transfer/read_ins.h5."""
    with open_h5(path) as file:
        yield lambda s, t: file[_read_in(s, t)][:]


def _read_in(s: int, t: int) -> str:
    return f"to_layer_{s + 1}/from_layer_{t + 1}"


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
