"""Scores of networks of random groups are compared with those of layers."""

import numpy as np
import pytest

from nma.scores.null import retrained_scores
from nma.scores.table import Score


def table(**values):
    return [Score("all", "gru", metric, "test", 0, value) for metric, value in values.items()]


def test_scores_are_compared_with_those_of_random_groups():
    observed = table(layer_accuracy_input_knn=0.8, layer_ami_supervised=0.1, layer_chance=0.3)
    nulls = [
        table(layer_accuracy_input_knn=value, layer_ami_supervised=0.2, layer_chance=0.3)
        for value in (0.5, 0.9, 0.4)
    ]
    scores = {score.metric: score for score in retrained_scores(observed, nulls)}
    assert set(scores) == {
        f"{metric}_retrained{end}"
        for metric in ("layer_accuracy_input_knn", "layer_ami_supervised")
        for end in ("", "_p")
    }
    found = scores["layer_accuracy_input_knn_retrained"]
    assert (found.layer, found.source, found.split, found.seed) == ("all", "gru", "test", 0)
    assert found[5:] == (pytest.approx(0.6), 0.4, 0.9, 3)
    p = scores["layer_accuracy_input_knn_retrained_p"]
    assert (p.value, p.n) == (pytest.approx(2 / 4), 3) and np.isnan([p.ci_low, p.ci_high]).all()
    assert scores["layer_ami_supervised_retrained_p"].value == pytest.approx(4 / 4)


def test_a_score_that_a_repetition_lacks_is_left_out():
    """As the map of too few points."""
    observed = table(layer_ami_supervised=0.1)
    assert retrained_scores(observed, [table(layer_ami_supervised=0), table()]) == []


def test_nulls_of_permuted_labels_are_not_tested_again():
    observed = table(layer_ami_supervised_null=0.1, layer_ami_supervised_p=0.5)
    assert retrained_scores(observed, [observed]) == []
