"""Recipes, the settings of training: `sequence`, the study's (METHODS 1.6), and `windows`.

A field is a key of the config's section `training: {recipe}`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class Sequence:
    """All layers and bins of train as one batch, SAM of radius `rho` around Adam.

    Train and validation are scored every `evaluate_every` steps; the last weights are kept.
    """

    steps: int
    evaluate_every: int
    learning_rate: float
    weight_decay: float
    rho: float
    patience: ClassVar[None] = None
    objective: ClassVar[str] = "reconstruct"
    observation: ClassVar[str] = "squared"


@dataclass(frozen=True)
class Windows:
    """Batches of `batch_size` random windows of `window` bins, AdamW, clipped gradients.

    The learning rate climbs linearly over the first `warmup` share of the steps and falls as a
    cosine to 0. Train and validation are scored every `evaluate_every` steps. Training stops after
    `patience` evaluations without a better score, and the best weights are kept; None trains to the
    end and keeps the last ones.

    objective: `reconstruct`, the mean squared error of visible entries; `masked`, that of hidden
    ones; `mixed`, both, the second with `masked_weight`. noise: in standard deviations of a neuron,
    added to the visible neurons where whole neurons are hidden: many weak predictors then beat few
    strong ones, as in ridge regression. precision: of the matrix products of a step, `float32` or
    `bfloat16`; weights stay float32. observation: `squared`, or a family of
    statistics.observation_models, whose log-likelihood replaces the squared error.
    """

    steps: int
    evaluate_every: int
    learning_rate: float
    weight_decay: float
    window: int
    batch_size: int
    warmup: float
    clip: float
    objective: str
    masked_weight: float
    noise: float
    patience: int | None
    precision: str
    observation: str


Recipe = Sequence | Windows
RECIPES = {"sequence": Sequence, "windows": Windows}


def recipe_of(training: Mapping[str, Any]) -> Recipe:
    """The recipe of a model's `training` settings, which also hold `device` and `threads`."""
    settings = dict(training)
    for name in ("device", "threads"):
        settings.pop(name, None)
    return RECIPES[settings.pop("recipe")](**settings)
