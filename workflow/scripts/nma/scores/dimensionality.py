"""How many dimensions a layer has, by each definition (METHODS 4)."""

import numpy as np
from scipy.special import stdtrit

from nma.io.hdf5 import open_h5
from nma.preprocessing.splits import SPLITS
from nma.statistics.intervals import pooled_r2

SVCA_METRICS = ("svca_reliable_fraction", "svca_reliable_components")


def layer_rows(layer, pca, linear):
    """Rows (layer, source, metric, split, seed, value, low, high, n) of one layer.

    pca: its pca/{layer}.h5, for `participation_ratio`; linear: {source: its latents} of PPCA and
    smooth PPCA, for `cosmooth_r2_at_{k}_dims` on held-out time and `dims_within_one_error`, the
    fewest dims that are as good as the best but for one standard error of that.
    """
    with open_h5(pca) as file:
        shares = file["explained_variance_ratio"][:]
    value = participation_ratio(shares)
    rows = [(layer, "pca", "participation_ratio", "train", 0, value, "", "", len(shares))]
    for source, path in linear.items():
        with open_h5(path) as file:
            errors, deviation, split, tried = (
                file["cosmooth_error_of_dims"][:],
                file["cosmooth_deviation"][:],
                file["split"][:],
                file.attrs["dims_tried"],
            )
        for code, name in list(enumerate(SPLITS))[1:]:
            bins = split == code
            if bins.any():
                curve = [pooled_r2(error, deviation[bins]) for error in errors[bins].T]
                rows += [
                    (layer, source, f"cosmooth_r2_at_{k}_dims", name, 0, *values)
                    for k, values in zip(tried, curve, strict=True)
                ]
                fewest = within_one_error(tried, curve)
                metric = "dims_within_one_error"
                rows.append((layer, source, metric, name, 0, fewest, "", "", len(tried)))
    return rows


def svca_rows(layer, path):
    """The same of a file of scores.svca; layer: `all` for all neurons of the recording."""
    with open_h5(path) as file:
        a = file.attrs
        return [
            (
                layer,
                "raw",
                m,
                "all",
                0,
                float(a[m]),
                a[f"{m}_ci_low"],
                a[f"{m}_ci_high"],
                a["draws"],
            )
            for m in SVCA_METRICS
        ]


def participation_ratio(variances):
    """(sum of l)^2 / sum of l^2 of the variances l along components: k where k are equal."""
    return float(np.sum(variances) ** 2 / np.sum(np.square(variances)))


def within_one_error(tried, curve):
    """The fewest of the dims tried whose value is within one standard error of the best.

    curve: (value, low, high, n) of each, in the order of `tried`, ascending; the standard error is
    that of the best's 95 % Student interval over n blocks of time.
    """
    values = np.array([value for value, *_ in curve])
    value, low, _, n = curve[int(np.argmax(values))]
    error = (value - low) / stdtrit(n - 1, 0.975) if n > 1 else 0.0
    return int(tried[int(np.argmax(values >= value - error))])
