"""The sources that scores compare: raw neurons, PCA, baselines and the config's models."""

from collections.abc import Iterable
from typing import NamedTuple


class Baseline(NamedTuple):
    """A model that networks are compared with: of nma/baselines/{name}.py, unless it has a rule.

    predicts: what of hidden activity it is scored on: whole neurons (`cosmooth`), single entries
    (`masked`); latents: whether it has any, and so a reconstruction, dims, time scales and
    readouts; maps: whether its latents, and neurons as it reconstructs them, are mapped and
    probed; own_rule: whether a rule of its own fits and encodes it.
    """

    predicts: tuple[str, ...] = ("cosmooth", "masked")
    latents: bool = True
    maps: bool = False
    own_rule: bool = False


BASELINES = {
    "lds": Baseline(maps=True, own_rule=True),
    "ppca": Baseline(),
    "ridge": Baseline(latents=False),
    "kernel_ridge": Baseline(predicts=("cosmooth",), latents=False),
    "interpolation": Baseline(predicts=("masked",), latents=False),
}
# Baselines that predict hidden neurons, and those that have latents.
OF_NEURONS = tuple(name for name, baseline in BASELINES.items() if "cosmooth" in baseline.predicts)
WITH_LATENTS = tuple(name for name, baseline in BASELINES.items() if baseline.latents)
MAPPED = tuple(name for name, baseline in BASELINES.items() if baseline.maps)
REGRESSIONS = ("ridge", "kernel_ridge")
# Baselines that are fitted together, by one rule.
TOGETHER = tuple(name for name, baseline in BASELINES.items() if not baseline.own_rule)
# Simple forecasts of later bins, of nma/forecasts/fitting.py: from a neuron's own past, from
# principal components of all neurons, and by the LDS.
FORECASTS = ("last_bin", "moving_average", "autoregression", "shared_linear")
FORECASTS += ("vector_autoregression", "lds")
# Classes of nma/models, by the names of their files, whose networks forecast.
FORECASTING = ("lfads", "s5")


def compared(metric: str, others: Iterable[str]) -> list[str]:
    """The sources that a metric compares, baselines first; others: PCA and the models."""
    kind = metric.removesuffix("_r2")
    return [*(n for n, baseline in BASELINES.items() if kind in baseline.predicts), *others]


def opponents(sources: Iterable[str]) -> list[str]:
    """Those of the sources that networks are compared with at hidden neurons: all but networks."""
    return [s for s in sources if s in OF_NEURONS or s.split("_")[0] in ("pca", "lds")]


def is_lds(source: str) -> bool:
    """Whether a source is an LDS: with dims of its own choice, or with those of a model."""
    return source == "lds" or source.startswith("lds_")


def is_reserved(name: str) -> bool:
    """Whether a model may not have this name, as another source or a file of it has."""
    known = name in ("raw", "truth", "attainable", *BASELINES, *FORECASTS)
    return known or name.split("_")[0] in ("pca", "lds") or name.endswith("_latents")
