"""The objective of a study: the score of a network that is trained with the settings of a trial."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from inspect import signature
from pathlib import Path
from typing import Any

from nma.registry import model_class
from nma.training.dataset import TrainingData
from nma.training.loop import History
from nma.training.network import Network
from nma.tuning.best_settings import METRIC
from nma.tuning.search_space import get, replaced
from nma.tuning.workers import Progress
from nma.types import FilePath


@dataclass(frozen=True)
class TrainedScore:
    """A function of the settings {key: value} of a trial and of its Progress, to METRIC.

    network: its settings are those of the first trial; code: the digest of the code of training;
    folder: for the state from which an interrupted trial resumes.
    """

    data: TrainingData
    network: Network
    code: str
    folder: FilePath

    def __call__(self, values: dict[str, Any], progress: Progress) -> float:
        """Train a network; None in values leaves a setting as it is. Raises what training does."""
        known = {key: value for key, value in values.items() if value is not None}
        network = replace(self.network, settings=replaced(self.network.settings, known))
        state = Path(self.folder, f"{self.data.digest(network, self.code)}.pt")
        reported = 0

        def report_new(history: History) -> None:
            nonlocal reported
            new, reported = history[reported:], len(history)
            for row in new:
                progress(row["step"], row[METRIC])

        try:
            trained = self.data.train(
                network, state_path=state, score_hidden=True, after_evaluation=report_new
            )
        finally:
            state.unlink(missing_ok=True)
        progress.facts["parameters"] = sum(weight.numel() for weight in trained.model.parameters())
        return trained.scores[METRIC]


def default_settings(network: Network, keys: Iterable[str]) -> dict[str, Any]:
    """{key: value} of a network before it is tuned: its settings, or the defaults of its class."""
    return {
        key: get(network.settings, key, default_option(network.class_name, key)) for key in keys
    }


def default_option(class_name: str, key: str) -> Any:
    """The default of an option in the signature of a class, or None where it has none there."""
    parameter = signature(model_class(class_name)).parameters.get(key.removeprefix("options."))
    return parameter.default if parameter else None
