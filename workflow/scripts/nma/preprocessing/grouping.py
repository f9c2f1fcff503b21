"""How neurons are grouped and what comes of it, and the words of errors about groups."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nma.io.errors import InputError
from nma.types import FilePath, Neurons


@dataclass(frozen=True)
class Grouping:
    """How neurons are grouped, as in the config's section `layers`.

    by: `depth` (planes of z that lie apart, else slices of z with equal numbers of neurons),
    `xy_blocks` (a grid of equal blocks), `kmeans` (on positions), `labels` (one a neuron, in the
    recording), `planes` (of imaging, as the recording names them), `whole` (all neurons); count: of
    layers; seed: of k-means and of samples; min_neurons: the fewest of a layer; left_out: labels
    and planes that are no layer (`except` in the config); unlabelled: `error`, or `leave_out` for
    neurons without a label.
    """

    by: str
    count: int
    seed: int = 1
    min_neurons: int = 2
    left_out: tuple[str, ...] = ()
    unlabelled: str = "error"


class Layers(NamedTuple):
    """layer_of: the layer 0..count-1 of each neuron (neurons,), -1 of those in none; names: of the
    layers; left_out: {group: number of its neurons} of the others."""

    layer_of: Neurons
    names: list[str]
    left_out: dict[str, int]

    @property
    def sizes(self) -> Neurons:
        """The number of neurons of each layer."""
        return np.bincount(self.layer_of[self.layer_of >= 0], minlength=len(self.names))


def groups_found(kept: Mapping[str, int], left_out: Mapping[str, int], keys: str) -> str:
    """The groups that may be layers and those that may not, by these keys of the config."""
    found = f"{len(kept)}: {_counts(kept)} neurons" if kept else "none"
    return found + (f", without {_counts(left_out)} (layers: {keys})" if left_out else "")


def _counts(sizes: Mapping[str, int]) -> str:
    """Groups with their numbers of neurons, for an error."""
    shown = [f"{name} ({size})" for name, size in [*sizes.items()][:12]]
    return ", ".join(shown) + (", ..." if len(sizes) > 12 else "")


def count_error(file: FilePath, field: str, found: str, count: int, hint: str = "") -> InputError:
    return InputError(
        file, field, found=found, expected=f"{count} layers (layers: count)", hint=hint
    )
