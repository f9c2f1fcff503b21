"""How many dimensions a layer has, by each definition (METHODS 4)."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.special import stdtrit

from nma.io.hdf5 import open_h5
from nma.preprocessing.splits import evaluated
from nma.scores.table import Score
from nma.statistics.intervals import pooled_r2
from nma.types import Array, FilePath

# The fewest and the most dims around the best that are as good.
WITHIN = ("dims_within_one_error", "dims_within_one_error_at_most")
SVCA_METRICS = tuple(
    f"svca_reliable_{measure}{form}"
    for form in ("", "_zscored", "_without_copies")
    for measure in ("fraction", "components")
)


def layer_scores(layer: str, pca: FilePath, baselines: Mapping[str, FilePath]) -> list[Score]:
    """Dimensions of one layer by its principal components and by its baselines.

    pca: pca/{layer}.h5, for `participation_ratio` (n: components there are); baselines: {source:
    its latents}, for `cosmooth_r2_at_{k}_dims` on validation and test, and `dims_within_one_error`
    with `dims_within_one_error_at_most` (n: how many numbers of dims were tried). The latter two
    are left out where hidden neurons are not predicted.
    """
    with open_h5(pca) as file:
        shares = file["explained_variance_ratio"][:]
    ratio = participation_ratio(shares)
    scores = [Score(layer, "pca", "participation_ratio", "train", 0, ratio, n=len(shares))]
    for source, path in baselines.items():
        with open_h5(path) as file:
            errors = file["cosmooth_error_of_dims"][:]
            deviation, split = file["cosmooth_deviation"][:], file["split"][:]
            tried = file.attrs["dims_tried"]
        for name, bins in evaluated(split):
            curve = [pooled_r2(error, deviation[bins]) for error in errors[bins].T]
            scores += [
                Score(layer, source, f"cosmooth_r2_at_{k}_dims", name, 0, *values)
                for k, values in zip(tried, curve, strict=True)
            ]
            if not predicts(curve):
                continue
            ends = within_one_error(tried, curve)
            for metric, dims in zip(WITHIN, ends, strict=True):
                scores.append(Score(layer, source, metric, name, 0, dims, n=len(tried)))
    return scores


def svca_scores(layer: str, path: FilePath) -> list[Score]:
    """Scores of a file of scores.svca; layer: `all` for all neurons of the recording; n: draws.

    With them `neurons`, how many there are: every count of dims grows with it. That alone where
    nothing could be measured.
    """
    with open_h5(path) as file:
        found, neurons = dict(file.attrs), len(file["in_a"])
    return [
        Score(layer, "raw", "neurons", "all", 0, neurons),
        *_svca_rows(layer, found),
    ]


def _svca_rows(layer: str, found: Mapping[str, float]) -> list[Score]:
    return [
        Score(
            layer,
            source="raw",
            metric=metric,
            split="all",
            seed=0,
            value=found[metric],
            ci_low=found[f"{metric}_ci_low"],
            ci_high=found[f"{metric}_ci_high"],
            n=found["draws"],
        )
        for metric in SVCA_METRICS
        if metric in found
    ]


def participation_ratio(variances: Array) -> float:
    """(sum of l)^2 / sum of l^2 of the variances l along components: k where k are equal."""
    return float(np.sum(variances) ** 2 / np.sum(np.square(variances)))


def predicts(curve: Sequence[tuple]) -> bool:
    """Whether the best of a curve (see within_one_error) is better than the train mean: its
    interval, or the value where it has none, lies above 0."""
    value, low, *_ = max(curve, key=lambda point: np.nan_to_num(point[0], nan=-np.inf))
    return bool(value > 0 if np.isnan(low) else low > 0)


def within_one_error(tried: Sequence[int], curve: Sequence[tuple]) -> tuple[int, int]:
    """The fewest and the most dims whose value is within one standard error of the best, as are all
    that were tried between these two.

    curve: (value, low, high, n) of each, in the order of `tried`, ascending; the standard error is
    that of the best's 95 % Student interval over n blocks of time.
    """
    values = np.array([value for value, *_ in curve])
    best = int(np.nanargmax(values))
    value, low, _, n = curve[best]
    error = (value - low) / stdtrit(n - 1, 0.975) if n > 1 else 0.0
    worse = np.flatnonzero(~(values >= value - error))
    first = worse[worse < best].max(initial=-1) + 1
    last = worse[worse > best].min(initial=len(values)) - 1
    return int(tried[first]), int(tried[last])
