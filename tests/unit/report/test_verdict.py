"""Sentences say what the numbers say, and no more."""

import numpy as np
import pandas as pd
import pytest

from nma.figures.labels import number
from nma.report.activity_answers import dims_sentence, slowness_sentence
from nma.report.comparisons import difference, score_table
from nma.report.layer_answers import (
    layer_sentence,
    retrained_sentence,
    share_sentence,
    transfer_sentence,
)
from nma.report.model_answers import entries_sentence, model_sentence, tuning_sentence
from nma.report.verdict import sentences
from nma.statistics.intervals import mean_interval

LAYERS = ["L1", "L2", "L3"]
AT_MOST = "dims_within_one_error_at_most"


def row(layer, source, metric, value, low=np.nan, high=np.nan, split="test", seed=0, n=10):
    return {
        "layer": layer, "source": source, "metric": metric, "split": split, "seed": seed,
        "value": value, "ci_low": low, "ci_high": high, "n": n,
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
    "ridge": [0.25, 0.15, 0.04],
    "kernel_ridge": [0.20, 0.10, 0.05],
}


def test_a_difference_is_paired_by_layer():
    """The same gap in every layer is certain, however much the layers differ."""
    values = pd.DataFrame({"a": [0.9, 0.5, 0.1], "b": [0.8, 0.41, -0.01]}, index=LAYERS)
    gap, low, high, ahead, n = difference(values, "a", "b")
    assert (gap, low, high) == pytest.approx(mean_interval([0.1, 0.09, 0.11]))
    assert (ahead, n) == (3, 3)


def of_models(models=("gru",), **sources):
    """The answer on a table of these scores by layer."""
    return model_sentence(table_of(**sources), list(models), "test")


def test_a_network_that_is_the_best():
    said = of_models(**OPPONENTS, gru=[0.34, 0.23, 0.14])
    assert said.startswith(
        "GRU predicts hidden neurons best, with a cosmooth_r2 of 0.237: its mean difference from "
        "the best model of another kind in each layer is 0.037 [0.022, 0.051], above 0 in 3 of 3 "
        "layers. Next is PPCA with 0.200. Differences in cosmooth_r2: GRU less LDS 0.083 ["
    )
    assert "GRU less ridge (" not in said and "GRU less ridge 0.090 [" in said
    assert said.endswith("LDS less ridge 0.007 [-0.022, 0.035], above 0 in 1 of 3 layers.")


def test_an_lds_that_is_the_best():
    """Of the sources that there are two of a kind of, the better one is named."""
    lds = {"lds": [0.44, 0.33, 0.24], "lds_auto": [0.43, 0.32, 0.23]}
    said = of_models(("rnn", "gru"), **OPPONENTS | lds, rnn=[0.1] * 3, gru=[0.34, 0.23, 0.14])
    assert said.startswith(
        "LDS (the best LDS) predicts hidden neurons best, with a cosmooth_r2 of 0.337: its mean "
        "difference from the best model of another kind in each layer is 0.100 [0.100, 0.100], "
        "above 0 in 3 of 3 layers. Next is GRU (the best network) with 0.237. Differences in "
        "cosmooth_r2: GRU less LDS -0.100 [-0.100, -0.100], above 0 in 0 of 3 layers; GRU less "
    )
    assert "LDS less ridge 0.190 [" in said
    assert said.endswith(
        "Networks add nothing over the LDS: GRU is at or below LDS in all 3 layers."
    )


def test_a_regression_that_is_the_best():
    """The network is above the LDS, and nothing is claimed of it."""
    said = of_models(**OPPONENTS | {"kernel_ridge": [0.35, 0.24, 0.15]}, gru=[0.34, 0.23, 0.14])
    assert said.startswith("kernel ridge (the best regression) predicts hidden neurons best, with")
    assert "0.010 [0.010, 0.010], above 0 in 3 of 3 layers. Next is GRU with 0.237." in said
    assert "GRU less LDS 0.083 [" in said
    assert said.endswith("LDS less kernel ridge -0.093 [-0.108, -0.079], above 0 in 0 of 3 layers.")


def test_a_network_that_may_be_the_best():
    said = of_models(**OPPONENTS, gru=[0.40, 0.19, 0.10])
    assert said.startswith(
        "Not shown: GRU has the highest cosmooth_r2, 0.230, but its mean difference from the best "
        "model of another kind in each layer is 0.030 [-"
    )
    assert "], above 0 in 1 of 3 layers. Next is PPCA with 0.200. Differences" in said


def test_a_win_over_each_is_none_over_all():
    """The others have lower means, and yet one of them is above the first in each layer."""
    others = {"lds": [0.4, 0.1, 0.1], "ppca": [0.1, 0.4, 0.1], "ridge": [0.1, 0.1, 0.41]}
    said = of_models(**others, gru=[0.3, 0.3, 0.3])
    assert said.startswith(
        "Not shown: GRU has the highest cosmooth_r2, 0.300, but its mean difference from the best "
        "model of another kind in each layer is -0.103 [-0.118, -0.089], above 0 in 0 of 3 layers. "
        "Next is ridge with 0.203."
    )


def test_a_tie_is_won_by_nobody():
    said = of_models(**OPPONENTS | {"lds": [0.34, 0.23, 0.14]}, gru=[0.34, 0.23, 0.14])
    assert said.startswith("Not shown: GRU has the highest cosmooth_r2, 0.237, but its mean")
    assert "is 0.000 [0.000, 0.000], above 0 in 0 of 3 layers. Next is LDS with 0.237." in said
    assert said.endswith(
        "Networks are not shown to add anything over the LDS: GRU is at or below LDS in all 3 "
        "layers."
    )


def test_where_networks_add_nothing_is_said_by_layer():
    said = of_models(**OPPONENTS | {"lds": [0.20, 0.24, 0.14]}, gru=[0.34, 0.23, 0.14])
    assert said.endswith(
        "Networks are not shown to add anything over the LDS: GRU is at or below LDS in L2 and L3."
    )
    said = of_models(lds=[0.44, 0.24, 0.13], gru=[0.34, 0.23, 0.14])
    assert said.startswith("Not shown: LDS") and said.endswith(
        "Networks are not shown to add anything over the LDS: GRU is at or below LDS in L1 and L2."
    )
    four = {"lds": [0.1, 0.1, 0.1, 0.141], "ridge": [0.1] * 4, "gru": [0.2, 0.2, 0.2, 0.14]}
    rows = [
        row(f"L{n + 1}", source, "cosmooth_r2", value)
        for source, values in four.items()
        for n, value in enumerate(values * 3)
    ]
    assert model_sentence(pd.DataFrame(rows), ["gru"], "test").endswith(
        "Networks do not add to the LDS everywhere: GRU is at or below LDS in L4, L8 and L12."
    )


def test_seeds_are_averaged():
    table = table_of(**OPPONENTS, rnn=[0.1, 0.1, 0.1], gru=[0.40, 0.30, 0.20])
    table = pd.concat([table, table[table.source == "gru"].assign(seed=1, value=0.34)])
    said = model_sentence(table, ["rnn", "gru"], "test")
    assert "GRU (the best network) has the highest cosmooth_r2, 0.320, but its mean" in said
    assert "in each layer is 0.120 [" in said


def test_kinds_that_are_missing_are_not_compared():
    """No network; no LDS, as in a table of another version; one kind alone; a layer missing."""
    said = of_models((), **OPPONENTS | {"lds": [0.34, 0.23, 0.14]})
    assert said.startswith("LDS predicts hidden neurons best, with") and "etwork" not in said
    assert "Differences in cosmooth_r2: LDS less ridge 0.090 [" in said
    without = {source: values for source, values in OPPONENTS.items() if source != "lds"}
    said = of_models(**without, gru=[0.34, 0.23, 0.14])
    assert said.startswith("GRU predicts hidden neurons best") and "LDS" not in said
    assert of_models((), lds=[0.1, 0.2, 0.3]) == ""
    said = of_models(**OPPONENTS | {"lds": [0.9]}, gru=[0.34, 0.23, 0.14])
    assert said.startswith("GRU predicts hidden neurons best") and "LDS" not in said


def test_noise_is_predicted_by_nobody():
    said = of_models(lds=[0.0, -0.01, 0.0], ridge=[-0.1] * 3, gru=[-0.2] * 3)
    assert said == "No model predicts hidden neurons better than their mean over train."


def one_layer(gap):
    """GRU above the LDS by a difference that is paired by bin, between scores that overlap."""
    paired = row("L1", "gru", "cosmooth_r2_above_lds", gap, gap - 0.02, gap + 0.02)
    other = paired | {"split": "validation", "value": -gap, "ci_low": -1, "ci_high": 1}
    table = table_of(lds=[0.3], gru=[0.3 + gap]).assign(ci_low=0.0, ci_high=1.0)
    return pd.concat([table, pd.DataFrame([other, paired])])


@pytest.mark.parametrize(
    ("gap", "said"),
    [
        (
            0.05,
            "GRU predicts hidden neurons best, with a cosmooth_r2 of 0.350: its difference from "
            "the best model of another kind is 0.050 [0.030, 0.070]. Next is LDS with 0.300. "
            "Differences in cosmooth_r2: GRU less LDS 0.050 [0.030, 0.070].",
        ),
        (
            -0.05,
            "LDS predicts hidden neurons best, with a cosmooth_r2 of 0.300: its difference from "
            "the best model of another kind is 0.050 [0.030, 0.070]. Next is GRU with 0.250. "
            "Differences in cosmooth_r2: GRU less LDS -0.050 [-0.070, -0.030]. Networks add "
            "nothing over the LDS.",
        ),
        (
            0.01,
            "Not shown: GRU has the highest cosmooth_r2, 0.310, but its difference from the best "
            "model of another kind is 0.010 [-0.010, 0.030]. Next is LDS with 0.300. Differences "
            "in cosmooth_r2: GRU less LDS 0.010 [-0.010, 0.030]. Networks are not shown to add "
            "anything over the LDS.",
        ),
    ],
)
def test_one_layer_is_paired_by_its_bins(gap, said):
    assert model_sentence(one_layer(gap), ["gru"], "test") == said


def test_one_layer_without_pairs_shows_nothing():
    said = model_sentence(table_of(lds=[0.3], gru=[0.4]), ["gru"], "test")
    assert said.startswith("Not shown: GRU has the highest cosmooth_r2, 0.400, but its difference ")
    assert "of another kind is 0.100. Next is LDS with 0.300." in said


def probes(accuracy, low, high, p, repeats=20, space="input", n=90):
    metric = f"layer_accuracy_{space}_linear"
    return pd.DataFrame(
        [
            row("all", "raw", metric, accuracy, low, high, n=n),
            row("all", "raw", f"{metric}_null", 0.11, 0.09, 0.13, n=repeats),
            row("all", "raw", f"{metric}_p", p, n=repeats),
            row("all", "raw", "layer_chance", 0.11),
        ]
    )


def test_layers_that_can_be_told():
    said = layer_sentence(probes(0.31, 0.28, 0.34, 0.0476))
    assert said == (
        "Yes, from raw neurons: a linear probe classifies 0.31 [0.28, 0.34] of 90 held-out raw "
        "neurons correctly; chance is 0.11, and with permuted labels it is right for 0.09 to 0.13 "
        "of them (p = 0.048)."
    )


@pytest.mark.parametrize(("low", "p"), [(0.10, 0.05), (0.28, 0.2)])
def test_layers_that_cannot(low, p):
    assert layer_sentence(probes(0.31, low, 0.34, p)).startswith("Not shown for raw neurons: ")


def test_few_permutations_show_nothing():
    said = layer_sentence(probes(0.9, 0.8, 0.95, 0.25, repeats=3))
    assert said.startswith("Not told: a linear probe classifies 0.90 [0.80, 0.95] of 90 held-out ")
    assert said.endswith(
        "of them. No claim can rest on 3 permutations: it takes 19 or more (scores: "
        "permutations) for p to be 0.05 or less."
    )
    assert "p =" not in said


def test_few_held_out_neurons_are_replaced_by_all_of_them():
    one_split = probes(0.0, 0.0, 0.56, 1, n=3)
    folds = probes(0.64, 0.48, 0.78, 0.048, space="random_folds", n=36)
    said = layer_sentence(pd.concat([one_split.iloc[:-1], folds]))
    assert said.startswith(
        "Yes, from raw neurons: a linear probe classifies 0.64 [0.48, 0.78] of 36 raw neurons, "
        "each of them held out once, correctly; chance is 0.11"
    )


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


def dims_table(fewest=(10, 20, 20), components=(6, 9, 11, 20)):
    rows = [
        row(layer, "lds", "dims_within_one_error", k)
        for layer, k in zip(LAYERS, fewest, strict=True)
        if k
    ]
    for layer, count, share in zip(
        [*LAYERS, "all"], components, (0.13, 0.16, 0.16, 0.2), strict=True
    ):
        rows.append(row(layer, "raw", "svca_reliable_components", count, split="all"))
        rows.append(row(layer, "raw", "svca_reliable_fraction", share, split="all"))
        rows.append(row(layer, "raw", "neurons", 300 if layer == "all" else 100, split="all"))
    return pd.DataFrame(rows)


def test_how_many_dims():
    ((question, said),) = sentences(dims_table(), [], LAYERS, "test")
    assert question == "How many dimensions does the activity have?"
    assert said.startswith(
        "LDS needs 10 to 20 dims to predict hidden neurons within one standard error of its best "
        "score. In each layer, of 100 neurons, 6 to 11 shared components are more reliable"
    )
    assert (
        "0.13 to 0.16 of the variance of the strongest components (128 at most)" in said
        and "of all 300 neurons together, 20 components and a fraction of 0.20" in said
    )


@pytest.mark.parametrize(
    ("fewest", "start"),
    [
        (
            (None, None, None),
            "LDS is not shown to predict hidden neurons better than their mean over train. In each "
            "layer, of 100",
        ),
        (
            (10, 1, None),
            "In L1 and L2, LDS needs 1 to 10 dims to predict hidden neurons within one standard "
            "error of its best score. LDS is not shown to predict hidden neurons better than their "
            "mean over train in L3.",
        ),
        (
            (1, 1, 1),
            "LDS needs 1 dim to predict hidden neurons within one standard error of its best "
            "score.",
        ),
    ],
)
def test_each_layer_has_dims_of_its_own(fewest, start):
    assert dims_sentence(dims_table(fewest), LAYERS, "test").startswith(start)


@pytest.mark.parametrize(
    ("components", "part"),
    [
        ((1, 1, 1, 1), "1 shared component is more reliable than"),
        ((1, 1, 1, 1), "together, 1 component and a"),
        ((0, 0, 0.2, 0), "no shared components are more reliable than"),
        ((0, 1, 0, 0), "0 to 1 shared components are more reliable than"),
        ((0, 1, 0, 0), "together, 0 components and a"),
    ],
)
def test_one_component_is_no_plural(components, part):
    said = dims_sentence(dims_table(components=components), LAYERS, "test")
    assert part in said and "None" not in said


def test_components_without_copies_stand_beside_all():
    metric = "svca_reliable_components_without_copies"
    rows = [row("L2", "raw", metric, 4, split="all"), row("all", "raw", metric, 8, split="all")]
    said = dims_sentence(pd.concat([dims_table(), pd.DataFrame(rows)]), LAYERS, "test")
    assert "6 to 11 shared components (4 to 11 without copies) are more reliable than" in said
    assert "together, 20 components (8 without copies) and a fraction of 0.20." in said


def test_a_recording_too_short_for_svca_is_told_so():
    table = dims_table()
    said = dims_sentence(table[~table.metric.str.startswith("svca")], LAYERS, "test")
    assert said.endswith(
        "best score. Reliable components are not counted: shared variance component analysis needs "
        "two blocks of 72 s, or of 60 trials, and the recording is shorter."
    )


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
    assert (
        "one standard error of its best score, which is at 20 to 40 (the most that were tried in 1 "
        "of 3 layers, so it may not have saturated); PPCA, which has no model of time, needs 7."
    ) in said
    at_most = [row(layer, "lds", AT_MOST, k) for layer, k in zip(LAYERS, (20, 20, 40), strict=True)]
    said = dims_sentence(pd.concat([dims_table(), pd.DataFrame(rows + at_most)]), LAYERS, "test")
    assert "saturated); above 20 dims it is worse than that in 2 of 3 layers; PPCA" in said


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


def retrained(source="gru", accuracy=0.9, highest=0.85, repeats=19, p=0.05, n=90, space="input"):
    metric = f"layer_accuracy_{space}_linear"
    return pd.DataFrame(
        [
            row("all", source, metric, accuracy, accuracy - 0.02, accuracy + 0.02, n=n),
            row("all", source, f"{metric}_retrained", 0.8, 0.7, highest, n=repeats),
            row("all", source, f"{metric}_retrained_p", p, n=repeats),
        ]
    )


NUMBERS = (
    "a linear probe is right for 0.90 [0.88, 0.92] of 90 held-out neurons as reconstructed by GRU; "
    "with random groups in place of layers, and networks retrained on them, it is right for "
)


@pytest.mark.parametrize(
    ("settings", "start", "end"),
    [
        ({}, "Better than with random groups: ", "0.70 to 0.85 (19 repetitions, p = 0.05)."),
        (
            {"highest": 0.95, "p": 0.1},
            "Not shown, as networks leave a trace of their own on each group: ",
            "0.70 to 0.95 (19 repetitions, p = 0.1).",
        ),
        # One of 59 random groups reached as much.
        (
            {"highest": 0.95, "p": 0.033, "repeats": 59},
            "Better than with random groups: ",
            "0.70 to 0.95 (59 repetitions, p = 0.033).",
        ),
        (
            {"repeats": 5, "p": 1 / 6},
            "Not told: ",
            "0.70 to 0.85. No claim can rest on 5 repetitions: it takes 19 or more (scores: "
            "retrainings) for p to be 0.05 or less.",
        ),
        (
            {"repeats": 1, "p": 0.5, "highest": 0.7},
            "Not told: ",
            "0.70. No claim can rest on 1 repetition: it takes 19 or more (scores: retrainings) "
            "for p to be 0.05 or less.",
        ),
        (
            {"repeats": 1, "p": 1, "highest": 0.95},
            "Not shown, as networks leave a trace of their own on each group: ",
            "0.70 to 0.95 (1 repetition).",
        ),
    ],
)
def test_networks_are_held_against_networks_of_random_groups(settings, start, end):
    table = retrained(**settings)
    assert retrained_sentence(table, ["gru"]) == start + NUMBERS + end
    assert retrained_sentence(table, ["lstm"]) == ""


def test_what_is_at_chance_is_not_decoded_though_random_groups_are_below():
    table = pd.concat([retrained(), pd.DataFrame([row("all", "gru", "layer_chance", 0.89)])])
    assert retrained_sentence(table, ["gru"]).startswith("Not shown, as networks leave a trace ")


def test_latent_units_have_a_sentence_of_their_own():
    table = retrained("gru_latents", n=60)
    assert retrained_sentence(table, ["gru"]) == ""
    assert "of 60 held-out latent units of GRU; with random" in retrained_sentence(
        table, ["gru_latents"]
    )


def test_few_held_out_neurons_are_replaced_by_all_of_them_for_models_too():
    """But not latent units, which have no folds."""
    tables = [
        probes(0.64, 0.48, 0.78, 0.048, space="random_folds", n=36),
        retrained(n=3),
        retrained(accuracy=0.6, p=1, n=36, space="random_folds"),
        retrained("gru_latents", n=9),
    ]
    table = pd.concat(tables)
    said = retrained_sentence(table, ["gru"])
    assert said.startswith("Not shown") and "of 36 neurons as reconstructed by GRU, each of" in said
    assert "of 9 held-out latent units" in retrained_sentence(table, ["gru_latents"])


def test_an_lds_is_compared_with_ldss_of_random_groups():
    tables = [dims_table(), retrained("lds", 0.5, p=1), retrained("lds_latents")]
    said = dict(sentences(pd.concat(tables), [], LAYERS, "test"))
    assert said["Can the layer be decoded from neurons that an LDS reconstructs?"] == (
        "Not shown, as LDSs leave a trace of their own on each group: a linear probe is right for "
        "0.50 [0.48, 0.52] of 90 held-out neurons as reconstructed by LDS; with random groups in "
        "place of layers, and LDSs fitted to them, it is right for 0.70 to 0.85 (19 repetitions, "
        "p = 1)."
    )
    units = said["Can the layer be decoded from latent units of an LDS?"]
    assert units.startswith("Better than with random groups: a linear probe is right ")
    assert "of 90 held-out latent units of LDS; with" in units


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
    assert found.endswith(f"the difference is {number(gap)} [{number(low)}, {number(high)}].")


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


def slow_table(raw=(2.0, 3.0, 2.5), latents=(4.0, 6.0, 5.0), shares=(0.9, 0.9, 0.9), n=100):
    rows = [row(layer, "raw", "time_scale_least", 0.6) for layer in LAYERS]
    rows += [row(layer, "raw", "time_scale_most", 30.0) for layer in LAYERS]
    for layer, *values in zip(LAYERS, raw, latents, shares, strict=True):
        rows.append(row(layer, "raw", "time_scale_neurons", values[0]))
        rows.append(row(layer, "raw", "time_scale_share_neurons", values[2], n=n))
        rows.append(row(layer, "gru", "time_scale_latents", values[1]))
    return pd.DataFrame(rows)


LATENTS = "; the median of the latents of GRU is 4.0 to 6.0 s."


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {},
            "a share of 0.90 of raw neurons is slower than white noise, with a median time scale "
            "of 2.0 to 3.0 s" + LATENTS,
        ),
        (
            {"raw": (0.6, 0.6, 0.6)},
            "a share of 0.90 of raw neurons is slower than white noise, with a median time scale "
            "of 0.6 s or less" + LATENTS,
        ),
        (
            {"raw": (30, 30, 30), "latents": (12, 30, 30)},
            "a share of 0.90 of raw neurons is slower than white noise, with a median time scale "
            "longer than 30.0 s; the median of the latents of GRU is 12.0 to more than 30.0 s.",
        ),
        (
            {"shares": (0.01, 0.02, 0.0)},
            "no raw neurons were found that are slower than white noise: their share of 0.00 to "
            "0.02 is that of false alarms (0.01)" + LATENTS,
        ),
        (
            {"shares": (0.9, 0.9, 0.02)},
            "in L1 and L2, a share of 0.90 of raw neurons is slower than white noise, with a "
            "median time scale of 2.0 to 3.0 s; no raw neurons were found that are slower than "
            "white noise in L3: their share of 0.02 is that of false alarms (0.01)" + LATENTS,
        ),
        # One of 12 is a false alarm in one recording of nine.
        (
            {"shares": (1 / 12,) * 3, "n": 12},
            "no raw neurons were found that are slower than white noise: their share of 0.08 is "
            "that of false alarms (0.01)" + LATENTS,
        ),
    ],
)
def test_how_slow(settings, said):
    assert slowness_sentence(slow_table(**settings), ["gru"], LAYERS, "test") == said


def test_time_scales_that_were_not_measured():
    nothing = slow_table()[lambda table: ~table.metric.str.startswith("time_scale_share")]
    assert slowness_sentence(nothing, ["gru"], LAYERS, "test") == ""
    fast = slow_table(shares=(0, 0, 0))[
        lambda table: ~table.metric.str.fullmatch("time_scale_neurons")
    ]
    assert slowness_sentence(fast, [], LAYERS, "test") == (
        "no raw neurons were found that are slower than white noise: their share of 0.00 is that "
        "of false alarms (0.01)."
    )


def entries(gru, interpolation, layers=LAYERS):
    rows = [
        row(layer, source, "masked_r2", value)
        for source, values in (
            ("gru", gru),
            ("interpolation", interpolation),
            ("lds", [0.1] * len(gru)),
        )
        for layer, value in zip(layers, values, strict=False)
    ]
    return pd.DataFrame([*rows, row("L1", "attainable", "masked_r2", 0.99)])


def test_hidden_entries_that_nothing_predicts_are_no_win():
    table = entries([0.0004, 0.0001, 0.0002], [-0.3, -0.2, -0.4])
    assert entries_sentence(table[table.source != "lds"], "test") == (
        "No: none is predicted better than by the mean over train. In masked_r2, GRU has 0.000 and "
        "interpolation has -0.300."
    )


@pytest.mark.parametrize(
    ("interpolation", "start", "end"),
    [
        ([0.1, 0.2, 0.3], "Yes: GRU, the best source that", "0.300 [0.300, 0.300], above 0 in 3 "),
        ([0.9, 0.8, 0.9], "No, interpolation wins: GRU", "how well they are predicted."),
        ([0.9, 0.2, 0.3], "Not shown: GRU", "; interpolation wins in L1."),
        ([0.41, 0.29, 0.41], "Yes, but not everywhere: GRU", "; interpolation wins in L1."),
    ],
)
def test_where_interpolation_wins_hidden_entries(interpolation, start, end):
    gru = [0.4, 0.5, 0.6]
    if "everywhere" in start:
        gru, interpolation = [0.40, 0.60, 0.6] * 4, [0.41, 0.29, 0.31] * 1 + [0.2] * 9
        table = entries(gru, interpolation, [f"L{number + 1}" for number in range(12)])
    else:
        table = entries(gru, interpolation)
    said = entries_sentence(table, "test")
    assert said.startswith(start) and end in said
    assert "attainable" not in said
    assert entries_sentence(table[table.source != "interpolation"], "test") == ""


@pytest.mark.parametrize(("gap", "start"), [(-0.05, "No, inter"), (0.05, "Yes: "), (0.01, "Not ")])
def test_hidden_entries_of_one_layer_are_paired_by_bin(gap, start):
    paired = row("L1", "gru", "masked_r2_above_interpolation", gap, gap - 0.02, gap + 0.02)
    table = pd.concat([entries([0.5 + gap], [0.5]), pd.DataFrame([paired])])
    assert entries_sentence(table, "test").startswith(start)


def test_a_difference_that_is_printed_as_zero_is_no_win():
    lds = np.array([0.34, 0.23, 0.14])
    said = of_models(**OPPONENTS | {"lds": lds}, gru=lds + 0.0003)
    assert said.startswith("Not shown: GRU has the highest cosmooth_r2, 0.237, but its mean")
    assert "is 0.000 [0.000, 0.000], above 0 in 3 of 3 layers" in said
    said = of_models(**OPPONENTS | {"lds": lds}, gru=lds - 0.0003)
    assert "GRU less LDS 0.000 [0.000, 0.000], above 0 in 0" in said and "-0.000" not in said


def test_nothing_is_told_of_a_constant_test():
    constant = [row(layer, "raw", "constant_neurons", 1.0, 0, 0) for layer in LAYERS]
    tables = [dims_table(), slow_table(), table_of(**OPPONENTS, gru=[0.9] * 3)]
    told = dict(sentences(pd.concat(tables), ["gru"], LAYERS, "test"))
    assert told["Which model predicts hidden neurons best?"].startswith("GRU predicts")
    table = pd.concat([*tables, pd.DataFrame(constant)])
    said = dict(sentences(table, ["gru"], LAYERS, "test"))
    dims = said.pop("How many dimensions does the activity have?")
    assert "components are more reliable" in dims and "LDS" not in dims
    assert set(said.values()) == {"Not told, as test is constant."} and len(said) == 2
    awake = table[~((table.metric == "constant_neurons") & (table.layer == "L1"))]
    assert dict(sentences(awake, ["gru"], LAYERS, "test")) == told


def test_too_few_bins_for_time_scales_are_said():
    few = [row(layer, "raw", "time_scale_least", 0.6) | {"n": 7} for layer in LAYERS]
    assert slowness_sentence(pd.DataFrame(few), [], LAYERS, "test") == (
        "time scales need 8 bins, and test has 7."
    )


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
        "of them, which has more linear dimensions, with noise."
    )
    assert said(share_sentence, transferred([0.3] * 3, 0.2, "raw"), "test").endswith(
        ". Simulated: latents of a single layer account for 0.030, a share of 0.05 of what is not "
        "noise."
    )
    assert said(slowness_sentence, slow_table(), ["gru"], LAYERS, "test").endswith(
        ". Simulated: latents with time constants of 2.0 to 20.0 s, half of their variance at or "
        "below 6.5 s."
    )
    rotating = [
        row(layer, "truth", "rotation_frequency_truth", 0.05, split="all") for layer in LAYERS
    ]
    truth = pd.concat([truth, pd.DataFrame(rotating)])
    assert said(slowness_sentence, slow_table(), ["gru"], LAYERS, "test").endswith(
        " at or below 6.5 s, which rotate, at 0.05 Hz in the median: autocorrelations fall faster "
        "than they decay."
    )
