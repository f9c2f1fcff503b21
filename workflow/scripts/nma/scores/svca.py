"""Shared variance component analysis: how much of a population's variance is reliable.

Source: Stringer et al. 2019, Science 364:eaav7893, as defined in METHODS.md, section 4.
"""

from collections.abc import Iterator, Sequence

import h5py
import numpy as np

from nma.io.hdf5 import new_h5, open_h5, put
from nma.scores.covarying import (
    bin_products,
    together,
    variance_of_activity,
    variance_of_products,
)
from nma.statistics.copies import without_copies
from nma.statistics.intervals import mean_interval
from nma.types import Array, Bins, FilePath, Neurons, NeuronsBins, Positions

STRIPES = 16
GAP = 10  # between stripes in the unit of positions, um or pixels
BLOCK_SECONDS = 72
BLOCK_TRIALS = 60  # as many as bins of 1.2 s in 72 s
FIRST = 128  # components whose reliable fraction is reported
CERTAIN = 0.99  # quantile of the null's reliable fractions that those of counted components exceed
FAILURE = 3  # components above the threshold that one which is not outweighs
BYTES_AT_ONCE = 16 * 2**20
ZSCORED = "zscored"  # what datasets and metrics of standardised neurons are marked with
FEWEST, MOST_COMPARED = 4, 4000  # neurons without copies, and among which copies are sought


class Unmeasured(ValueError):
    """Why shared variance components cannot be measured, in a sentence for figure and log."""


def split_neurons(positions: Positions | None, neurons: int, seed: int) -> tuple[Neurons, Neurons]:
    """Two sets of neurons as masks (neurons,): the even and the odd ones of 16 stripes in y.

    positions: (3, neurons) or None. Neurons within 5 um (pixels, where positions are in these) of
    an edge between stripes are in neither set, so that no cell's light is in both. Where a y is not
    known (NaN), in a field so small that a stripe would be no wider than the gap, and where a set
    would have fewer than two neurons, they are two random halves.
    """
    if positions is not None and np.isfinite(positions[1]).all():
        y = positions[1]
        edges, width = np.linspace(y.min(), y.max(), STRIPES + 1, retstep=True)
        if width > GAP:
            stripe = np.digitize(y, edges[1:-1])
            clear = np.abs(y - edges[1:-1, None]).min(axis=0) >= GAP / 2
            sets = clear & (stripe % 2 == 0), clear & (stripe % 2 == 1)
            if min(map(np.count_nonzero, sets)) > 1:
                return sets
    in_a = np.random.default_rng(seed).permutation(neurons) % 2 == 0
    return in_a, ~in_a


def reliable_variance(
    activity: NeuronsBins | h5py.Dataset,
    positions: Positions | None,
    bin_seconds: float | None,
    *,
    components: int = 1024,
    draws: int = 4,
    null_draws: int = 2,
    seed: int,
    standardise: bool = False,
    missing: NeuronsBins | h5py.Dataset | None = None,
    kept: Neurons | bool = True,
) -> dict[str, Array]:
    """Shared and total variance of the components that two sets of neurons have in common.

    activity: (neurons, bins), an array or an open HDF5 dataset, of which a few neurons are read at
    a time; positions: (3, neurons) or None; bin_seconds: of a bin, None of trials; standardise:
    whether to divide each neuron by its standard deviation over time. The published form does not;
    then a bright neuron counts for no more than another. missing: which entries were not recorded
    (bool), or None; they add to no sum. kept: which neurons count (bool). Each draw shuffles blocks
    of 72 s, or of 60 trials, again and finds the components in half of them.

    Returns a dict of shared and total (draws, components), sums over the bins of the other half;
    null_shared and null_total (null_draws, components), the same where one set is rolled by half
    the recording, so that only slow signals share anything, and that by chance; and in_a, in_b
    (neurons,). There are no more components than neurons in a set or bins in a half. Raises
    Unmeasured where there are fewer than two neurons or two blocks.
    """
    neurons, bins = activity.shape
    length = block_bins(bin_seconds)
    if neurons < 2 or bins < 2 * length:
        block, there = f"{BLOCK_TRIALS} trials", f"{bins} trials"
        if bin_seconds:
            block, there = f"{BLOCK_SECONDS} s", f"{bins * bin_seconds:.3g} s"
        raise Unmeasured(
            f"SVCA needs at least 2 neurons and 2 blocks of {block}: there are {neurons} "
            f"neurons and {there}."
        )
    generator = np.random.default_rng(seed)
    halves = [random_halves(bins, length, generator) for _ in range(max(draws, null_draws))]
    in_a, in_b = (half & kept for half in split_neurons(positions, neurons, seed))
    sizes, of_half = [int(chosen.sum()) for chosen in (in_a, in_b)], len(halves[0][0])
    components = min(components, *sizes, of_half)
    few_bins = of_half < min(sizes)
    gathered = bin_products if few_bins else together
    a, b = gathered(deviations(activity, (in_a, in_b), standardise, missing), sizes, bins)
    variance = variance_of_products if few_bins else variance_of_activity

    def measure(halves: Sequence[Sequence[Bins]], shift: int) -> Array:
        found = [variance(a, b, *half, shift, components, seed) for half in halves]
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


def block_bins(bin_seconds: float | None) -> int:
    """Bins of a block of 72 s; of trials, which have no bin_seconds, as many as it is long."""
    return max(1, round(BLOCK_SECONDS / bin_seconds)) if bin_seconds else BLOCK_TRIALS


def random_halves(bins: int, length: int, generator: np.random.Generator) -> list[Bins]:
    """The bins of a random half of the blocks of `length` bins, and those of the other half.

    Neighbouring bins stay together, or slow signals would look reliable where nothing is shared.
    """
    blocks = generator.permutation(bins // length)
    return [
        (np.sort(half)[:, None] * length + np.arange(length)).ravel()
        for half in np.array_split(blocks, 2)
    ]


def deviations(
    activity: NeuronsBins | h5py.Dataset,
    sets: Sequence[Neurons],
    standardise: bool = False,
    missing: NeuronsBins | h5py.Dataset | None = None,
) -> Iterator[list[NeuronsBins]]:
    """Yield activity less the mean of each neuron, float32: (neurons, bins) of each set, a few
    neurons at a time.

    sets: masks (neurons,); standardise: also over the standard deviation of each, of neurons that
    vary; missing: which entries were not recorded (bool), or None; they are 0.
    """
    neurons, bins = activity.shape
    size = max(1, BYTES_AT_ONCE // (4 * bins))
    for start in range(0, neurons, size):
        rows = slice(start, start + size)
        block, present = activity[rows], None if missing is None else ~missing[rows]
        yield [
            _deviations(block[chosen], standardise, None if present is None else present[chosen])
            for chosen in (chosen[rows] for chosen in sets)
        ]


def _deviations(block: NeuronsBins, standardise: bool, present: NeuronsBins | None) -> NeuronsBins:
    where = True if present is None else present
    mean = block.mean(axis=1, keepdims=True, dtype=np.float64, where=where)
    found = np.subtract(block, mean, dtype=np.float64).astype(np.float32)
    if standardise:
        spread = found.std(axis=1, keepdims=True, dtype=np.float64, where=where)
        found /= np.where(spread > 0, spread, 1)
    if present is not None:
        found *= present
    return found


def count_above(ratios: Array, threshold: float) -> int:
    """How many components (components,) to count, from the first on, as above the threshold.

    Each that is above adds 1, and each other takes off 3: the count ends where that sum is largest,
    at the first such place. So one that fails by chance ends no count, nor does one that is of a
    single bright neuron, and few that pass by chance add to it (METHODS 4).
    """
    evidence = np.cumsum(np.where(ratios > threshold, 1, -FAILURE))
    return int(np.argmax(np.append(0, evidence)))


def reliable(shared: Array, total: Array) -> Array:
    """Shared over total variance, 0 where there is none."""
    return np.divide(shared, total, out=np.zeros(np.shape(total)), where=total > 0)


def svca_metrics(found: dict[str, Array]) -> dict[str, tuple]:
    """{metric: (value, low, high, draws)} of the arrays of reliable_variance.

    `svca_reliable_fraction`: shared over total variance of the first 128 components.
    `svca_reliable_components`: the count_above of components with a reliable fraction above 99 % of
    the null's, averaged over draws. The intervals are 95 % Student intervals over draws; these
    share the data, so the intervals show the effect of the choice of blocks alone.
    """
    shared, total = found["shared"], found["total"]
    fractions = reliable(shared[:, :FIRST].sum(axis=1), total[:, :FIRST].sum(axis=1))
    # Counted draw by draw: an average of draws would be less noisy than the draws of the null.
    threshold = np.quantile(reliable(found["null_shared"], found["null_total"]), CERTAIN)
    counts = [count_above(ratios, threshold) for ratios in reliable(shared, total)]
    return {
        "svca_reliable_fraction": (*mean_interval(fractions)[:3], len(shared)),
        "svca_reliable_components": (*mean_interval(counts)[:3], len(shared)),
    }


def write_svca(source: FilePath, out: FilePath, *, seed: int) -> None:
    """Write svca/*.h5 of layers/{layer}.h5 or recording.h5: the curves, the null and the summary.

    All of it in the published form, and for standardised neurons, whose datasets are in the group
    `zscored` and whose attributes end so. Where neurons have copies, the summary is also that of
    the first of each group of copies alone (`..._without_copies`). source: either file. With the
    same seed and number of threads the bytes are the same. Where nothing can be measured, the
    attribute `unmeasured` says why, and no neuron is in a set.
    """
    with open_h5(source) as file:
        activity = file["activity"]
        positions = file["positions"][:] if "positions" in file else None
        bin_seconds = file.attrs.get("bin_seconds")
        attributes = {"seed": seed, "draws": 0, "block_bins": block_bins(bin_seconds)}
        sets = {name: np.zeros(len(activity), bool) for name in ("in_a", "in_b")}
        variances, metrics = {}, {}
        kept = without_copies(activity[:].T) if len(activity) <= MOST_COMPARED else np.True_

        def measure(**how: object) -> dict[str, Array]:
            missing = file.get("missing")
            return reliable_variance(
                activity, positions, bin_seconds, seed=seed, missing=missing, **how
            )

        try:
            published, zscored = measure(), measure(standardise=True)
        except Unmeasured as why:
            print(why)
            attributes["unmeasured"] = str(why)
        else:
            attributes["draws"] = len(published["shared"])
            metrics = svca_metrics(published)
            metrics |= {f"{name}_{ZSCORED}": x for name, x in svca_metrics(zscored).items()}
            if not kept.all() and kept.sum() >= FEWEST:
                alone = svca_metrics(measure(kept=kept))
                metrics |= {f"{name}_without_copies": x for name, x in alone.items()}
            sets = {name: published.pop(name) for name in sets}
            variances = published | {f"{ZSCORED}/{name}": zscored[name] for name in published}
    for metric, (value, low, high, _) in metrics.items():
        attributes |= {metric: value, f"{metric}_ci_low": low, f"{metric}_ci_high": high}
        print(f"{metric}: {value:.4g}")
    with new_h5(out, **attributes) as file:
        for name, values in sets.items():
            put(file, name, values, units="bool", axes=("neuron",))
        for name, values in variances.items():
            units = "squared activity, summed over bins"
            put(file, name, values, units=units, axes=("draw", "component"))
