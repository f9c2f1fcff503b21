"""metrics.tsv: every score of a recording in one tidy table."""

import csv

import h5py

from nma.files import atomic_path
from nma.hidden import KINDS
from nma.latents import read_latents
from nma.pca import FRACTIONS
from nma.scores import block_sums, interval_r2, reconstruction_scores
from nma.tensors import SPLITS

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


def collect(out, *, recording, layers, pca_paths, latents_paths):
    """Write the table from pca/*.h5 (in the order of layers) and latents/**/*.h5.

    For every source: r2, mse, and cosmooth_r2 and masked_r2 of what is hidden, on the held-out
    splits, with an interval from blocks of time (n: their number). For PCA also the explained
    variance of train at N // 10 components and the dims that reach 50, 80 and 90 % of it; these
    have no interval (n: components there are).
    """
    rows = []
    for layer, path in zip(layers, pca_paths, strict=True):
        with h5py.File(path) as file:
            values = {"explained_variance_at_n10": float(file.attrs["explained_at_n10"])}
            values |= {
                f"dims_{f * 100:.0f}": int(file.attrs[f"dims_{f * 100:.0f}"]) for f in FRACTIONS
            }
            n = len(file["explained_variance_ratio"])
        rows += [(layer, "pca", metric, "train", 0, v, "", "", n) for metric, v in values.items()]
    for path in latents_paths:
        rows += _reconstruction_rows(path, layers)
    with atomic_path(out) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in rows:
            writer.writerow([recording, *(f"{v:.6g}" if isinstance(v, float) else v for v in row)])


def _reconstruction_rows(path, layers):
    with h5py.File(path) as file:
        attributes, split = dict(file.attrs), file["split"][:]
    names = layers if attributes["layer"] == "all" else [attributes["layer"]]
    rows = []
    for number, layer in enumerate(names):
        error = read_latents(path, "squared_error", number)
        deviation = read_latents(path, "squared_deviation", number)
        neurons = len(read_latents(path, "neuron_ids", number))
        for code, name in list(enumerate(SPLITS))[1:]:
            held_out = split == code
            if held_out.any():
                scores = reconstruction_scores(error[held_out], deviation[held_out], neurons)
                for kind in KINDS:
                    sums = (
                        block_sums(read_latents(path, f"{kind}_{part}", number)[held_out])
                        for part in ("error", "deviation")
                    )
                    scores[f"{kind}_r2"] = interval_r2(*sums)
                rows += [
                    (layer, attributes["source"], metric, name, attributes["seed"], *values)
                    for metric, values in scores.items()
                ]
    return rows
