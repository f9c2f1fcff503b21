"""The first screen: its sentence claims no more than was shown, and its numbers are those given."""

import pandas as pd
import pytest

from nma.report.head import cards, headline

LAYERS = ["L1", "L2", "L3"]


def row(layer, source, metric, value, split="test", low=float("nan"), high=float("nan"), n=10):
    return {
        "layer": layer,
        "source": source,
        "metric": metric,
        "split": split,
        "seed": 0,
        "value": value,
        "ci_low": low,
        "ci_high": high,
        "n": n,
    }


def table(gru=(0.41, 0.5, 0.61), layers=LAYERS):
    rows = []
    for number, layer in enumerate(layers):
        lds = (0.3, 0.4, 0.5)[number]
        rows += [
            row(layer, "lds", "cosmooth_r2", lds, low=lds - 0.1, high=lds + 0.1),
            row(layer, "lds", "cosmooth_r2", lds, "validation", lds - 0.1, lds + 0.1),
            row(layer, "ridge", "cosmooth_r2", 0.2),
            row(layer, "gru", "cosmooth_r2", gru[number], low=0.3, high=0.6),
            row(layer, "attainable", "cosmooth_r2", 0.7),
            row(layer, "lds", "dims_within_one_error", (5, 10, 10)[number]),
            row(layer, "lds", "dims_within_one_error_at_most", 20),
            row(layer, "raw", "neurons", 100, "all"),
            row(layer, "lds", "decay_time", (2.0, 3.0, 4.0)[number], "train", 1.5, 4.5),
            row(layer, "lds", "decay_time_longest", 500, "train"),
        ]
    rows.append(row("all", "raw", "layer_accuracy_input_linear", 0.8, "all", 0.7, 0.9))
    rows.append(row("all", "raw", "layer_chance", 1 / 3, "all"))
    return pd.DataFrame(rows)


def test_the_best_is_named_where_it_leads():
    said = headline(table(), ["gru"], LAYERS, "test")
    assert said == (
        "5 to 10 latent dims describe 100 neurons in each layer; more hardly help (LDS). GRU "
        "predicts hidden neurons best."
    )


def test_no_lead_is_claimed_that_is_not_shown():
    said = headline(table(gru=(0.35, 0.38, 0.5)), ["gru"], LAYERS, "test")
    assert said.endswith("GRU and LDS predict hidden neurons best, and neither is shown to lead.")


def test_nothing_is_claimed_where_nothing_is_predicted():
    found = table()
    found.loc[found.metric == "cosmooth_r2", "value"] *= -1
    said = headline(found, ["gru"], LAYERS, "test")
    assert said.startswith("No model is shown to predict hidden neurons")
    assert "Hidden neurons" not in [card.title for card in cards(found, ["gru"], LAYERS, "test")]


def test_four_numbers_of_layers():
    found = cards(table(), ["gru"], LAYERS, "test")
    assert [(card.title, card.value) for card in found] == [
        ("Dimensions", "10"),
        ("Hidden neurons", "0.507"),
        ("Time scale", "2.0 to 4.0 s"),
        ("Layers told apart", "0.80"),
    ]
    assert found[0].interval == "5 to 10 by layer" and found[3].interval == "[0.70, 0.90]"
    assert found[1].note == "r2 of GRU; LDS 0.400; ridge 0.200; attainable 0.700"
    assert found[1].share == pytest.approx(0.5067, abs=1e-4)


def test_a_single_layer_has_intervals_of_its_own():
    one = table(layers=["L1"])
    found = {card.title: card for card in cards(one, ["gru"], ["L1"], "test")}
    assert found["Dimensions"].interval == "5 to 20 do as well"
    assert found["Hidden neurons"].interval == "[0.300, 0.600]"
    assert (found["Time scale"].value, found["Time scale"].interval) == ("2.0 s", "[1.5, 4.5]")
    assert "Layers told apart" not in found
