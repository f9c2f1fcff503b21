"""How slow latents and neurons are, and what scores become as bins grow (METHODS 6)."""

import numpy as np
from scipy import fft
from scipy.linalg import eigh
from scipy.stats import binom, norm

from nma.files import new_h5, open_h5, put
from nma.hidden import hidden_entries, predict_entries
from nma.latents import of_layer
from nma.ppca import fit_ppca
from nma.scores import pooled_r2, squared_errors, wilson
from nma.tensors import SPLITS, bin_average, read_tensor

WIDTHS = (1, 2, 5, 10)  # bins of a tensor averaged into one
FEWEST_BINS = 8
SHORTEST = 0.5  # bins: a faster decay is over before lag 1
CHANCE = 0.01  # share of white noise that is taken to have a time scale
GRID = 160


def autocorrelation(signals, reach):
    """Autocorrelation at lags 0 to `reach`: (bins, signals) to (reach + 1, signals), 1 at lag 0.

    Each lag is the mean over the pairs of bins that are there (not divided by all bins, which
    would shrink long lags). The mean of these bins is taken off, not the true one, so every lag
    lies too low by about the variance of that mean, the more the slower the signal and the
    shorter the block: `time_scales` allows for it. NaN where a signal is constant. Raises
    ValueError where there are not more bins than `reach`.
    """
    signals = np.asarray(signals, np.float64)
    bins = len(signals)
    if bins <= reach:
        raise ValueError(f"{bins} bins for a reach of {reach} lags")
    centred = signals - signals.mean(axis=0)
    # Signals come as float32, in which a constant has a variance of its rounding.
    constant = centred.std(axis=0) <= 8 * np.finfo(np.float32).eps * np.abs(signals).max(axis=0)
    length = fft.next_fast_len(bins + reach, real=True)  # long enough not to wrap around
    power = np.square(np.abs(fft.rfft(centred, length, axis=0)))
    sums = fft.irfft(power, length, axis=0)[: reach + 1]
    covariance = sums / (bins - np.arange(reach + 1))[:, None]
    return covariance / np.where(constant, np.nan, covariance[0])


def time_scales(signals, bin_seconds):
    """Intrinsic time scale of each signal in seconds: (bins, signals) to (signals,).

    Least squares of A exp(-lag / tau) to the autocorrelation from lag 1 on, over a grid of tau
    (refined by a parabola), each with its best A > 0. Lag 0 is left out and A free, so that white
    noise changes nothing, and nor does averaging within bins (Murray et al. 2014, Nat. Neurosci.
    17:1661, who add an offset). Lags reach over a quarter of the block and weigh 1 / lag, since
    late ones are mostly noise. In place of a free offset each exponential is lowered by what taking
    off the block's own mean takes from it, which follows from tau.

    tau lies between half a bin and a quarter of the block: signals at the ends are at least as fast
    or as slow. NaN where the autocorrelation at lag 1 does not stand out of white noise (1 % of it
    does), where a signal is constant, and where there are fewer than 8 bins.
    """
    bins, count = np.shape(signals)
    if bins < FEWEST_BINS:
        return np.full(count, np.nan)
    reach = bins // 4
    measured = autocorrelation(signals, reach)[1:]
    with np.errstate(invalid="ignore"):
        slow = measured[0] > norm.isf(CHANCE) / np.sqrt(bins)

    lags = np.arange(1, reach + 1)
    taus = np.geomspace(SHORTEST, reach, GRID)
    curves = np.exp(-lags / taus[:, None])
    curves -= variance_of_mean(taus, bins)[:, None]
    # The least squares with the best A is what the curve's projection leaves.
    projection = np.maximum((curves / lags) @ np.nan_to_num(measured), 0)
    gain = projection**2 / np.sum(curves**2 / lags, axis=1)[:, None]
    best = gain.argmax(axis=0)
    slow &= gain.max(axis=0) > 0
    inner, column = np.clip(best, 1, GRID - 2), np.arange(count)
    before, peak, after = (gain[inner + step, column] for step in (-1, 0, 1))
    bend = before - 2 * peak + after
    shift = np.where((inner == best) & (bend < 0), before - after, 0) / np.where(bend, 2 * bend, 1)
    found = taus[best] * (taus[1] / taus[0]) ** shift * bin_seconds
    return np.where(slow, found, np.nan)


def variance_of_mean(taus, bins):
    """Variance of the mean of `bins` bins that decorrelate as exp(-lag / tau), each of variance 1:
    taus (n,) in bins to (n,)."""
    lags = np.arange(1, bins)
    return (bins + 2 * np.exp(-lags / taus[:, None]) @ (bins - lags)) / bins**2


def median_interval(values):
    """Median of values (n,) and its 95 % interval by order statistics; NaN bounds below six.

    It says how far the median rests on which signals there are. They share one stretch of time,
    so it is a lower bound of the uncertainty.
    """
    values = np.sort(values)
    rank = int(binom.ppf(0.025, len(values), 0.5))
    low, high = (values[rank - 1], values[-rank]) if rank else (np.nan, np.nan)
    return float(np.median(values)), float(low), float(high)


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


def principal(train, count):
    """The first principal components of train: (components (count, neurons), the variances along
    them (count,), the variance of all neurons together).

    From the smaller of the products of neurons and of bins, so fewer bins than neurons will do, and
    without the components that are not asked for: twice as fast as nma.pca, which keeps all.
    """
    centred = train - train.mean(axis=0, dtype=np.float64)
    bins, neurons = centred.shape
    tall = bins > neurons
    products = centred.T @ centred if tall else centred @ centred.T
    last = len(products) - 1
    count = min(count, len(products))
    values, vectors = eigh(products, subset_by_index=[last - count + 1, last])
    values, components = np.maximum(values[::-1], 0), vectors[:, ::-1].T
    if not tall:
        lengths = np.sqrt(np.maximum(values, np.finfo(float).tiny))
        components = components @ centred / lengths[:, None]
    return components, values / (bins - 1), np.trace(products) / (bins - 1)


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
