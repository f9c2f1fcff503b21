"""How slow latents and neurons are, and how scores change as bins grow wider (METHODS 6)."""

from collections.abc import Mapping, Sequence

import numpy as np

from nma.baselines.ppca import fit_ppca
from nma.io.hdf5 import new_h5, open_h5, put
from nma.latents.cosmoothing import predict_entries
from nma.latents.reading import of_layer
from nma.preprocessing.masks import hidden_entries
from nma.preprocessing.splits import in_split
from nma.preprocessing.tensors import Tensor, bin_average, bins_with_any
from nma.scores.table import Score
from nma.statistics.autocorrelation import FEWEST_BINS, SHORTEST, longest, time_scales
from nma.statistics.components import principal
from nma.statistics.intervals import median_interval, pooled_r2, wilson
from nma.statistics.r2 import squared_errors
from nma.types import Array, BinsDims, BinsNeurons, FilePath, Neurons

WIDTHS = (1, 2, 5, 10)  # bins of a tensor averaged into one


def time_scale_scores(
    source: str,
    tensor: Tensor,
    latents: Mapping[int, Sequence[FilePath]],
    number: int,
    split: str,
) -> tuple[list[Score], dict[str, Array]]:
    """Scores of one source on one layer, in the bins of `split`, and its time scales in seconds.

    latents: {seed: its files, one a layer or one for all}, or nothing for the neurons themselves
    (raw); number: of the layer. Of each seed: the median time scale of latents and of neurons as
    the source reconstructs them (n: how many have one; no score where none has) with the share that
    has one (neither where there are too few bins to tell), and r2 at each width of bins
    (`widened_r2`). Of raw neurons the time scales alone, and the shortest and longest that can be
    told (`time_scale_least`, `time_scale_most`; n: bins).

    The time scales are those of the first seed: {"latents": (dims,), "neurons": (neurons,)}, of raw
    neurons the latter alone; NaN where there is none.
    """
    activity, scores, kept = tensor.of(split), [], {}
    present = tensor.present[in_split(tensor.split, split)]
    if not latents:
        bins = len(activity)
        for end, limit in (("least", SHORTEST), ("most", longest(bins))):
            where = (tensor.layer, source, f"time_scale_{end}", split, 0)
            scores.append(Score(*where, limit * tensor.bin_seconds, n=bins))
    for seed in latents or [0]:
        signals, found = {"neurons": activity}, {}
        if latents:
            shown = in_split(tensor.split, split)
            signals = {
                "latents": of_layer(latents[seed], "latents", number)[shown],
                "neurons": of_layer(latents[seed], "reconstruction", number)[shown],
            }
            wide = widened_r2(activity, signals["neurons"], tensor.train_mean, present)
            found = {f"r2_at_bins_of_{width}": values for width, values in wide.items()}
        recorded = True if latents else present
        seconds = {k: time_scales(x, tensor.bin_seconds, recorded) for k, x in signals.items()}
        if len(activity) >= FEWEST_BINS:
            for kind, values in seconds.items():
                found |= _medians(kind, values)
        scores += [
            Score(tensor.layer, source, metric, split, seed, *values)
            for metric, values in found.items()
        ]
        kept = kept or seconds
    return scores, kept


def write_time_scales(
    out: FilePath,
    layers: Mapping[str, Mapping[str, Array]],
    *,
    source: str,
    seed: int,
    split: str,
    bin_seconds: float,
) -> None:
    """Write time_scales/{source}.h5 from {layer: its time scales, as time_scale_scores has them}.

    Datasets `latents` (layer, dim), unless raw, and `neurons` (layer, neuron), in seconds; NaN past
    the end of a layer that has fewer.
    """
    attributes = {"source": source, "seed": seed, "split": split, "layers": list(layers)}
    with new_h5(out, **attributes, bin_seconds=bin_seconds) as file:
        for kind, axis in (("latents", "dim"), ("neurons", "neuron")):
            rows = [found[kind] for found in layers.values() if kind in found]
            if rows:
                put(file, kind, _stack(rows), units="s", axes=("layer", axis))


def widened(values: BinsDims, width: int, present: BinsDims | None = None) -> BinsDims:
    """Means of `width` consecutive bins: (bins, signals) to (bins // width, signals).

    present: which values count (bool), if not all do.
    """
    return bin_average(values.T, width, None if present is None else present.T).T


def widened_r2(
    activity: BinsNeurons,
    reconstruction: BinsNeurons,
    train_mean: Neurons,
    present: BinsNeurons | bool = True,
) -> dict[int, tuple]:
    """{width: (value, low, high, blocks)} of r2 with activity and reconstruction (bins, neurons)
    averaged over `width` bins.

    Nothing is fitted again: it asks how much of the slower activity is in the reconstruction that
    the source makes in the tensor's own bins. The train mean is that of wide bins too. A width is
    left out where there are fewer bins. present: which entries were recorded (bool); the means of
    both are over them.
    """
    found, mask = {}, None if np.all(present) else present
    for width in WIDTHS:
        parts = (
            widened(values.astype(np.float64), width, mask) for values in (activity, reconstruction)
        )
        any_of = np.True_ if mask is None else bins_with_any(mask.T, width).T
        sums = [(x * any_of).sum(axis=1) for x in squared_errors(*parts, train_mean)]
        if len(sums[0]):
            found[width] = pooled_r2(*sums)
    return found


def explained_scores(tensor: Tensor) -> list[Score]:
    """Variance of train that N // 10 components of PCA explain, PCA fitted at each width of bins.

    n: components there are.
    """
    train, scores = tensor.train.astype(np.float64), []
    for width in WIDTHS:
        wide = widened(train, width)
        if len(wide) > 1:
            _, variances, total = principal(wide, max(train.shape[1] // 10, 1))
            value = float(variances.sum() / total) if total > 0 else np.nan
            metric, n = f"explained_variance_at_n10_at_bins_of_{width}", min(wide.shape)
            scores.append(Score(tensor.layer, "pca", metric, "train", 0, value, n=n))
    return scores


def masked_scores(tensor: Tensor, latents: FilePath, *, split: str, seed: int) -> list[Score]:
    """PPCA's masked_r2 at each width of bins: how well hidden entries are predicted from other
    neurons at that resolution; n: blocks of time.

    latents: of ppca and this layer, which say the dims that did best at this in the tensor's own
    bins. Bins are averaged, PPCA is fitted to those of train, and a quarter of the entries of those
    of `split` are hidden, drawn from `seed`: an average of entries of which some are hidden would
    be neither hidden nor visible. For PPCA alone, since a model of time would have to be trained
    again on wide bins. The dims stay, so where train has hardly more wide bins than there are dims,
    a fall of the score says that and no more.
    """
    train, held_out = (tensor.of(name).astype(np.float64) for name in ("train", split))
    present = tensor.present[in_split(tensor.split, split)]
    with open_h5(latents) as file:
        dims = int(file.attrs["dims_tried"][np.argmax(file.attrs["masked_r2_validation"])])
    scores = []
    for width in WIDTHS:
        wide_train, wide_held_out = widened(train, width), widened(held_out, width)
        if len(wide_train) > dims and len(wide_held_out):
            recorded = bins_with_any(present.T, width).T
            values = masked_r2(wide_train, wide_held_out, dims, seed, recorded)
            metric = f"masked_r2_at_bins_of_{width}"
            scores.append(Score(tensor.layer, "ppca", metric, split, 0, *values))
    return scores


def masked_r2(
    train: BinsNeurons,
    held_out: BinsNeurons,
    dims: int,
    seed: int,
    present: BinsNeurons | bool = True,
) -> tuple:
    """(value, low, high, blocks) of r2 of a quarter of the entries of held_out (bins, neurons),
    hidden from PPCA fitted to train, against the train mean; present: which were recorded."""
    components, variances, total = principal(train, dims)
    variances = np.append(variances, total - variances.sum())
    model = fit_ppca(components.astype(np.float32), variances, dims)
    centred = (held_out - train.mean(axis=0)).astype(np.float32)
    hidden = hidden_entries(*centred.shape, seed) & present
    estimate = predict_entries(model.predict, centred, hidden, present)
    sums = [(e * hidden).sum(axis=1) for e in squared_errors(centred, estimate, 0)]
    return pooled_r2(*sums)


def _medians(kind: str, seconds: Array) -> dict[str, tuple]:
    """{metric: (value, low, high, n)} of the time scales (signals,) of latents or neurons."""
    present = seconds[np.isfinite(seconds)]
    metrics = {}
    if len(present):
        metrics[f"time_scale_{kind}"] = (*median_interval(present)[:3], len(present))
    if len(seconds):
        share = wilson(len(present), len(seconds))[:3]
        metrics[f"time_scale_share_{kind}"] = (*share, len(seconds))
    return metrics


def _stack(arrays: Sequence[Array]) -> Array:
    """Arrays of different lengths as rows of one, NaN at their ends."""
    stacked = np.full((len(arrays), max(map(len, arrays))), np.nan)
    for row, values in zip(stacked, arrays, strict=True):
        row[: len(values)] = values
    return stacked
