"""Held-out scores of every source, and metrics.tsv: all scores of a recording in one tidy table."""

from collections.abc import Mapping, Sequence

import numpy as np

from nma.io.hdf5 import open_h5
from nma.latents.reading import read_latents
from nma.preprocessing.masks import KINDS, PARTS, WITHOUT_COPIES
from nma.preprocessing.splits import evaluated
from nma.scores.table import COLUMNS, Score, finite, read_scores, write_table
from nma.sources import opponents
from nma.statistics.intervals import (
    block_sums,
    jackknife,
    median_interval,
    per_entry,
    pooled_r2,
)
from nma.types import Array, Bins, FilePath, Neurons

# Datasets (bins,) of a latents file, sums over neurons. There are also log-likelihoods of each
# observation model that suits the activity, and those of the train mean have this at their end.
HIDDEN = [f"{kind}_{part}{end}" for kind in KINDS for part in PARTS for end in ("", WITHOUT_COPIES)]
ERRORS = ("squared_error", "squared_deviation", *HIDDEN)
LIKELIHOOD, OF_MEAN = "_log_likelihood", "_log_likelihood_of_mean"
# {metric: what the datasets (neurons,) of it on each split start with}
R2_OF_NEURONS = {"r2": "r2", **{f"{kind}_r2": f"{kind}_r2_of_neurons" for kind in KINDS}}


def collect(
    out: FilePath,
    *,
    recording: str,
    layers: Sequence[str],
    pca_paths: Sequence[FilePath],
    latents_paths: Sequence[FilePath],
    score_paths: Sequence[FilePath],
) -> None:
    """Write metrics.tsv from pca/*.h5, latents/**/*.h5 and scores/**/*.tsv.

    First come `pca_scores` of each layer (pca_paths in the order of layers), then `source_scores`
    of each latents file, then the rows of each score table.
    """
    scores = []
    for layer, path in zip(layers, pca_paths, strict=True):
        scores += pca_scores(layer, path)
    hidden = _errors_of_opponents(latents_paths)
    for path in latents_paths:
        scores += source_scores(path, layers, hidden)
    for path in score_paths:
        scores += read_scores(path)
    write_table(out, COLUMNS, [(recording, *score) for score in finite(scores)])


def pca_scores(layer: str, path: FilePath) -> list[Score]:
    """Scores of pca/{layer}.h5, without interval; n: how many components there are.

    `explained_variance_at_n10`: of train by N // 10 components; `dims_50`, `dims_80`, `dims_90`:
    how many components explain that many per cent.
    """
    with open_h5(path) as file:
        values = {"explained_variance_at_n10": float(file.attrs["explained_at_n10"])}
        for name in sorted(name for name in file.attrs if name.startswith("dims_")):
            values[name] = int(file.attrs[name])
        n = len(file["explained_variance_ratio"])
    return [Score(layer, "pca", metric, "train", 0, v, n=n) for metric, v in values.items()]


def source_scores(
    path: FilePath, layers: Sequence[str], hidden: Mapping[tuple[str, str, str], Bins]
) -> list[Score]:
    """Scores of a latents file on validation and test; n: blocks of time of the interval.

    layers: names of all layers, which a file of layer `all` holds together; hidden: of
    `_errors_of_opponents`. Metrics are those of `_reconstruction_scores`, `_medians`, and `_gains`
    over each other opponent.
    """
    with open_h5(path) as file:
        source, seed, network = (file.attrs[name] for name in ("source", "seed", "layer"))
        split, names = file["split"][:], list(file)
        some_missing = "entries" in file
    stored = [name for name in names if name in ERRORS or LIKELIHOOD in name]
    scores = []
    for number, layer in enumerate(layers if network == "all" else [network]):
        neurons = np.full(len(split), len(read_latents(path, "neuron_ids", number)))
        if some_missing:
            neurons = read_latents(path, "entries", number)
        of_bins = {name: read_latents(path, name, number) for name in stored}
        errors = {
            (kind, name): error
            for (kind, name, of), error in hidden.items()
            if of == layer and name != source
        }
        for split_name, bins in evaluated(split):
            sums = {name: values[bins] for name, values in of_bins.items()}
            found = _reconstruction_scores(sums, neurons[bins])
            found |= _medians(
                {
                    metric: read_latents(path, f"{prefix}_{split_name}", number)
                    for metric, prefix in R2_OF_NEURONS.items()
                    if f"{prefix}_{split_name}" in names
                }
            )
            found |= _gains(sums, {of: error[bins] for of, error in errors.items()})
            scores += [
                Score(layer, source, metric, split_name, seed, *values)
                for metric, values in found.items()
            ]
    return scores


def _errors_of_opponents(paths: Sequence[FilePath]) -> dict[tuple[str, str, str], Bins]:
    """{(kind, source, layer): {kind}_error (bins,)} of those that others are paired with: of hidden
    neurons sources.opponents, of hidden entries interpolation."""
    found = {}
    for path in paths:
        with open_h5(path) as file:
            source, layer = file.attrs["source"], file.attrs["layer"]
            if opponents([source]):
                found["cosmooth", source, layer] = file["cosmooth_error"][:]
            if source == "interpolation":
                found["masked", source, layer] = file["masked_error"][:]
    return found


def _reconstruction_scores(sums: Mapping[str, Bins], neurons: Bins) -> dict[str, tuple]:
    """{metric: (value, low, high, blocks)} of per-bin sums over neurons {dataset: (bins,)}.

    neurons: how many the sums of each bin are over.

    `r2` and `mse` of the reconstruction; `cosmooth_r2` of hidden neurons and `masked_r2` of hidden
    entries; and of each observation model the log-likelihood of the reconstruction and of hidden
    neurons, in nats an entry, and its gain over the train mean. Those of which there are no sums
    are left out: not every baseline reconstructs, or predicts entries. Where neurons have copies,
    `..._without_copies` is of what is hidden together with them.
    """
    scores = {}
    if "squared_error" in sums:
        scores["r2"] = pooled_r2(sums["squared_error"], sums["squared_deviation"])
        scores["mse"] = per_entry(sums["squared_error"], neurons)
    for kind in KINDS:
        for end in ("", WITHOUT_COPIES):
            error, deviation = (sums.get(f"{kind}_{part}{end}") for part in PARTS)
            if error is not None and (deviation.any() or not end):
                scores[f"{kind}_r2{end}"] = pooled_r2(error, deviation)
    for family in sorted(name.removesuffix(OF_MEAN) for name in sums if name.endswith(OF_MEAN)):
        of_mean = sums[family + OF_MEAN]
        for metric in (family + LIKELIHOOD, f"cosmooth_{family}{LIKELIHOOD}"):
            if metric in sums:
                scores[metric] = per_entry(sums[metric], neurons)
                scores[f"{metric}_gain"] = per_entry(sums[metric] - of_mean, neurons)
    return scores


def _medians(of_neurons: Mapping[str, Neurons]) -> dict[str, tuple]:
    """{metric: (value, low, high, neurons)} of `{metric}_median`, of r2 of each neuron.

    No neuron can move it far. Neurons with nothing to explain, NaN, are left out.
    """
    known = {metric: values[np.isfinite(values)] for metric, values in of_neurons.items()}
    return {
        f"{metric}_median": (*median_interval(values), len(values))
        for metric, values in known.items()
        if len(values)
    }


def _gains(sums: Mapping[str, Bins], errors: Mapping[tuple[str, str], Bins]) -> dict[str, tuple]:
    """{metric: (value, low, high, blocks)} of `{kind}_r2_above_{source}`, a difference of two.

    errors: {(kind, source): its errors (bins,)}. They are paired by bin, so that bins which both
    find hard do not widen the interval.
    """
    found = {}
    for (kind, source), error in errors.items():
        if f"{kind}_error" in sums:
            deviation = block_sums(sums[f"{kind}_deviation"])
            less = block_sums(error - sums[f"{kind}_error"])
            values = (*jackknife(_share, less, deviation)[:3], len(less))
            found[f"{kind}_r2_above_{source}"] = values
    return found


def _share(part: float, whole: float) -> Array:
    """part / whole, NaN where whole is 0."""
    return np.where(whole > 0, np.divide(part, np.where(whole > 0, whole, 1)), np.nan)
