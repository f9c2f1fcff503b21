"""Sentences say what the numbers say, and no more."""

import numpy as np
import pandas as pd
import pytest

from nma.report.activity_answers import dims_sentence, slowness_sentence
from nma.report.comparisons import difference, score_table
from nma.report.layer_answers import (
    layer_sentence,
    network_sentence,
    share_sentence,
    transfer_sentence,
)
from nma.report.model_answers import model_sentence, tuning_sentence
from nma.report.verdict import sentences
from nma.statistics.intervals import mean_interval

LAYERS = ["L1", "L2", "L3"]


def row(layer, source, metric, value, low=np.nan, high=np.nan, split="test", seed=0):
    return {
        "layer": layer, "source": source, "metric": metric, "split": split, "seed": seed,
        "value": value, "ci_low": low, "ci_high": high, "n": 10,
    }  # fmt: skip


def table_of(**sources):
    """cosmooth_r2 of each source in each layer."""
    return pd.DataFrame(
        [
            row(layer, source, "cosmooth_r2", value, value - 0.01, value + 0.01)
            for source, values in sources.items()
            for layer, value in zip(LAYERS, values, strict=False)
        ]
    )


OPPONENTS = {
    "lds": [0.25, 0.15, 0.06],
    "ppca": [0.30, 0.20, 0.10],
    "smooth_ppca": [0.25, 0.15, 0.05],
    "ridge": [0.25, 0.15, 0.04],
    "kernel_ridge": [0.20, 0.10, 0.05],
}


def test_a_difference_is_paired_by_layer():
    """The same gap in every layer is certain, however much the layers differ."""
    values = pd.DataFrame({"a": [0.9, 0.5, 0.1], "b": [0.8, 0.41, -0.01]}, index=LAYERS)
    gap, low, high, ahead, n = difference(values, "a", "b")
    assert (gap, low, high) == pytest.approx(mean_interval([0.1, 0.09, 0.11]))
    assert (ahead, n) == (3, 3)


def test_a_network_that_is_better():
    said = model_sentence(table_of(**OPPONENTS, gru=[0.34, 0.23, 0.14]), ["gru"], "test")
    assert said.startswith("Yes: GRU predicts hidden neurons better than PPCA, the best baseline, ")
    assert "in 3 of 3 layers, by a mean difference in cosmooth_r2 of 0.037 [0.022, 0.051]." in said


def test_the_best_of_all_baselines_is_meant():
    kernel = {"kernel_ridge": [0.35, 0.24, 0.15]}
    said = model_sentence(table_of(**OPPONENTS | kernel, gru=[0.34, 0.23, 0.14]), ["gru"], "test")
    assert "predicts hidden neurons worse than kernel ridge, the best baseline, by" in said


def test_a_network_that_is_worse():
    said = model_sentence(table_of(**OPPONENTS, gru=[0.26, 0.17, 0.06]), ["gru"], "test")
    assert said.startswith(
        "No: GRU, the best network, predicts hidden neurons worse than PPCA, the best baseline, by "
        "a mean difference in cosmooth_r2 of 0.037"
    )


def test_a_network_that_may_be_better():
    said = model_sentence(table_of(**OPPONENTS, gru=[0.40, 0.19, 0.10]), ["gru"], "test")
    assert said.startswith(
        "Not shown: the mean difference in cosmooth_r2 between GRU, the best network, and PPCA, "
        "the best baseline, is 0.030 [-"
    )


def test_the_best_network_is_meant_and_seeds_are_averaged():
    table = table_of(**OPPONENTS, rnn=[0.1, 0.1, 0.1], gru=[0.40, 0.30, 0.20])
    table = pd.concat([table, table[table.source == "gru"].assign(seed=1, value=0.34)])
    said = model_sentence(table, ["rnn", "gru"], "test")
    assert said.startswith("Not shown: the mean difference in cosmooth_r2 between GRU, the best ")
    assert "and PPCA, the best baseline, is 0.120 [" in said


@pytest.mark.parametrize(
    ("gap", "said"),
    [
        (
            0.05,
            "Yes: GRU predicts hidden neurons better than PPCA, the best baseline, by a difference "
            "in cosmooth_r2 of 0.050 [0.0",
        ),
        (
            -0.05,
            "No: GRU, the best network, predicts hidden neurons worse than PPCA, the best "
            "baseline, by a difference in cosmooth_r2 of 0.050 [0.030, 0.0",
        ),
        (
            0.01,
            "Not shown: the difference in cosmooth_r2 between GRU, the best network, and PPCA, the "
            "best baseline, is 0.010 [-0.010, 0.030], and the interval includes 0.",
        ),
    ],
)
def test_one_layer_is_paired_by_its_bins(gap, said):
    """Though the intervals of the two scores overlap."""
    one = {source: values[:1] for source, values in OPPONENTS.items()}
    table = table_of(**one, gru=[0.3 + gap]).assign(ci_low=0.0, ci_high=1.0)
    paired = row("L1", "gru", "cosmooth_r2_above_ppca", gap, gap - 0.02, gap + 0.02)
    table = pd.concat([table, pd.DataFrame([paired])])
    assert model_sentence(table, ["gru"], "test").startswith(said)


def probes(accuracy, low, high, p):
    metric = "layer_accuracy_input_linear"
    return pd.DataFrame(
        [
            row("all", "raw", metric, accuracy, low, high),
            row("all", "raw", f"{metric}_null", 0.11, 0.09, 0.13),
            row("all", "raw", f"{metric}_p", p),
            row("all", "raw", "layer_chance", 0.11),
        ]
    )


def test_layers_that_can_be_told():
    said = layer_sentence(probes(0.31, 0.28, 0.34, 0.05))
    assert said == (
        "Yes, from raw neurons: a linear probe classifies 0.31 [0.28, 0.34] of held-out raw "
        "neurons correctly; chance is 0.11, and with permuted labels it is right for 0.09 to 0.13 "
        "of them (p = 0.05)."
    )


@pytest.mark.parametrize(("low", "p"), [(0.10, 0.05), (0.28, 0.2)])
def test_layers_that_cannot(low, p):
    assert layer_sentence(probes(0.31, low, 0.34, p)).startswith("Not shown for raw neurons: ")


def test_the_best_is_marked_where_it_is_clear():
    clear = score_table(table_of(**OPPONENTS, gru=[0.34, 0.23, 0.14]), [*OPPONENTS, "gru"], "test")
    assert clear["gru"]["cosmooth_r2"] == (pytest.approx(0.71 / 3), True)
    assert not clear["ppca"]["cosmooth_r2"][1]
    close = score_table(table_of(**OPPONENTS, gru=[0.40, 0.19, 0.10]), [*OPPONENTS, "gru"], "test")
    assert not any(scores["cosmooth_r2"][1] for scores in close.values())


def test_of_errors_the_smallest_is_best():
    errors = {"ppca": [1.0, 0.8, 0.6], "gru": [0.9, 0.71, 0.49]}
    table = table_of(**errors).assign(metric="mse")
    found = score_table(table, ["ppca", "gru"], "test")
    assert found["gru"]["mse"][1] and not found["ppca"]["mse"][1]


def test_one_layer_marks_nothing():
    found = score_table(table_of(ppca=[0.1], gru=[0.9]), ["ppca", "gru"], "test")
    assert not any(scores["cosmooth_r2"][1] for scores in found.values())


def dims_table(best=0.3):
    fewest = dict(zip(LAYERS, (10, 20, 20), strict=True))
    rows = [row(layer, "lds", "dims_within_one_error", k) for layer, k in fewest.items()]
    counts, shares = (6, 9, 11, 20), (0.13, 0.16, 0.16, 0.2)
    for layer, count, share in zip([*LAYERS, "all"], counts, shares, strict=True):
        rows.append(row(layer, "raw", "svca_reliable_components", count, split="all"))
        rows.append(row(layer, "raw", "svca_reliable_fraction", share, split="all"))
        rows.append(row(layer, "raw", "neurons", 300 if layer == "all" else 100, split="all"))
    rows += [row(layer, "lds", "cosmooth_r2", best) for layer in LAYERS]
    return pd.DataFrame(rows)


def test_how_many_dims():
    ((question, said),) = sentences(dims_table(), [], LAYERS, "test")
    assert question == "How many dimensions does the activity have?"
    assert said.startswith(
        "In each layer, of 100 neurons, 6 to 11 shared components are more reliable"
    )
    assert (
        "0.13 to 0.16 of the variance of the strongest components (128 at most)" in said
        and "of all 300 neurons together, 20 components and a fraction of 0.20" in said
    )
    assert said.endswith(
        "LDS needs 10 to 20 dims to predict hidden neurons within one standard error of its best "
        "score."
    )
    ((_, said),) = sentences(dims_table(-0.01), [], LAYERS, "test")
    assert said.endswith("LDS does not predict hidden neurons better than their mean over train.")


def test_where_the_lds_saturates_and_what_ppca_needs():
    rows = [row(layer, "ppca", "dims_within_one_error", 7) for layer in LAYERS]
    for layer, values in zip(
        LAYERS, ((0.1, 0.3, 0.2), (0.2, 0.3, 0.1), (0.1, 0.2, 0.3)), strict=True
    ):
        rows += [
            row(layer, "lds", f"cosmooth_r2_at_{k}_dims", value)
            for k, value in zip((10, 20, 40), values, strict=True)
        ]
    said = dims_sentence(pd.concat([dims_table(), pd.DataFrame(rows)]), LAYERS, "test")
    assert said.endswith(
        "one standard error of its best score, which is at 20 to 40 (the most that were tried in 1 "
        "of 3 layers, so it may not have saturated); PPCA, which has no model of time, needs 7."
    )


def test_how_dims_grow_with_neurons():
    rows = [
        row("L1", source, metric.format(n), value, split="all", seed=draw)
        for source, metric, of_draws in (
            (
                "raw",
                "svca_reliable_components_of_{}_neurons",
                {25: (2, 4), 50: (8, 10), 100: (18,)},
            ),
            ("lds", "dims_of_{}_neurons", {25: (5, 5), 50: (10, 10), 100: (10,)}),
        )
        for n, values in of_draws.items()
        for draw, value in enumerate(values)
    ]
    said = dims_sentence(pd.concat([dims_table(), pd.DataFrame(rows)]), LAYERS, "test")
    assert said.endswith(
        " In random draws of the neurons of L1, the reliable components grow from 3.0 of 25 "
        "neurons to 18 of 100, and by a factor of 2.00 from 50 to 100; the dims of the LDS grow "
        "from 5.0 of 25 neurons to 10 of 100, and by a factor of 1.00 from 50 to 100: a count of "
        "dims holds for its number of neurons alone."
    )


@pytest.mark.parametrize(
    ("highest", "said"),
    [
        (
            0.85,
            "Better than with the random groups tried: a linear probe is right for 0.90 [0.88,",
        ),
        (
            0.95,
            "Not shown, as networks leave a trace of their own on each group: a linear probe is "
            "right",
        ),
    ],
)
def test_networks_are_held_against_networks_of_random_groups(highest, said):
    metric = "layer_accuracy_input_linear"
    table = pd.DataFrame(
        [
            row("all", "gru", metric, 0.9, 0.88, 0.92),
            row("all", "gru", f"{metric}_retrained", 0.8, 0.7, highest) | {"n": 5},
            row("all", "gru", f"{metric}_retrained_p", 1 / 6),
        ]
    )
    found = network_sentence(table, ["gru"])
    assert found.startswith(said)
    assert found.endswith(f"right for 0.70 to {highest:.2f} (5 repetitions, p = 0.17).")
    assert network_sentence(table, ["lstm"]) == ""


def test_latent_units_have_a_sentence_of_their_own():
    metric = "layer_accuracy_input_linear"
    table = pd.DataFrame(
        [
            row("all", "gru_latents", metric, 0.05, 0.03, 0.1),
            row("all", "gru_latents", f"{metric}_retrained", 0.04, 0.04, 0.04) | {"n": 1},
            row("all", "gru_latents", f"{metric}_retrained_p", 0.5),
        ]
    )
    assert network_sentence(table, ["gru"]) == ""
    assert network_sentence(table, ["gru_latents"]) == (
        "Better than with the random groups tried: a linear probe is right for 0.05 [0.03, 0.10] "
        "of held-out latent units of GRU; with random groups in place of layers, and networks "
        "retrained on them, it is right for 0.04 (1 repetition, p = 0.50)."
    )


def transferred(own, elsewhere, source="gru"):
    """Each layer's r2 of other neurons by its own network (or None), and by the two others."""
    rows = []
    for target, at_home in zip(LAYERS, own, strict=True):
        for origin in LAYERS:
            value = at_home if origin == target else elsewhere
            if value is not None:
                rows.append(row(target, source, f"transfer_r2_from_{origin}", value))
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("own", "elsewhere", "said"),
    [
        ([0.30, 0.32, 0.28], 0.20, "Yes, but less well than the network of their own layer"),
        (
            [0.40, 0.18, 0.02],
            0.20,
            "Yes, and the network of their own layer was not shown to be better",
        ),
        ([0.30, 0.32, 0.28], -0.01, "Not shown"),
    ],
)
def test_networks_on_other_layers(own, elsewhere, said):
    found = transfer_sentence(transferred(own, elsewhere), ["gru"], "test")
    assert found.startswith(
        f"{said}: neurons that were not sampled are predicted through GRU with an r2 of "
        f"{elsewhere:.3f} by networks of other layers"
    )
    gap, low, high = mean_interval(np.array(own) - elsewhere)
    assert found.endswith(f"the difference is {gap:.3f} [{low:.3f}, {high:.3f}].")


def test_the_network_that_tells_most_is_meant():
    table = pd.concat([transferred([0.3] * 3, 0.1, "rnn"), transferred([0.3] * 3, 0.2)])
    assert "through GRU with an r2 of 0.200" in transfer_sentence(table, ["rnn", "gru"], "test")
    assert transfer_sentence(table, ["lstm"], "test") == ""


def test_layers_that_are_sampled_whole_are_left_out():
    assert transfer_sentence(transferred([None] * 3, 0.2), ["gru"], "test") == ""
    found = transfer_sentence(transferred([0.3, 0.3, None], 0.2), ["gru"], "test")
    assert found.endswith("the difference is 0.100 [0.100, 0.100].")


@pytest.mark.parametrize(
    ("own", "start", "end"),
    [
        (
            [0.30, 0.32, 0.28],
            "",
            "the difference of {} is specific to the layer, or to its neighbourhood in space.",
        ),
        ([0.30, 0.12, 0.2], "Not shown: ", "the difference is {}."),
    ],
)
def test_what_a_layer_has_to_itself(own, start, end):
    table = transferred(own, 0.2, "raw")
    more, low, high = mean_interval(np.array(own) - 0.2)
    found = share_sentence(table, "test")
    assert found.startswith(f"{start}ridge regression predicts neurons that were not sampled with")
    assert found.endswith(
        "0.200 from as many of another layer; " + end.format(f"{more:.3f} [{low:.3f}, {high:.3f}]")
    )
    assert share_sentence(transferred([None] * 3, 0.2, "raw"), "test") == ""


def test_a_little_in_one_layer_of_three_is_not_shown_to_be_of_use():
    table = transferred([0.3] * 3, 0.0)
    table.loc[(table.layer == "L1") & (table.value == 0), "value"] = 0.09
    assert transfer_sentence(table, ["gru"], "test").startswith("Not shown: neurons that were not")


def slow_table():
    rows = [row(layer, "raw", "time_scale_least", 0.6) for layer in LAYERS]
    for layer, raw, latent in zip(LAYERS, (2.0, 3.0, 2.5), (4.0, 6.0, 5.0), strict=True):
        rows.append(row(layer, "raw", "time_scale_neurons", raw))
        rows.append(row(layer, "raw", "time_scale_share_neurons", 0.9))
        rows.append(row(layer, "gru", "time_scale_latents", latent))
    return pd.DataFrame(rows)


def test_how_slow():
    assert slowness_sentence(slow_table(), ["gru"], LAYERS, "test") == (
        "a share of 0.90 of raw neurons is slower than white noise, with a median time scale of "
        "2.0 to 3.0 s; the median of the latents of GRU is 4.0 to 6.0 s."
    )
    table = slow_table()
    table.loc[table.metric == "time_scale_neurons", "value"] = 0.6
    assert "time scale of 0.6 s or less; the median" in slowness_sentence(
        table, ["gru"], LAYERS, "test"
    )
    fast = slow_table()[lambda table: ~table.metric.str.fullmatch("time_scale_neurons")]
    assert slowness_sentence(fast, ["gru"], LAYERS, "test") == ""


def test_whether_tuning_was_worth_it():
    rows = [
        row("L1", "gru", "tuned_above_default", 0.01, 0.004, 0.016) | {"n": 3},
        row("all", "lstm", "tuned_above_default", 0.01, -0.002, 0.022) | {"n": 3},
        row("L1", "rnn", "tuned_above_default", 0.0) | {"n": 0},
    ]
    assert tuning_sentence(pd.DataFrame(rows)) == (
        "GRU (L1): yes, by 0.0100 [0.0040, 0.0160] in cosmooth_r2 on validation; LSTM (all): not "
        "shown, the difference in cosmooth_r2 on validation is 0.0100 [-0.0020, 0.0220]; RNN (L1): "
        "no settings were better than the defaults."
    )
    assert tuning_sentence(pd.DataFrame(rows[:0], columns=rows[0].keys())) == ""


def test_what_was_simulated_is_said_beside_what_was_found():
    truth = [row("all", "truth", "latents_truth", 96, split="all")]
    for layer in LAYERS:
        truth += [
            row(layer, "truth", "latents_truth", 64, split="all"),
            row(layer, "truth", "private_share_truth", 0.05, split="all"),
            row(layer, "truth", "ceiling_r2", 0.6),
            row(layer, "truth", "time_scale_truth", 6.5, split="all"),
            row(layer, "truth", "time_scale_shortest_truth", 2, split="all"),
            row(layer, "truth", "time_scale_longest_truth", 20, split="all"),
        ]
    truth = pd.DataFrame(truth)

    def said(sentence, table, *rest):
        return sentence(pd.concat([table, truth]), *rest)

    assert said(dims_sentence, dims_table(), LAYERS, "test").endswith(
        " Simulated: 64 latents in each layer, 96 in all; activity is the exponential of mixtures "
        "of them, with noise."
    )
    assert said(share_sentence, transferred([0.3] * 3, 0.2, "raw"), "test").endswith(
        ". Simulated: latents of a single layer account for 0.030, a share of 0.05 of what is not "
        "noise."
    )
    assert said(slowness_sentence, slow_table(), ["gru"], LAYERS, "test").endswith(
        ". Simulated: latents with time constants of 2.0 to 20.0 s, half of their variance at or "
        "below 6.5 s."
    )
