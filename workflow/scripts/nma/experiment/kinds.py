"""The kinds of recordings, bins of time or trials, and what each is analysed with.

Trials have no order, so nothing follows from the trial before: whatever models time is left out.
This is the one place that says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nma.sources import BASELINES, MAPPED, WITH_LATENTS

# Tables of scores (folders or files below scores/) and figures of trials. Those that no recording
# of time has come last; every other table and figure, new ones included, is of time.
SCORES = {"shared": ("dimensionality", "layers"), "own": ("decoding", "tuning", "signal")}
FIGURES = {
    "shared": ("headline", "neurons", "pca_curves", "summary", "dimensionality", "layers", "umap"),
    "own": ("decoding", "psychometric", "tuning_and_noise", "signal"),
}


@dataclass(frozen=True)
class Kind:
    """What recordings of a kind are analysed with.

    baselines: of nma.sources; predictors: other sources of hidden neurons, which scores fit;
    networks: whether there are any; mapped: baselines that are mapped; svca_of_all: whether shared
    variance components of all neurons together are measured too, which takes too long of the tens
    of thousands that trials are recorded of; scores, figures: names that it has of its own (`own`)
    and with other kinds (`shared`), or None for all but those of trials; imported_by, tensors_by:
    the rules that import them and make their tensors.
    """

    name: str
    baselines: tuple[str, ...]
    predictors: tuple[str, ...] = ()
    networks: bool = True
    mapped: tuple[str, ...] = ()
    svca_of_all: bool = True
    scores: Mapping[str, tuple[str, ...]] | None = None
    figures: Mapping[str, tuple[str, ...]] | None = None
    imported_by: str = "import_recording"
    tensors_by: str = "make_tensor"

    @property
    def with_latents(self) -> list[str]:
        """The baselines that have latents."""
        return [source for source in self.baselines if source in WITH_LATENTS]

    def has_scores(self, name: str) -> bool:
        """Whether recordings of this kind have the table scores/{name}."""
        return _has(self.scores, SCORES, name)

    def has_figure(self, name: str) -> bool:
        """Whether recordings of this kind have the figure."""
        return _has(self.figures, FIGURES, name)


def _has(
    mine: Mapping[str, tuple[str, ...]] | None, trials: Mapping[str, tuple[str, ...]], name: str
) -> bool:
    if mine is None:
        return name not in trials["own"]
    return name in mine["shared"] or name in mine["own"]


KINDS = {
    "time": Kind("time", tuple(BASELINES), mapped=MAPPED),
    "trials": Kind(
        "trials",
        ("ppca", "ridge", "kernel_ridge"),
        predictors=("angle", "angle_and_neurons"),
        networks=False,
        svca_of_all=False,
        scores=SCORES,
        figures=FIGURES,
        imported_by="import_trials",
        tensors_by="make_trial_tensor",
    ),
}


def kind_of(item: Mapping[str, Any]) -> Kind:
    """The kind of an item of `recordings`: simulations say it among their settings."""
    return KINDS[item.get("simulate", item).get("kind", "time")]
