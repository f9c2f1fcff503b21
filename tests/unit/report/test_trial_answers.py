"""Sentences on trials, of numbers that are known."""

import pandas as pd
import pytest

from nma.report.trial_answers import (
    angle_sentence,
    decoding_rows,
    noise_sentence,
    signal_sentence,
)
from nma.report.verdict import sentences

LAYERS = ["L1", "L2"]


def frame(rows):
    columns = ["layer", "source", "metric", "value", "ci_low", "ci_high", "split"]
    rows = [row if len(row) == 7 else (*row, "test") for row in rows]
    return pd.DataFrame(rows, columns=columns).assign(seed=0, n=10)


def table(both=(0.5, 0.6), known=True):
    rows = [("all", "raw", "decoding_error", 1.5, 1.25, 2.0)]
    for layer, error, score, of_both in zip(LAYERS, (3.0, 4.0), (0.3, 0.4), both, strict=True):
        rows += [
            (layer, "raw", "decoding_error", error, 2.5, 4.5),
            (layer, "pca", "decoding_error", error - 1, 1.5, 3.5),
            (layer, "angle", "cosmooth_r2", score, 0.2, 0.5),
            (layer, "ppca", "cosmooth_r2", score + 0.1, 0.2, 0.5),
            (layer, "angle_and_neurons", "cosmooth_r2", of_both, 0.2, 0.7),
            (layer, "raw", "signal_share", score, 0.2, 0.5),
            (layer, "raw", "signal_share_median", score - 0.1, 0.2, 0.5),
            (layer, "truth", "signal_share", 0.35, None, None, "all"),
        ]
        if known:
            rows.append((layer, "raw", "discrimination_threshold", 2.0, 1.0, 3.0))
    return frame(rows)


def test_errors_of_layers_the_best_source_and_all_neurons():
    assert angle_sentence(table(), LAYERS, "test") == (
        "From neurons with a median error of 3.00 to 4.00 degrees in 2 layers, and best from PCA, "
        "with 2.00 to 3.00 degrees; from the sampled neurons of all layers together with 1.50 "
        "[1.25, 2.00] degrees. Differences of 2.00 degrees are told right in 75 % of the choices. "
        "Chance has an error of 90 degrees."
    )
    assert "75 %" not in angle_sentence(table(known=False), LAYERS, "test")


def test_shared_noise_is_what_both_have_over_the_angle():
    said = noise_sentence(table(), "test")
    assert said.startswith("Yes: in cosmooth_r2 of hidden neurons the angle alone has 0.350, other")
    assert (
        "other neurons alone (by PPCA) 0.450, and both 0.550; both less the angle is 0.200" in said
    )
    assert "do as well" not in said


def test_shared_noise_is_not_shown_where_the_interval_holds_0():
    said = noise_sentence(table(both=(0.31, 0.39)), "test")
    assert said.startswith("Not shown: ")
    assert said.endswith("Other neurons alone do as well as both, so they tell the angle too.")


def test_the_share_that_is_signal_and_the_simulated_one():
    assert signal_sentence(table(), LAYERS, "test") == (
        "A share of 0.30 to 0.40 of the variance over trials in each layer (0.20 to 0.30 of the "
        "median neuron): so much do trials at neighbouring angles have in common. Simulated: 0.35."
    )


def test_a_row_a_layer_and_source():
    rows = decoding_rows(table(), [*LAYERS, "all"], "test")
    assert [(row["layer"], row["source"]) for row in rows] == [
        ("L1", "PCA"), ("L1", "raw"), ("L2", "PCA"), ("L2", "raw"), ("all", "raw"),
    ]  # fmt: skip
    assert rows[1]["error"] == {"value": 3.0, "low": 2.5, "high": 4.5}
    assert rows[1]["threshold"]["value"] == 2.0 and rows[0]["threshold"] is None


@pytest.mark.parametrize("answer", [angle_sentence, signal_sentence])
def test_recordings_of_time_have_no_such_sentences(answer):
    of_time = frame([("L1", "ppca", "cosmooth_r2", 0.3, 0.2, 0.4)])
    assert answer(of_time, ["L1"], "test") == noise_sentence(of_time, "test") == ""
    assert decoding_rows(of_time, ["L1"], "test") == []


def test_the_verdict_asks_these_questions_of_trials():
    questions = [question for question, _ in sentences(table(), [], LAYERS, "test")]
    assert "How precisely can the angle be decoded?" in questions
    assert "Do neurons share noise that the angle does not explain?" in questions
    assert "How much of the activity is signal?" in questions
    assert "How fast does the LDS forget?" not in questions
