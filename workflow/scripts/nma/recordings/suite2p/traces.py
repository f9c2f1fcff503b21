"""Traces of a suite2p folder, computed from its files as they are asked for.

Fluorescence is F less the neuropil, which the coefficient of suite2p scales. dF/F is that less its
baseline, divided by the baseline. suite2p subtracts the same baseline before it deconvolves
(`preprocess` with `baseline: maximin`): a Gaussian, then a minimum, then a maximum over a window.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from nma.types import Neurons, NeuronsBins

Rows = Callable[[Neurons], NeuronsBins]  # of indices of ROIs in a plane, to their traces


@dataclass(frozen=True)
class Traces:
    """The ROIs of all planes, one after another, as an array of neurons x bins.

    rows: the traces of each plane, which may be longer than bins; rois: the indices in its plane of
    each ROI that counts.
    """

    rows: Sequence[Rows]
    rois: Sequence[Neurons]
    bins: int
    dtype: np.dtype

    @property
    def shape(self) -> tuple[int, int]:
        """Neurons, bins."""
        return sum(map(len, self.rois)), self.bins

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: object) -> NeuronsBins:
        """As of an array, for an index of neurons, or of neurons and bins."""
        neurons, bins = index if isinstance(index, tuple) else (index, slice(None))
        chosen = np.arange(len(self))[neurons]
        found = self._of(np.atleast_1d(chosen))
        return found[:, bins] if np.ndim(chosen) else found[0, bins]

    def _of(self, neurons: Neurons) -> NeuronsBins:
        found, start = np.empty((len(neurons), self.bins), self.dtype), 0
        for rows, rois in zip(self.rows, self.rois, strict=True):
            here = (neurons >= start) & (neurons < start + len(rois))
            if here.any():
                found[here] = rows(rois[neurons[here] - start])[:, : self.bins]
            start += len(rois)
        return found


def fluorescence(f: NeuronsBins, neuropil: NeuronsBins, coefficient: float) -> Rows:
    """F less the coefficient times the neuropil; both (ROIs, frames)."""
    return partial(_less_neuropil, f, neuropil, coefficient)


def _less_neuropil(
    f: NeuronsBins, neuropil: NeuronsBins, coefficient: float, rois: Neurons
) -> NeuronsBins:
    return f[rois] - coefficient * neuropil[rois]


def relative_change(traces: Rows, *, sigma: float, window: int) -> Rows:
    """dF/F of traces; sigma: of the Gaussian; window: of minimum and maximum; both in frames.

    A ROI has none, its values are NaN, unless F is finite and the baseline above 0 in all frames.
    """
    return partial(_relative_change, traces, sigma, window)


def _relative_change(traces: Rows, sigma: float, window: int, rois: Neurons) -> NeuronsBins:
    f = traces(rois)
    baseline = running_baseline(f, sigma=sigma, window=window)
    has_any = (np.isfinite(f) & (baseline > 0)).all(axis=1, keepdims=True)
    return np.where(has_any, (f - baseline) / np.where(has_any, baseline, 1), np.nan)


def running_baseline(f: NeuronsBins, *, sigma: float, window: int) -> NeuronsBins:
    """The baseline `maximin` of suite2p; f: (ROIs, frames); sigma, window: in frames."""
    from scipy.ndimage import gaussian_filter1d, maximum_filter1d, minimum_filter1d

    smooth = gaussian_filter1d(f, sigma, axis=1) if sigma else f
    return maximum_filter1d(minimum_filter1d(smooth, window, axis=1), window, axis=1)
