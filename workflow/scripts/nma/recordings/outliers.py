"""Neurons that would decide every score: without information in train, or far outside it later."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from nma.recordings.checks import MIN_NEURONS, Field
from nma.recordings.selection import Selection
from nma.statistics.r2 import LARGEST
from nma.types import Bins, Neurons, NeuronsBins

FEW = 3  # bins of train
MOST = 0.25  # the share of neurons beyond which not single neurons have changed but the recording
LEFT_OUT, CAPPED, KEPT = "left out", "capped", "kept"


@dataclass(frozen=True)
class OutlierRule:
    """The settings `tensors: outliers` and their thresholds (docs/recordings.md).

    policy: `drop_neurons`, `clip` or `report`. Thresholds: share, of the variance in train, that
    the three bins with most of it hold; reach, how far later activity lies outside its range in
    train, in units of that range; deviations, how far from its mean there, as root mean square in
    standard deviations of train. parts: from a number of bins to those of train and of each later
    part of the recording, as a slice or indices; none where it has no train.
    """

    policy: str
    share: float
    reach: float
    deviations: float
    parts: Callable[[int], Sequence[slice | Bins]]


class Outlier(NamedTuple):
    """Why a neuron was found, and the range (low, high) at which its activity may be capped."""

    reason: str
    low: float
    high: float

    @property
    def can_be_capped(self) -> bool:
        """Whether its activity would vary then."""
        return self.low < self.high


@dataclass(frozen=True)
class Outliers:
    """The neurons found, {id: outlier}, and what is done with each, {id: treatment}."""

    found: dict[int, Outlier] = field(default_factory=dict)
    treatment: dict[int, str] = field(default_factory=dict)

    def of(self, treatment: str) -> list[int]:
        """The ids of the neurons that are treated so, ascending."""
        return [neuron for neuron, done in self.treatment.items() if done == treatment]

    def cap(self, neurons: Neurons, block: NeuronsBins) -> None:
        """Cap the activity (neurons, bins) of these neurons (ids), in place."""
        for neuron, of_neuron in zip(neurons.tolist(), block, strict=True):
            if self.treatment.get(neuron) == CAPPED:
                of_neuron.clip(self.found[neuron].low, self.found[neuron].high, out=of_neuron)


def find_outliers(activity: Field, selected: Selection, rule: OutlierRule | None) -> Outliers:
    """Find outliers among the neurons selected, and decide what is done with each.

    activity: (neurons, bins), which may hold NaN; rule: None to look for none. `drop_neurons`
    leaves outliers out; but where more than a quarter of the neurons lie outside train, the
    recording has changed and not single neurons, and these are capped instead. `clip` caps at the
    range in train, and leaves out neurons of which that leaves nothing. `report` changes nothing.
    Raises InputError where fewer than two neurons are left, or where float32 cannot hold sums of
    squares of what is left.
    """
    parts = rule.parts(len(selected.bins)) if rule else []
    if not parts:
        return Outliers()
    found, largest, kept = {}, {}, selected.kept
    for start, block in selected.blocks(activity.value):
        for neuron, of_neuron in zip(kept[start:].tolist(), block, strict=False):
            train, *later = (_finite(of_neuron[part]) for part in parts)
            if outlier := _outlier(train, later, rule):
                found[neuron] = outlier
            largest[neuron] = max(np.abs(x).max(initial=0) for x in (train, *later))
    outliers = Outliers(found, _treatments(found, rule.policy, len(kept)))
    _check(activity, outliers, len(kept), largest)
    return outliers


def _finite(values: Bins) -> Bins:
    return values[np.isfinite(values)].astype(np.float64)


def _outlier(train: Bins, later: Sequence[Bins], rule: OutlierRule) -> Outlier | None:
    """The outlier that a neuron is, if it is one; train, later: its activity in each split."""
    if not len(train) or np.ptp(train) <= np.finfo(np.float32).eps * np.abs(train).max():
        return Outlier("constant in train", 0.0, 0.0)
    squares, few = np.square(train - np.median(train)), min(FEW, len(train))
    order = np.argpartition(squares, -few)
    share = squares[order[-few:]].sum() / squares.sum()
    if share > rule.share:
        rest = train[order[:-few]]
        reason = f"{FEW} bins hold {100 * share:.4g} % of its variance in train"
        return Outlier(reason, rest.min(initial=np.inf), rest.max(initial=-np.inf))
    if np.abs(train).max() > LARGEST:
        return Outlier(f"activity of {np.abs(train).max():.3g} in train", 0.0, 0.0)
    low, high, mean, deviation = train.min(), train.max(), train.mean(), train.std()
    reach = max((max(x.max() - high, low - x.min()) for x in later if len(x)), default=0.0)
    if reach > rule.reach * (high - low):
        times = reach / (high - low)
        return Outlier(f"outside its range in train by {times:.3g} times that range", low, high)
    squared = max((np.square(x - mean).mean() for x in later if len(x)), default=0.0)
    if squared > (rule.deviations * deviation) ** 2:
        times = np.sqrt(squared) / deviation
        reason = f"{times:.3g} standard deviations from its mean in train (root mean square)"
        return Outlier(reason, low, high)
    return None


def _treatments(found: Mapping[int, Outlier], policy: str, neurons: int) -> dict[int, str]:
    """{id: treatment} of the outliers found among so many neurons."""
    if policy == "report":
        return dict.fromkeys(found, KEPT)
    outside = sum(outlier.can_be_capped for outlier in found.values())
    caps = policy == "clip" or outside > MOST * neurons
    return {n: CAPPED if caps and x.can_be_capped else LEFT_OUT for n, x in found.items()}


def _check(activity: Field, outliers: Outliers, neurons: int, largest: Mapping[int, float]) -> None:
    """Raise InputError where too few of so many neurons are left, or one that is kept is too large.

    largest: absolute activity of each.
    """
    left = neurons - len(outliers.of(LEFT_OUT))
    if left < MIN_NEURONS:
        raise activity.error(
            f"{left} usable of {neurons} neurons that vary (the others do so in {FEW} bins of "
            f"train at most, lie far outside train later, or exceed {LARGEST:g})",
            f"at least {MIN_NEURONS}",
            "`tensors: split` says which bins are train",
        )
    for neuron in outliers.of(KEPT):
        if largest[neuron] > LARGEST:
            raise activity.error(
                f"{largest[neuron]:.3g} in neuron {neuron}",
                f"numbers up to {LARGEST:g}, whose squares can be added up",
                "`tensors: outliers: drop_neurons` leaves it out",
            )
