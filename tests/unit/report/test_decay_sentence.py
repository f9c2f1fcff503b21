"""What the report says of decay times."""

import numpy as np
import pandas as pd

from nma.report.decay_times import decay_rows, decay_sentence

LAYERS = ["L1", "L2"]


def table_of(medians=(4.0, 6.0), share=0.0, hertz=None, truth=None):
    rows = []

    def add(layer, source, metric, split, value, low=np.nan, high=np.nan):
        rows.append((layer, source, metric, split, value, low, high))

    for layer, median in zip(LAYERS, medians, strict=False):
        add(layer, "lds", "decay_time_longest", "train", 100)
        add(layer, "lds", "decay_time_lower_quartile", "train", 2, 1, 3)
        add(layer, "lds", "decay_time", "train", median, median - 1, median + 1)
        add(layer, "lds", "decay_time_upper_quartile", "train", 100, 50, 100)
        add(layer, "lds", "rotating_share", "train", share)
        add(layer, "raw", "time_scale_neurons", "test", 5)
        if hertz:
            add(layer, "lds", "rotation_frequency", "train", hertz, 0.9 * hertz, 1.1 * hertz)
        if truth:
            add(layer, "truth", "time_scale_truth", "all", truth)
    columns = ["layer", "source", "metric", "split", "value", "ci_low", "ci_high"]
    return pd.DataFrame(rows, columns=columns)


def test_decay_times_by_layer():
    assert decay_sentence(table_of(truth=5), LAYERS) == (
        "weighted by the activity that each explains, the median decay time of its modes is 4.0 to "
        "6.0 s by layer; the quartiles are 2.0 s and longer than 100.0 s (the length of "
        "train); none of it rotates. Simulated: a median of 5.0 s; the estimate is 1.00 times that "
        "on average."
    )


def test_one_layer_has_an_interval():
    said = decay_sentence(table_of((4.0,), share=0.05), ["L1"])
    assert " its modes is 4.0 s [3.0, 5.0]; " in said and said.endswith(
        "0.05 of it at most rotates."
    )


def test_rotations():
    said = decay_sentence(table_of(share=0.4, hertz=0.25), LAYERS)
    assert said.endswith("; a share of up to 0.40 of it rotates, at 0.25 Hz in the median.")


def test_rotations_that_were_simulated():
    table = table_of((4.0,), share=0.4, hertz=0.25, truth=5)
    table.loc[len(table)] = ("L1", "truth", "rotation_frequency_truth", "all", 0.2, np.nan, np.nan)
    assert decay_sentence(table, ["L1"]).endswith(
        "rotates, at 0.25 Hz in the median. Simulated: a median of 5.0 s; the estimate is 0.80 "
        "times that on average; simulated rotations have 0.2 Hz in the median."
    )


def test_times_longer_than_train():
    said = decay_sentence(table_of((4.0, 100.0), truth=5), LAYERS)
    assert "decay time of its modes is 4.0 to more than 100.0 s by layer; the" in said
    assert said.endswith(" Simulated: a median of 5.0 s.")  # of which there is no ratio
    said = decay_sentence(table_of((100.0,)), ["L1"])
    assert "decay time of its modes is longer than 100.0 s; the quartiles" in said
    one, two = decay_rows(table_of((4.0, 100.0), truth=5), LAYERS, "test")
    assert one["median"] == "4.0 [3.0, 5.0]" and two["median"] == "longer than 100"
    assert one["upper"] == "longer than 100" and one["frequency"] == ""
    assert (one["neurons"], one["simulated"], one["rotating"]) == ("5.0", 5, 0)
    limit = ("L1", "raw", "time_scale_most", "test", 5, np.nan, np.nan)
    table = table_of()
    table.loc[len(table)] = limit
    one, two = decay_rows(table, LAYERS, "test")
    assert (one["neurons"], two["neurons"]) == ("longer than 5.0", "5.0")


def test_nothing_without_an_lds():
    nothing = table_of(())
    assert decay_sentence(nothing, LAYERS) == "" and decay_rows(nothing, LAYERS, "test") == []


def predicted(table, scores):
    """The table with the LDS's cosmooth_r2 of validation, by layer, and 0.02 to either side."""
    for layer, score in zip(LAYERS, scores, strict=False):
        ends = score - 0.02, score + 0.02
        table.loc[len(table)] = (layer, "lds", "cosmooth_r2", "validation", score, *ends)
    return table


def test_an_lds_that_predicts_nothing_has_no_decay_times():
    """Not in the sentence, not in its numbers, and not in the table."""
    one = decay_sentence(predicted(table_of((4.0, 77.0), truth=5), [0.2, 0.01]), LAYERS)
    assert one.endswith(
        " No decay times are given in L2, as the LDS is not shown to predict hidden neurons there."
    )
    assert one.startswith(decay_sentence(table_of((4.0,), truth=5), ["L1"]))
    nothing = predicted(table_of((4.0, 77.0)), [-0.1, 0.0])
    none = "No decay times are given, as the LDS is not shown to predict hidden neurons."
    assert decay_sentence(nothing, LAYERS) == none
    assert decay_rows(nothing, LAYERS, "test") == []
    rows = decay_rows(predicted(table_of(), [0.2, 0.0]), LAYERS, "test")
    assert [row["layer"] for row in rows] == ["L1"]
    assert decay_sentence(predicted(table_of(()), [-0.1, 0.0]), LAYERS) == ""
