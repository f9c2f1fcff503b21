"""The objective of a study: what it trains, what it reports, and what it leaves behind."""

import numpy as np
import pytest
from training_settings import WINDOWS

from nma.io.errors import InputError
from nma.io.hdf5 import new_h5, put
from nma.training.dataset import TrainingData
from nma.training.network import Network
from nma.tuning.objective import TrainedScore, default_option, default_settings
from nma.tuning.workers import Pruned

TRAINING = WINDOWS | {"device": "cpu", "threads": 1, "objective": "masked"}
NETWORK = Network("m", "gru", "L1", 0, {"dims": 3, "options": {"layers": 2}, "training": TRAINING})


class Note:
    """Takes the place of Progress; stops a trial after so many reports."""

    def __init__(self, most=np.inf):
        self.rows, self.facts, self.most = [], {}, most

    def __call__(self, step, value):
        self.rows.append((step, value))
        if len(self.rows) >= self.most:
            raise Pruned


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("objective") / "L1.h5"
    activity = np.random.default_rng(0).standard_normal((120, 12)).astype("f4").cumsum(0)
    datasets = {
        "activity": activity / activity.std(),
        "split": np.repeat([0, -1, 1, 2], [80, 5, 20, 15]).astype("i1"),
        **{name: np.zeros(12) for name in ("train_mean", "neuron_ids", "offset", "scale")},
    }
    with new_h5(path, layer="L1", bin_seconds=1.0, bin_width=1, normalise="zscore") as file:
        for name, values in datasets.items():
            put(file, name, values, units="1", axes=("",) * values.ndim)
    return TrainingData([path], "cpu", 1)


def test_it_is_the_score_of_a_network_with_the_settings_of_the_trial(data, tmp_path):
    note = Note()
    values = {"dims": 4, "options.dropout": 0.1, "options.start": None}
    found = TrainedScore(data, NETWORK, "code", tmp_path)(values, note)
    settings = NETWORK.settings | {"dims": 4, "options": {"layers": 2, "dropout": 0.1}}
    trained = data.train(Network("m", "gru", "L1", 0, settings), score_hidden=True)
    assert found == trained.scores["validation_cosmooth_r2"]
    rows = [(row["step"], row["validation_cosmooth_r2"]) for row in trained.history]
    assert note.rows == rows and len(rows) == 4  # each evaluation once
    assert note.facts == {"parameters": sum(w.numel() for w in trained.model.parameters())}


def test_no_state_is_left_by_a_trial_however_it_ends(data, tmp_path):
    score = TrainedScore(data, NETWORK, "code", tmp_path)
    score({}, Note())
    with pytest.raises(Pruned):
        score({}, Note(most=2))
    with pytest.raises(InputError, match="a lower learning_rate may help"):
        score({"training.learning_rate": 1e30}, Note())
    assert not list(tmp_path.iterdir())


def test_defaults_are_the_settings_or_else_those_of_the_class():
    keys = ["dims", "options.layers", "options.units", "training.steps"]
    assert default_settings(NETWORK, keys) == {
        "dims": 3,
        "options.layers": 2,
        "options.units": None,
        "training.steps": 20,
    }
    assert default_option("residual_gru", "options.units") == 64
    assert default_option("gru", "options.dropout") is None  # hidden behind **bottleneck
