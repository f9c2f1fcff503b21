"""Shared variance component analysis: how much of a population's variance is reliable.

Source: Stringer et al. 2019, Science 364:eaav7893, as defined in METHODS.md, section 4.
"""

from collections.abc import Sequence

import h5py
import numpy as np
from sklearn.utils.extmath import randomized_svd

from nma.io.errors import InputError
from nma.io.hdf5 import new_h5, open_h5, put
from nma.statistics.copies import without_copies
from nma.statistics.intervals import mean_interval
from nma.types import Array, Bins, FilePath, Neurons, NeuronsBins, Positions

STRIPES, GAP_UM = 16, 10
BLOCK_SECONDS = 72
FIRST = 128  # components whose reliable fraction is reported
BYTES_AT_ONCE = 16 * 2**20
FEWEST, MOST_COMPARED = 4, 4000  # neurons without copies, and among which copies are sought


def split_neurons(positions: Positions | None, neurons: int, seed: int) -> tuple[Neurons, Neurons]:
    """Two sets of neurons as masks (neurons,): the even and the odd ones of 16 stripes in y.

    positions: (3, neurons) in um or None. Neurons within 5 um of an edge between stripes are in
    neither set, so that no cell's light is in both. Without positions, or in a field so small that
    a stripe would be no wider than the gap, they are two random halves.
    """
    if positions is not None:
        y = positions[1]
        edges, width = np.linspace(y.min(), y.max(), STRIPES + 1, retstep=True)
        if width > GAP_UM:
            stripe = np.digitize(y, edges[1:-1])
            clear = np.abs(y - edges[1:-1, None]).min(axis=0) >= GAP_UM / 2
            return clear & (stripe % 2 == 0), clear & (stripe % 2 == 1)
    in_a = np.random.default_rng(seed).permutation(neurons) % 2 == 0
    return in_a, ~in_a


def reliable_variance(
    activity: NeuronsBins | h5py.Dataset,
    positions: Positions | None,
    bin_seconds: float,
    *,
    components: int = 1024,
    draws: int = 4,
    null_draws: int = 2,
    seed: int,
    source: FilePath = "the recording",
    kept: Neurons | bool = True,
) -> dict[str, Array]:
    """Shared and total variance of the components that two sets of neurons have in common.

    activity: (neurons, bins), an array or an open HDF5 dataset, of which a few neurons are read at
    a time; positions: (3, neurons) in um or None; bin_seconds: of a bin; source: the file, for
    errors; kept: which neurons count. Each draw shuffles blocks of 72 s again and finds the
    components in half of them.

    Returns a dict of shared and total (draws, components), sums over the bins of the other half;
    null_shared and null_total (null_draws, components), the same where one set is rolled by half
    the recording, so that only slow signals share anything, and that by chance; and in_a, in_b
    (neurons,). There are no more components than neurons in a set or bins in a half. Raises
    InputError where there are fewer than two neurons or two blocks.
    """
    neurons, bins = activity.shape
    length = block_bins(bin_seconds)
    if neurons < 2 or bins < 2 * length:
        raise InputError(
            source,
            "activity",
            found=f"{neurons} neurons x {bins} bins",
            expected=f"at least 2 neurons and 2 blocks of {length} bins ({BLOCK_SECONDS} s)",
        )
    generator = np.random.default_rng(seed)
    halves = [random_halves(bins, length, generator) for _ in range(max(draws, null_draws))]
    in_a, in_b = (half & kept for half in split_neurons(positions, neurons, seed))
    a, b = deviations(activity, in_a), deviations(activity, in_b)
    components = min(components, len(a), len(b), len(halves[0][0]))

    def measure(halves: Sequence[Sequence[Bins]], shift: int) -> Array:
        found = [draw_variance(a, b, *half, shift, components, seed) for half in halves]
        return np.reshape(found, (len(halves), 2, components)).swapaxes(0, 1)

    shared, total = measure(halves[:draws], 0)
    null_shared, null_total = measure(halves[:null_draws], bins // 2)
    return {
        "shared": shared,
        "total": total,
        "null_shared": null_shared,
        "null_total": null_total,
        "in_a": in_a,
        "in_b": in_b,
    }


def block_bins(bin_seconds: float) -> int:
    """Bins of a block of 72 s."""
    return max(1, round(BLOCK_SECONDS / bin_seconds))


def random_halves(bins: int, length: int, generator: np.random.Generator) -> list[Bins]:
    """The bins of a random half of the blocks of `length` bins, and those of the other half.

    Neighbouring bins stay together, or slow signals would look reliable where nothing is shared.
    """
    blocks = generator.permutation(bins // length)
    return [
        (np.sort(half)[:, None] * length + np.arange(length)).ravel()
        for half in np.array_split(blocks, 2)
    ]


def deviations(activity: NeuronsBins | h5py.Dataset, chosen: Neurons) -> NeuronsBins:
    """Activity (neurons, bins) of the chosen neurons less the mean of each, float32."""
    neurons, bins = activity.shape
    found = np.empty((np.count_nonzero(chosen), bins), np.float32)
    size, filled = max(1, BYTES_AT_ONCE // (4 * bins)), 0
    for start in range(0, neurons, size):
        rows = slice(start, start + size)
        block = activity[rows][chosen[rows]]
        part = found[filled : filled + len(block)]
        part[:] = block - block.mean(axis=1, keepdims=True, dtype=np.float64)
        filled += len(block)
    return found


def draw_variance(
    a: NeuronsBins,
    b: NeuronsBins,
    train: Bins,
    test: Bins,
    shift: int,
    components: int,
    seed: int,
) -> list[Array]:
    """Shared and total variance (2, components) on test of the components found on train.

    a, b: (neurons, bins) less their means; train, test: indices of bins, those of b `shift` later.
    """

    def later(half: Bins) -> Bins:
        return (half + shift) % a.shape[1]

    covariance = a[:, train] @ b[:, later(train)].T
    u, _, vt = randomized_svd(covariance, components, n_iter=4, random_state=seed)
    a, b = u.T @ a[:, test], vt @ b[:, later(test)]
    shared, total = a * b, (a**2 + b**2) / 2
    return [part.sum(axis=1, dtype=np.float64) for part in (shared, total)]


def count_above(ratios: Array, threshold: float) -> int:
    """How many components (components,) come before the first that is not above the threshold."""
    return int(np.argmin(np.append(ratios > threshold, False)))


def svca_metrics(found: dict[str, Array]) -> dict[str, tuple]:
    """{metric: (value, low, high, draws)} of the arrays of reliable_variance.

    `svca_reliable_fraction`: shared over total variance of the first 128 components.
    `svca_reliable_components`: how many components, from the first on, have a reliable fraction
    above 95 % of the null's, averaged over draws. The intervals are 95 % Student intervals over
    draws; these share the data, so the intervals show the effect of the choice of blocks alone.
    """
    shared, total = found["shared"], found["total"]
    fractions = shared[:, :FIRST].sum(axis=1) / total[:, :FIRST].sum(axis=1)
    # Counted draw by draw: an average of draws would be less noisy than the draws of the null.
    threshold = np.quantile(found["null_shared"] / found["null_total"], 0.95)
    counts = [count_above(ratios, threshold) for ratios in shared / total]
    return {
        "svca_reliable_fraction": (*mean_interval(fractions)[:3], len(shared)),
        "svca_reliable_components": (*mean_interval(counts)[:3], len(shared)),
    }


def write_svca(source: FilePath, out: FilePath, *, seed: int) -> None:
    """Write svca/*.h5 of layers/{layer}.h5 or recording.h5: the curves, the null and the summary.

    source: either file. Where neurons have copies, the summary is also that of the first of each
    group of copies alone (`..._without_copies`). With the same seed and number of threads the bytes
    are the same.
    """
    with open_h5(source) as file:
        activity = file["activity"]
        positions = file["positions"][:] if "positions" in file else None
        bin_seconds = file.attrs["bin_seconds"]
        found = reliable_variance(activity, positions, bin_seconds, seed=seed, source=source)
        metrics = svca_metrics(found)
        kept = without_copies(activity[:].T) if len(activity) <= MOST_COMPARED else np.True_
        if not kept.all() and kept.sum() >= FEWEST:
            alone = reliable_variance(activity, positions, bin_seconds, seed=seed, kept=kept)
            metrics |= {f"{name}_without_copies": x for name, x in svca_metrics(alone).items()}
    attributes = {
        "seed": seed,
        "draws": len(found["shared"]),
        "block_bins": block_bins(bin_seconds),
    }
    for metric, (value, low, high, _) in metrics.items():
        attributes |= {metric: value, f"{metric}_ci_low": low, f"{metric}_ci_high": high}
    with new_h5(out, **attributes) as file:
        for name, values in found.items():
            if name in ("in_a", "in_b"):
                put(file, name, values, units="bool", axes=("neuron",))
            else:
                units = "squared activity, summed over bins"
                put(file, name, values, units=units, axes=("draw", "component"))
