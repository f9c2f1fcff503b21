"""How slow latents and neurons are, and what scores become as bins grow (METHODS 6)."""

import numpy as np

from nma.baselines.ppca import fit_ppca
from nma.io.hdf5 import new_h5, open_h5, put
from nma.latents.cosmoothing import predict_entries
from nma.latents.reading import of_layer
from nma.preprocessing.masks import hidden_entries
from nma.preprocessing.splits import SPLITS
from nma.preprocessing.tensors import bin_average, read_tensor
from nma.statistics.autocorrelation import SHORTEST, time_scales
from nma.statistics.components import principal
from nma.statistics.intervals import median_interval, pooled_r2, wilson
from nma.statistics.r2 import squared_errors

WIDTHS = (1, 2, 5, 10)  # bins of a tensor averaged into one


def source_time_scales(tensors, latents, out, *, source, split):
    """Write time_scales/{source}.h5 and return rows (layer, metric, split, seed, value, low, high,
    n) of one source on all layers, of the time of `split`.

    tensors: of all layers; latents: {seed: its files, one a layer or one for all}, or nothing for
    the neurons themselves (raw). The file has the time scales of the first seed in seconds, latents
    (layer, dim) unless raw and neurons (layer, neuron) as the source reconstructs them, NaN where
    there is none, and past the dims of a layer that has fewer.

    Rows: median time scales of both, with how many have one (n), and no row where none has;
    the share that has one; of latents sources r2 at each width of bins (`widened_r2`); and of raw
    neurons the shortest time scale that can be told (`time_scale_least`; n: bins).
    """
    rows, kept, names = [], {"latents": [], "neurons": []}, []
    for number, tensor in enumerate(tensors):
        activity, split_index = read_tensor(tensor)
        with open_h5(tensor) as file:
            layer, seconds = file.attrs["layer"], float(file.attrs["bin_seconds"])
            train_mean = file["train_mean"][:]
        names.append(layer)
        shown = split_index == SPLITS.index(split)
        if not latents:
            least = SHORTEST * seconds
            rows.append((layer, "time_scale_least", split, 0, least, "", "", int(shown.sum())))
        for place, seed in enumerate(latents or [0]):
            signals = {"neurons": activity[shown]}
            if latents:
                signals = {
                    "latents": of_layer(latents[seed], "latents", number)[shown],
                    "neurons": of_layer(latents[seed], "reconstruction", number)[shown],
                }
                for width, score in widened_r2(
                    activity[shown], signals["neurons"], train_mean
                ).items():
                    rows.append((layer, f"r2_at_bins_of_{width}", split, seed, *score))
            for kind, values in signals.items():
                found = time_scales(values, seconds)
                rows += [(layer, m, split, seed, *v) for m, v in _summary(kind, found).items()]
                if place == 0:
                    kept[kind].append(found)
    first = next(iter(latents or [0]))
    with new_h5(
        out, source=source, seed=first, split=split, layers=names, bin_seconds=seconds
    ) as file:
        for kind, axis in (("latents", "dim"), ("neurons", "neuron")):
            if kept[kind]:
                put(file, kind, _stack(kept[kind]), units="s", axes=("layer", axis))
    return [tuple(map(_blank, row)) for row in rows]


def widened(values, width):
    """Means of `width` consecutive bins: (bins, signals) to (bins // width, signals)."""
    return bin_average(values.T, width).T


def widened_r2(activity, reconstruction, train_mean):
    """{width: (value, low, high, blocks)} of r2 with activity and reconstruction (bins, neurons)
    averaged over `width` bins.

    Nothing is fitted again: it asks how much of the slower activity is in what the source makes of
    the tensor's own bins. The train mean is that of wide bins too.
    """
    found = {}
    for width in WIDTHS:
        parts = (widened(values.astype(np.float64), width) for values in (activity, reconstruction))
        sums = [values.sum(axis=1) for values in squared_errors(*parts, train_mean)]
        if len(sums[0]):
            found[width] = pooled_r2(*sums)
    return found


def explained_rows(tensors):
    """Rows of PCA's explained variance of train at N // 10 components at each width of bins, PCA
    fitted to these; n: components there are."""
    rows = []
    for tensor in tensors:
        layer, train, _ = _parts(tensor, "train")
        for width in WIDTHS:
            wide = widened(train, width)
            if len(wide) > 1:
                _, variances, total = principal(wide, max(train.shape[1] // 10, 1))
                value = float(variances.sum() / total) if total > 0 else np.nan
                metric = f"explained_variance_at_n10_at_bins_of_{width}"
                rows.append((layer, metric, "train", 0, _blank(value), "", "", min(wide.shape)))
    return rows


def masked_rows(tensors, latents, *, split, seed):
    """Rows of PPCA's masked_r2 at each width of bins: how well neurons tell one another's hidden
    entries at that resolution.

    latents: of ppca, one file a layer, which say the dims that did best at this in the tensor's own
    bins. Bins are averaged, PPCA is fitted to those of train, and a quarter of the entries of
    those of `split` are hidden, drawn from `seed`: an average of entries of which some are hidden
    would be neither hidden nor visible. For PPCA alone, since a model of time would have to be
    trained again on wide bins. The dims stay; where hardly more wide bins train than there are
    dims, a fall says so and no more.
    """
    rows = []
    for tensor, path in zip(tensors, latents, strict=True):
        layer, train, held_out = _parts(tensor, split)
        with open_h5(path) as file:
            dims = file.attrs["dims_tried"][np.argmax(file.attrs["masked_r2_validation"])]
        for width in WIDTHS:
            wide = widened(train, width), widened(held_out, width)
            if len(wide[0]) > dims and len(wide[1]):
                score = masked_r2(*wide, int(dims), seed)
                row = (layer, f"masked_r2_at_bins_of_{width}", split, 0, *score)
                rows.append(tuple(map(_blank, row)))
    return rows


def masked_r2(train, held_out, dims, seed):
    """(value, low, high, blocks) of a quarter of the entries of held_out (bins, neurons) that are
    hidden from PPCA fitted to train, against the train mean."""
    components, variances, total = principal(train, dims)
    variances = np.append(variances, total - variances.sum())
    model = fit_ppca(components.astype(np.float32), variances, dims)
    centred = (held_out - train.mean(axis=0)).astype(np.float32)
    hidden = hidden_entries(*centred.shape, seed)
    estimate = predict_entries(model.predict, centred, hidden)
    sums = [(e * hidden).sum(axis=1) for e in squared_errors(centred, estimate, 0)]
    return pooled_r2(*sums)


def _summary(kind, found):
    """{metric: (value, low, high, n)} of the time scales (signals,) of latents or neurons."""
    present = found[np.isfinite(found)]
    metrics = {}
    if len(present):
        metrics[f"time_scale_{kind}"] = (*median_interval(present), len(present))
    if len(found):
        metrics[f"time_scale_share_{kind}"] = (*wilson(len(present), len(found)), len(found))
    return metrics


def _parts(tensor, split):
    """The layer's name, and its train and `split` activity (bins, neurons), float64."""
    activity, split_index = read_tensor(tensor)
    with open_h5(tensor) as file:
        layer = file.attrs["layer"]
    parts = (activity[split_index == SPLITS.index(name)] for name in ("train", split))
    return layer, *(part.astype(np.float64) for part in parts)


def _stack(arrays):
    """Arrays of different lengths as rows of one, NaN at their ends."""
    stacked = np.full((len(arrays), max(map(len, arrays))), np.nan)
    for row, values in zip(stacked, arrays, strict=True):
        row[: len(values)] = values
    return stacked


def _blank(value):
    """What the table has for NaN: nothing."""
    return "" if isinstance(value, float) and np.isnan(value) else value
