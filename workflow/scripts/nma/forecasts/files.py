"""forecasts/{source}/{layer}/{seed}.h5: how well a source forecasts held-out activity."""

from collections.abc import Mapping

import numpy as np

from nma.forecasts.origins import HORIZONS, Activity, Forecaster, gain_and_error, scored_origins
from nma.io.hdf5 import new_h5, put
from nma.preprocessing.splits import in_split
from nma.preprocessing.tensors import Tensor
from nma.types import Array, Bins, BinsNeurons, FilePath


def calibrated(
    activity: Activity, estimates: Mapping[int, BinsNeurons], origins: Mapping[int, Bins]
) -> dict[int, BinsNeurons]:
    """Estimates times the gains that are best on validation, which simple forecasts have too.

    estimates: {horizon: of the bins so long after its origins}.
    """
    found = {}
    for h, starts in origins.items():
        judged = in_split(activity.split, "validation")[starts + h]
        gain, _ = gain_and_error(activity, starts[judged] + h, estimates[h][judged])
        found[h] = np.float32(gain) * estimates[h]
    return found


def write_forecasts(
    out: FilePath,
    tensor: Tensor,
    activity: Activity,
    forecaster: Forecaster,
    *,
    source: str,
    seed: int = 0,
    calibrate: bool = False,
) -> None:
    """Write the squared errors of forecasts of all held-out bins, summed over neurons.

    calibrate: whether gains are still to be fitted to validation.
    """
    origins = scored_origins(activity.split)
    estimates = forecaster.forecast(activity, origins)
    if calibrate:
        estimates = calibrated(activity, estimates, origins)
    shape = len(activity.split), len(HORIZONS)
    error, deviation = np.full(shape, np.nan), np.full(shape, np.nan)
    for column, h in enumerate(HORIZONS):
        bins = origins[h] + h
        sums = squared_sums(activity, bins, estimates[h])
        error[bins, column], deviation[bins, column] = sums
    attributes = {"source": source, "layer": tensor.layer, "seed": seed}
    with new_h5(out, **attributes, bin_seconds=tensor.bin_seconds) as file:
        put(file, "horizons", np.array(HORIZONS), units="bins", axes=("horizon",))
        kinds = {"error": "", "deviation": ", from the train mean"}
        for (name, of), values in zip(kinds.items(), (error, deviation), strict=True):
            units, axes = f"summed over neurons{of}", ("bin that is forecast", "horizon")
            put(file, name, values, units=units, axes=axes, compression="lzf")
        if tensor.missing is not None:
            entries = activity.present.sum(axis=1)
            put(file, "entries", entries, units="neurons recorded in the bin", axes=("bin",))
        put(file, "split", tensor.split, units="0 train, 1 validation, 2 test, -1 gap",
            axes=("bin",))  # fmt: skip


def squared_sums(activity: Activity, bins: Bins, estimate: BinsNeurons) -> tuple[Array, Array]:
    """Squared errors of an estimate of these bins and of the train mean, over recorded entries."""
    truth, present = activity.centred[bins], activity.present[bins]
    wrong = np.where(present, truth - estimate, 0)
    return tuple(np.square(x, dtype=np.float64).sum(axis=1) for x in (wrong, truth))
