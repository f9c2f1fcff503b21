"""One network of a config's model."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Network:
    """All that the training of a network depends on, apart from data and code.

    model: its name in the config; class_name: that of nma/models/{class_name}.py; layer: or `all`
    for a shared network; seed: one of `seeds`; settings: {"dims", "options", "training"}, the last
    with `recipe`, `device` and `threads`.
    """

    model: str
    class_name: str
    layer: str
    seed: int
    settings: dict[str, Any]
