"""Print the statistics that a simulated recording has to match (METHODS.md, section 2).

Usage: python benchmarks/simulation_targets.py RAW.npy [--bin-seconds 1.2] [--seed 0] [--splits 4]

A single SVCA component varies with the blocks that are drawn. SVCA is therefore averaged over
several draws, and the lowest and the highest are printed next to the average.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from nma.scores.svca import FIRST, reliable_variance  # noqa: E402

TARGETS = {
    "SVCA, component 1": (0.97, 0.05),
    "SVCA, component 50": (0.56, 0.05),
    "SVCA, component 512": (0.07, 0.05),
    "SVCA, components 1-128": (0.75, 0.05),
    "PCA, all time": (0.66, 0.05),
    "PCA, first 80 %": (0.66, 0.05),
    "MSE of the constant predictor": (2.45, 0.25),
}


def as_in_the_study(sresp, z, seed):
    """Layers of equal size, each bin divided by its layer's mean, pairs of bins averaged.

    Yields neurons x bins, one layer after another (METHODS.md, section 1, steps 1 and 2).
    """
    rng = np.random.default_rng(seed)
    depths, counts = np.unique(z, return_counts=True)
    for depth in depths:
        layer = sresp[rng.choice(np.flatnonzero(z == depth), counts.min(), replace=False)]
        layer = layer / layer.mean(axis=0)
        bins = layer.shape[1] // 2 * 2
        yield layer[:, :bins].reshape(len(layer), -1, 2).mean(axis=2)


def explained_by_pca(activity, components):
    """Share of the variance (neurons x bins) that the first principal components explain."""
    spectrum = np.linalg.eigvalsh(np.cov(activity))[::-1]
    return spectrum[:components].sum() / spectrum.sum()


def reliable_fractions(sresp, xyz, bin_seconds, seed):
    """The SVCA statistics of TARGETS, in order, for one draw of blocks."""
    found = reliable_variance(sresp, xyz, bin_seconds, draws=1, null_draws=0, seed=seed)
    s, v = found["shared"][0], found["total"][0]
    return [s[k] / v[k] for k in (0, 49, 511)] + [s[:FIRST].sum() / v[:FIRST].sum()]


def pca_and_error(layer):
    """The other statistics of TARGETS, in order, for one layer (neurons x bins)."""
    train_bins = int(0.8 * layer.shape[1])
    train, test = layer[:, :train_bins], layer[:, train_bins:]
    explained = [explained_by_pca(part, len(layer) // 10 + 1) for part in (layer, train)]
    return [*explained, np.mean((test - train.mean(axis=1, keepdims=True)) ** 2)]


def main(raw, bin_seconds, seed, splits):
    """Print each statistic next to its target: average, lowest and highest of draws or layers."""
    recording = np.load(raw, allow_pickle=True).item()
    sresp, xyz = recording["sresp"], recording["xyz"]
    draws = range(seed, seed + splits)
    fractions = [reliable_fractions(sresp, xyz, bin_seconds, draw) for draw in draws]
    others = [pca_and_error(layer) for layer in as_in_the_study(sresp, xyz[2], seed)]
    print(f"{'statistic':30}{'average':>9}{'lowest':>9}{'highest':>9}{'target':>9}  within")
    columns = [*np.transpose(fractions), *np.transpose(others)]
    for (name, (target, margin)), values in zip(TARGETS.items(), columns, strict=True):
        average = values.mean()
        verdict = "yes" if abs(average - target) <= margin else "NO"
        numbers = f"{average:9.3f}{values.min():9.3f}{values.max():9.3f}{target:9.2f}"
        print(f"{name:30}{numbers}  {margin}: {verdict}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("raw", help="raw .npy of a recording of the Stringer size")
    parser.add_argument("--bin-seconds", type=float, default=1.2)
    parser.add_argument("--seed", type=int, default=0, help="of the neurons and blocks drawn")
    parser.add_argument("--splits", type=int, default=4, help="draws of blocks for SVCA")
    main(**vars(parser.parse_args()))
