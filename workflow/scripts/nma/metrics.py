"""metrics.tsv: every score of a recording in one tidy table."""

import csv
import io
from pathlib import Path

import numpy as np

from nma.files import atomic_path, open_h5, read_table_text, reading
from nma.hidden import KINDS
from nma.latents import read_latents
from nma.observation import FAMILIES
from nma.pca import FRACTIONS
from nma.scores import block_sums, jackknife, per_entry, pooled_r2
from nma.tensors import SPLITS

OPPONENTS = ("ppca", "smooth_ppca")
COLUMNS = (
    "recording",
    "layer",
    "source",
    "metric",
    "split",
    "seed",
    "value",
    "ci_low",
    "ci_high",
    "n",
)
NUMBERS = COLUMNS[6:]


def write_rows(out, rows):
    """Write rows of the table, without the recording, for `collect` to gather."""
    _write(out, COLUMNS[1:], rows)


def read_rows(path):
    """The rows of a file of write_rows, as dicts of text. Raises InputError where it is damaged."""
    rows = list(csv.DictReader(io.StringIO(read_table_text(path)), delimiter="\t"))
    with reading(path):
        for row in rows:
            for column in NUMBERS:
                float(row[column] or 0)
    return rows


def _write(out, columns, rows):
    with atomic_path(out) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow(f"{value:.6g}" if isinstance(value, float) else value for value in row)


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


def gather(out, paths):
    """Write the rows of several metrics.tsv into one table."""
    with atomic_path(out) as temporary, open(temporary, "w") as file:
        for number, path in enumerate(paths):
            header, rows = Path(path).read_text().split("\n", 1)
            file.write(rows if number else f"{header}\n{rows}")


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
