"""metrics.tsv: every score of a recording in one tidy table."""

import numpy as np

from nma.baselines.pca import FRACTIONS
from nma.io.hdf5 import open_h5
from nma.latents.cosmoothing import KINDS
from nma.latents.reading import read_latents
from nma.preprocessing.splits import SPLITS
from nma.scores.table import COLUMNS, _write, read_rows
from nma.statistics.intervals import block_sums, jackknife, per_entry, pooled_r2
from nma.statistics.observation_models import FAMILIES

OPPONENTS = ("ppca", "smooth_ppca")


def collect(out, *, recording, layers, pca_paths, latents_paths, score_paths):
    """Write the table from pca/*.h5 (in the order of layers), latents/**/*.h5 and scores/**/*.tsv.

    For every source: r2, mse, cosmooth_r2 and masked_r2 of what is hidden, and the log-likelihood
    of each observation model, of what is reconstructed and of hidden neurons, in nats an entry and
    as its gain over the train mean; on the held-out splits, with an interval from blocks of time
    (n: their number). Of sources that are no linear opponents also what cosmooth_r2 has above that
    of each opponent, paired by bin: `cosmooth_r2_above_{opponent}`. For PCA also the explained
    variance of train at N // 10 components and the dims that reach 50, 80 and 90 % of it; these
    have no interval (n: components there are). The rows of score_paths, files of `write_rows`,
    follow.
    """
    rows = []
    for layer, path in zip(layers, pca_paths, strict=True):
        with open_h5(path) as file:
            values = {"explained_variance_at_n10": float(file.attrs["explained_at_n10"])}
            values |= {
                f"dims_{f * 100:.0f}": int(file.attrs[f"dims_{f * 100:.0f}"]) for f in FRACTIONS
            }
            n = len(file["explained_variance_ratio"])
        rows += [(layer, "pca", metric, "train", 0, v, "", "", n) for metric, v in values.items()]
    opponents = _opponents(latents_paths)
    for path in latents_paths:
        rows += _source_rows(path, layers, opponents)
    for path in score_paths:
        rows += [tuple(row.values()) for row in read_rows(path)]
    _write(out, COLUMNS, [(recording, *row) for row in rows])


def _opponents(paths):
    """{(source, layer): squared error of hidden neurons (bins,)} of the linear opponents."""
    found = {}
    for path in paths:
        with open_h5(path) as file:
            if file.attrs["source"] in OPPONENTS:
                found[file.attrs["source"], file.attrs["layer"]] = file["cosmooth_error"][:]
    return found


def _source_rows(path, layers, opponents):
    with open_h5(path) as file:
        attributes, split, present = dict(file.attrs), file["split"][:], set(file)
    names = layers if attributes["layer"] == "all" else [attributes["layer"]]
    rows = []
    for number, layer in enumerate(names):
        neurons = len(read_latents(path, "neuron_ids", number))
        for code, name in list(enumerate(SPLITS))[1:]:
            held_out = split == code
            if held_out.any():

                def sums(dataset, held_out=held_out, number=number):
                    return read_latents(path, dataset, number)[held_out]

                rows += [
                    (layer, attributes["source"], metric, name, attributes["seed"], *values)
                    for metric, values in _scores(sums, neurons, present).items()
                ]
                if attributes["source"] in (*OPPONENTS, "interpolation"):
                    continue
                rows += [
                    (layer, attributes["source"], metric, name, attributes["seed"], *values)
                    for metric, values in _above(sums, opponents, layer, held_out)
                ]
    return rows


def _above(sums, opponents, layer, held_out):
    """(metric, (value, low, high, blocks)) of the gain over each opponent, paired by bin."""
    deviation = block_sums(sums("cosmooth_deviation"))
    for (opponent, of), error in opponents.items():
        if of == layer:
            less = block_sums(error[held_out] - sums("cosmooth_error"))
            values = (*jackknife(_share, less, deviation), len(less))
            yield f"cosmooth_r2_above_{opponent}", values


def _share(part, whole):
    return np.where(whole > 0, np.divide(part, np.where(whole > 0, whole, 1)), np.nan)


def _scores(sums, neurons, present):
    """{metric: (value, low, high, blocks)}; sums: a function of a dataset's name to (bins,)."""
    scores = {
        "r2": pooled_r2(sums("squared_error"), sums("squared_deviation")),
        "mse": per_entry(sums("squared_error"), neurons),
    }
    for kind in KINDS:
        scores[f"{kind}_r2"] = pooled_r2(sums(f"{kind}_error"), sums(f"{kind}_deviation"))
    for family in FAMILIES:
        if f"{family}_log_likelihood" in present:
            of_mean = sums(f"{family}_log_likelihood_of_mean")
            for metric in (f"{family}_log_likelihood", f"cosmooth_{family}_log_likelihood"):
                found = sums(metric)
                scores[metric] = per_entry(found, neurons)
                scores[f"{metric}_gain"] = per_entry(found - of_mean, neurons)
    return scores
