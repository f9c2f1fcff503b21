"""The tables of the report, of numbers that are known."""

import numpy as np
import pandas as pd
import pytest

from nma.report.tables import (
    ceiling,
    dimensions,
    hidden_scores,
    network_summary,
    over_layers,
    reconstructions,
    rule_times,
    trained_otherwise,
    verdict_rows,
)
from nma.scores.frame import scores_by_layer
from nma.sources import WITH_LATENTS
from nma.statistics.intervals import mean_interval

LAYERS = ["L1", "L2"]
SCORES = {  # metric: {source: value of each layer}
    "r2": {"pca": (0.5, 0.6), "gru": (0.4, 0.7)},
    "mse": {"pca": (0.5, 0.4), "gru": (0.6, 0.3)},
    "cosmooth_r2": {
        "lds": (0.1, 0.2),
        "ppca": (0.3, 0.1),
        "ridge": (0.2, 0.1),
        "kernel_ridge": (0.1, 0.3),
        "gru": (0.4, 0.2),
    },
    "masked_r2": {"ppca": (0.2, 0.2), "gru": (0.3, 0.5)},
}


def a_row(layer, source, metric, value, split="test"):
    return {
        "recording": "a", "layer": layer, "source": source, "metric": metric, "split": split,
        "seed": 0, "value": value, "ci_low": value - 0.1, "ci_high": value + 0.1, "n": 10,
    }  # fmt: skip


@pytest.fixture
def table():
    return pd.DataFrame(
        [
            a_row(layer, source, metric, value)
            for metric, sources in SCORES.items()
            for source, values in sources.items()
            for layer, value in zip(LAYERS, values, strict=True)
        ]
    )


def test_reconstruction_is_compared_with_pca_layer_by_layer(table):
    pca, gru = reconstructions(table, ["pca", "gru"], {"gru": "pca"}, "test")
    assert pca["source"] == "PCA" and "ahead" not in pca
    assert gru["ahead"] == "1 of 2 layers"
    value, low, high = mean_interval([0.4, 0.7])
    assert gru["r2"] == pytest.approx({"value": value, "low": low, "high": high})
    assert gru["mse"]["value"] == pytest.approx(0.45)


def test_hidden_neurons_are_compared_with_the_best_baseline_of_each_layer(table):
    ppca, ridge, gru = hidden_scores(table, ["ppca", "ridge", "gru"], "test")
    assert gru["ahead"] == "1 of 2 layers"  # 0.4 > 0.3, 0.2 < 0.3
    assert ppca["ahead"] == ridge["ahead"] == ""
    assert ridge["masked"] is None
    assert gru["masked"]["value"] == pytest.approx(0.4)


def test_one_layer_keeps_the_interval_of_its_row(table):
    scores = scores_by_layer(table[table.layer == "L1"], "test")
    found = over_layers(scores, "gru", "r2")
    assert found == pytest.approx({"value": 0.4, "low": 0.3, "high": 0.5})
    assert over_layers(scores, "gru", "behavior_r2") is None


def test_the_overview_has_the_metrics_that_there_are(table):
    found = verdict_rows(table, ["ppca", "gru"], "test")
    assert found["metrics"] == ["r2", "mse", "cosmooth_r2", "masked_r2"]
    assert [row["source"] for row in found["rows"]] == ["PPCA", "GRU"]
    assert found["rows"][0]["scores"][:2] == [None, None]


def test_what_is_attainable_is_shown_and_competes_with_nobody(table):
    before = verdict_rows(table, ["ppca", "gru"], "test")["rows"]
    known = {
        ("truth", "r2"): 0.6,
        ("attainable", "cosmooth_r2"): 0.5,
        ("attainable", "masked_r2"): 0.7,
    }
    rows = [a_row(layer, *names, value) for layer in LAYERS for names, value in known.items()]
    assert ceiling(table, "test") is None
    table = pd.concat([table, pd.DataFrame(rows)])
    assert ceiling(table, "test") == {"r2": 0.6, "cosmooth_r2": 0.5, "masked_r2": 0.7}
    *others, last = verdict_rows(table, ["ppca", "gru"], "test")["rows"]
    assert others == before
    assert last == {"source": "attainable", "scores": [None, None, (0.5, False), (0.7, False)]}
    *_, last = hidden_scores(table, ["ppca", "gru"], "test")
    assert last["source"] == "attainable" and last["ahead"] == ""
    assert (last["cosmooth"]["value"], last["masked"]["value"]) == pytest.approx((0.5, 0.7))


def test_dimensions_of_a_layer_and_of_all_neurons():
    table = pd.DataFrame(
        [
            a_row("L1", "raw", "svca_reliable_components", 7, "all"),
            a_row("L1", "pca", "dims_80", 30, "train"),
            a_row("L1", "ppca", "dims_within_one_error", 10),
            a_row("all", "raw", "svca_reliable_components", 20, "all"),
        ]
    )
    one, every = dimensions(table, ["L1", "L2", "all"], WITH_LATENTS, "test")
    assert (one["layer"], one["svca_reliable_components"], one["dims_80"]) == ("L1", 7, 30)
    assert one["baselines"] == [None, 10]
    assert every["layer"] == "all" and every["baselines"] == [None, None]


def test_dimensions_without_reliable_components():
    rows = [a_row(layer, "raw", "neurons", 12, "all") for layer in ("L1", "all")]
    one, every = dimensions(pd.DataFrame(rows), ["L1", "all"], WITH_LATENTS, "test")
    assert (one["neurons"], one["svca_reliable_components"], every["neurons"]) == (12, None, 12)


def test_networks_that_were_not_trained_to_reconstruct_are_named():
    network = {"dims": 3, "parameters": 1000, "steps": 10, "training_seconds": 2.0, "device": "cpu"}
    objectives = {"gru": {"objective": "masked"}, "lstm": {}, "rnn": {"objective": "mixed"}}
    found = network_summary([network | {"model": m, "training": t} for m, t in objectives.items()])
    assert [row["objective"] for row in found] == ["masked", "reconstruct", "mixed"]
    assert found[0]["parameters"] == "1,000"
    assert trained_otherwise(found).startswith("Not trained to reconstruct: GRU and RNN. ")
    assert trained_otherwise(found[1:2]) == ""


def test_times_are_summed_over_the_jobs_that_still_have_a_file(tmp_path):
    for name, seconds, memory in (("a", 1.5, "20"), ("b", 2.5, "-")):
        (tmp_path / name).write_text(f"s\tmax_rss\n{seconds}\t{memory}\n")
    found = rule_times({"fit": [tmp_path / n for n in "abc"], "gone": [tmp_path / "d"]})
    assert found == [{"rule": "fit", "jobs": 2, "seconds": 4.0, "longest": 2.5, "memory": 20.0}]
    assert not np.isnan(found[0]["memory"])
