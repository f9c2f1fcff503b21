"""Print the statistics that a simulated recording has to match (METHODS.md, section 2).

Usage: python benchmarks/simulation_targets.py RAW.npy [--bin-seconds 1.2] [--seed 0] [--splits 4]

A single SVCA component varies with the blocks that are drawn, so SVCA is averaged over several
draws; the lowest and the highest are printed beside the average.
"""

import argparse

import numpy as np
from sklearn.utils.extmath import randomized_svd

TARGETS = {
    "SVCA, component 1": (0.97, 0.05),
    "SVCA, component 50": (0.56, 0.05),
    "SVCA, component 512": (0.07, 0.05),
    "SVCA, components 1-128": (0.75, 0.05),
    "PCA, all time": (0.66, 0.05),
    "PCA, first 80 %": (0.66, 0.05),
    "MSE of the constant predictor": (2.45, 0.25),
}
BLOCK_SECONDS = 72


def svca(activity, y, *, block_bins, seed, components=1024, stripes=16, gap_um=10):
    """Reliable and total variance (s, v: one value a component) on held-out time.

    activity: neurons x bins; y: position of each neuron in um. Two sets of neurons, the even and
    the odd ones of `stripes` stripes in y with gap_um between them, share components that are
    found in one half of the blocks of block_bins bins and measured in the other.
    Source: Stringer et al. 2019, as defined in METHODS.md, section 4.
    """
    rng = np.random.default_rng(seed)
    edges = np.linspace(y.min(), y.max(), stripes + 1)
    stripe = np.digitize(y, edges[1:-1])
    from_inner_edge = np.abs(y - edges[1:-1, None]).min(axis=0)
    kept = from_inner_edge >= gap_um / 2
    blocks = rng.permutation(activity.shape[1] // block_bins)

    def bins_of(half):
        return (np.sort(half)[:, None] * block_bins + np.arange(block_bins)).ravel()

    train, test = map(bins_of, np.array_split(blocks, 2))
    mean = activity.mean(axis=1, keepdims=True)
    in_a, in_b = (kept & (stripe % 2 == parity) for parity in (0, 1))
    a, b = (activity[chosen] - mean[chosen] for chosen in (in_a, in_b))
    covariance = a[:, train] @ b[:, train].T
    components = min(components, *covariance.shape)
    u, _, vt = randomized_svd(covariance, components, n_iter=4, random_state=seed)
    a, b = u.T @ a[:, test], vt @ b[:, test]
    return np.sum(a * b, axis=1), np.sum(a**2 + b**2, axis=1) / 2


def as_in_the_study(sresp, z, seed):
    """Layers of equal size, each bin divided by its layer's mean, pairs of bins averaged.

    Yields neurons x bins, a layer after another (METHODS.md, section 1, steps 1 and 2).
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


def reliable_fractions(sresp, y, bin_seconds, seed):
    """The SVCA statistics of TARGETS, in order, for one draw of blocks."""
    s, v = svca(sresp, y, block_bins=round(BLOCK_SECONDS / bin_seconds), seed=seed)
    return [s[k] / v[k] for k in (0, 49, 511)] + [s[:128].sum() / v[:128].sum()]


def pca_and_error(layer):
    """The other statistics of TARGETS, in order, for one layer (neurons x bins)."""
    train_bins = int(0.8 * layer.shape[1])
    train, test = layer[:, :train_bins], layer[:, train_bins:]
    explained = [explained_by_pca(part, len(layer) // 10 + 1) for part in (layer, train)]
    return [*explained, np.mean((test - train.mean(axis=1, keepdims=True)) ** 2)]


def main(raw, bin_seconds, seed, splits):
    """Print each statistic beside its target: average, lowest and highest of draws or layers."""
    recording = np.load(raw, allow_pickle=True).item()
    sresp, (_, y, z) = recording["sresp"], recording["xyz"]
    draws = range(seed, seed + splits)
    fractions = [reliable_fractions(sresp, y, bin_seconds, draw) for draw in draws]
    others = [pca_and_error(layer) for layer in as_in_the_study(sresp, z, seed)]
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
