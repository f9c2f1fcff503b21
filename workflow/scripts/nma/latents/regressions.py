"""Settings of the regressions, chosen once for the scores and for what networks start from."""

import json
from collections.abc import Mapping

from nma.baselines import kernel_ridge, ridge
from nma.baselines.fitting import FittedTo, Settings
from nma.io.files import atomic_path
from nma.io.parsing import read_json
from nma.preprocessing.splits import SPLITS, in_split
from nma.preprocessing.tensors import Tensor, read_tensor
from nma.types import FilePath


def write_choice(tensor: FilePath, out: FilePath, *, seed: int) -> None:
    """Write regressions/{layer}.json, {regression: its settings}; seed: of what fitting hides."""
    found = choose_regressions(read_tensor(tensor), seed)
    with atomic_path(out) as path:
        path.write_text(json.dumps(found, indent=2) + "\n")


def read_choice(path: FilePath) -> dict[str, Settings]:
    """The settings of regressions/{layer}.json. Raises InputError where it is damaged."""
    return read_json(path)


def choose_regressions(tensor: Tensor, seed: int) -> Mapping[str, Settings]:
    """The settings of each regression that do best at hidden neurons of validation."""
    train, validation = (in_split(tensor.split, name) for name in SPLITS[:2])
    centred = tensor.centred
    data = FittedTo(centred[train], centred[validation], seed, tensor.present[validation])
    return {"ridge": ridge.choose(data), "kernel_ridge": kernel_ridge.choose(data)}
