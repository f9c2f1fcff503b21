"""What metrics.tsv says over seeds."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from nma.scores.frame import mean_over_layers, over_seeds, read_table


def rows(**layers):
    return pd.DataFrame(
        [
            {"layer": layer, "seed": seed, "value": v, "ci_low": v - 0.5, "ci_high": v + 0.5}
            for layer, values in layers.items()
            for seed, v in enumerate(values)
        ]
    )


def test_several_seeds_have_an_interval_of_their_own():
    values = [0.30, 0.32, 0.37]
    found = over_seeds(rows(L1=values), ["layer"]).loc["L1"]
    low, high = stats.t.interval(0.95, 2, np.mean(values), stats.sem(values))
    assert list(found) == pytest.approx([np.mean(values), low, high])


def test_one_seed_keeps_that_of_its_blocks():
    found = over_seeds(rows(L1=[0.30], L2=[0.1, 0.1]), ["layer"])
    assert list(found.loc["L1"]) == pytest.approx([0.30, -0.20, 0.80])
    assert list(found.loc["L2"]) == pytest.approx([0.1, 0.1, 0.1])


def test_a_single_layer_keeps_its_interval_and_several_have_theirs():
    found = over_seeds(rows(L1=[0.30], L2=[0.20], L3=[0.40]), "layer")
    assert mean_over_layers(found[:1]) == pytest.approx((0.30, -0.20, 0.80))
    expected = stats.t.interval(0.95, 2, 0.3, stats.sem(found.value))
    assert mean_over_layers(found) == pytest.approx((0.3, *expected))


def test_a_recording_may_be_called_null(tmp_path):
    (tmp_path / "m.tsv").write_text("recording\tvalue\tci_low\nnull\t1\t\n")
    table = read_table(tmp_path / "m.tsv")
    assert table.recording[0] == "null" and np.isnan(table.ci_low[0])
