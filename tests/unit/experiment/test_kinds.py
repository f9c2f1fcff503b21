"""What recordings of time and of trials are analysed with, and keys that only one of them has."""

import pytest
from configs import SIMULATED, with_defaults

from nma.experiment import file_checks, paths
from nma.experiment.kinds import KINDS, kind_of
from nma.experiment.plan import Plan
from nma.io.errors import InputError
from nma.sources import BASELINES, MAPPED

TRIALS = {"name": "t", "simulate": {"kind": "trials", "seed": 1}}
FILE = {
    "name": "f",
    "kind": "trials",
    "path": "f.npy",
    "tensors": {"split": {"trials": "last_quarter"}},
}
MODELS = [{"name": "gru"}, {"name": "lstm", "dims": 7}]


@pytest.fixture(scope="module")
def plan():
    config = with_defaults(recordings=[SIMULATED, TRIALS, FILE], models=MODELS, layers={"count": 2})
    return Plan(config)


def test_the_kind_is_said_by_the_recording_or_by_its_simulation(plan):
    assert kind_of({"path": "a.npy"}) == kind_of({"simulate": {}}) == KINDS["time"]
    assert plan.of_kind("time") == ["a"] and plan.of_kind("trials") == ["t", "f"]
    assert plan.kind_of("t/null/1") == KINDS["trials"]


def test_recordings_of_time_have_all_but_what_trials_have_alone(plan):
    kind = plan.kind_of("a")
    assert kind.baselines == tuple(BASELINES) and kind.mapped == MAPPED
    assert kind.has_scores("decay_times") and kind.has_scores("one_that_is_new")
    assert kind.has_figure("raster") and kind.has_figure("one_that_is_new")
    assert not kind.has_scores("decoding") and not kind.has_figure("psychometric")
    assert plan.models_of("a") == plan.models and plan.tuned_of("a") == plan.tuned
    assert plan.sources_of("a") == plan.sources and plan.maps_of("a") == list(plan.maps)
    for metric, sources in plan.compared.items():
        assert plan.compared_of("a", metric) == sources


def test_trials_have_no_model_of_time(plan):
    kind = plan.kind_of("t")
    assert kind.baselines == ("ppca", "ridge", "kernel_ridge") and kind.with_latents == ["ppca"]
    assert plan.models_of("t") == {} and plan.tuned_of("t") == [] and plan.same_dims("t") == {}
    assert plan.sources_of("t") == ["pca"]
    assert plan.maps_of("t") == ["raw", "pca", "pca_latents"]
    assert plan.compared_of("t", "masked_r2") == ["ppca", "ridge", "pca"]
    assert plan.compared_of("t", "cosmooth_r2") == [
        "ppca", "ridge", "kernel_ridge", "pca", "angle", "angle_and_neurons",
    ]  # fmt: skip
    assert plan.predicting_of("t") == ["ppca", "ridge", "kernel_ridge", "pca"]
    assert plan.svca_layers("t") == ["L1", "L2"] and plan.svca_layers("a")[-1] == "all"
    assert plan.layers_and_all("t") == plan.layers_and_all("a") == ["L1", "L2", "all"]
    assert not kind.has_scores("forecasts") and plan.by_ceiling("a")[1][2] == ["a"]
    assert plan.decoded_of("t", "L1") == ["pca", "ppca"] and plan.decoded_of("t", "all") == []
    for name in ("decay_times", "time_scales", "transfer", "null", "dims_by_neurons", "latents"):
        assert not kind.has_scores(name)
    assert not kind.has_figure("forecasts")
    for name in ("raster", "preprocessing", "time_scales", "transfer", "learning_curves"):
        assert not kind.has_figure(name)


def test_files_of_trials_are_those_of_their_sources(plan):
    found = {path.split("/")[3] for path in paths.all_latents(plan, "t")}
    assert found == {"pca", "ppca", "ridge", "kernel_ridge"}
    assert paths.baseline_latents(plan, "t", "lds") == []
    assert paths.baseline_latents(plan, "t", "ppca") == [
        f"results/t/latents/ppca/{layer}/0.h5" for layer in ("L1", "L2")
    ]
    assert paths.of_networks(plan, "t", "{network}") == []
    assert {"import_trials", "make_trial_tensor"} < set(paths.timings(plan, "t"))
    assert {"import_recording", "make_tensor"} < set(paths.timings(plan, "a"))


def test_score_tables_are_those_of_the_kind(plan):
    tables = {
        "results/{recording}/scores/decoding/{source}.tsv": lambda recording: ["L1"],
        "results/{recording}/scores/dimensionality.tsv": lambda recording: ["all"],
        "results/{recording}/scores/truth.tsv": lambda recording: ["all"],
    }
    found = {name: paths.score_tables(plan, name, tables) for name in ("a", "t")}
    names = {key: [paths.table_name(path) for path in value] for key, value in found.items()}
    assert names == {"a": ["dimensionality", "truth"], "t": ["decoding", "dimensionality"]}


def test_rules_with_an_output_a_baseline_by_kind(plan):
    found = {rule: names for rule, _, names in plan.by_kind("encode_baselines")}
    assert found == {"encode_baselines": ["a"], "encode_baselines_of_trials": ["t", "f"]}


def test_settings_of_trials(plan):
    assert plan.trial_split("t") == "every_fourth" and plan.trial_split("f") == "last_quarter"
    settings = plan.simulation("t")
    assert "kind" not in settings and "bin_seconds" not in settings
    assert settings["trials"] == 4598 and settings["seed"] == 1


def test_trials_have_a_test_split_whatever_the_shares_of_time():
    split = {"train": 0.8, "validation": 0.2, "test": 0}
    config = with_defaults(recordings=[TRIALS], tensors={"split": split}, umap={"time": "all"})
    assert Plan(config).split_shown("t") == "test"


def test_a_recording_of_time_has_no_new_settings():
    item = with_defaults()["recordings"][0]
    assert "kind" not in item and "kind" not in item["simulate"]
    assert "trials" not in with_defaults()["tensors"]["split"]


BAD = {
    "kind next to simulate": (
        {"name": "x", "kind": "trials", "simulate": {}, "bin_seconds": 1},
        "recordings: x: kind: found trials next to simulate, expected the kind of a simulation "
        "among its settings; as in `simulate: {kind: trials}`.",
    ),
    "seconds of a trial": (
        {"name": "x", "kind": "trials", "path": "x.npy", "bin_seconds": 2},
        "recordings: x: bin_seconds: found 2, expected none, as trials are no bins of time.",
    ),
    "seconds of a simulated trial": (
        TRIALS | {"bin_seconds": 2},
        "recordings: t: bin_seconds: found 2, expected none",
    ),
    "masked values": (
        {"name": "x", "kind": "trials", "path": "x.npy", "nan": "mask"},
        "recordings: x: nan: found mask, expected error, drop_neurons or drop_bins",
    ),
    "stimulus of time": (
        {"name": "x", "path": "x.npy", "stimulus": "s.npy"},
        "recordings: x: stimulus: found s.npy, expected it only next to `path` and `kind: trials`.",
    ),
    "bins of trials": (
        {"name": "x", "simulate": {"kind": "trials", "bins": 9}},
        "recordings: 0: simulate: found unknown key bins, expected only kind, seed, neurons",
    ),
    "unknown kind": (
        {"name": "x", "kind": "spikes", "path": "x.npy"},
        "recordings: 0: kind: found 'spikes', expected one of time, trials.",
    ),
    "unknown split": (
        TRIALS | {"tensors": {"split": {"trials": "first"}}},
        "trials: found 'first', expected one of every_fourth, last_quarter.",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_keys_that_do_not_suit_the_kind(case):
    item, sentence = BAD[case]
    with pytest.raises(InputError) as error:
        with_defaults(recordings=[item])
    assert sentence in str(error.value)


def test_the_file_of_angles_has_to_be_there(tmp_path):
    (tmp_path / "x.npy").write_bytes(b"")
    item = {"name": "x", "kind": "trials", "path": str(tmp_path / "x.npy"), "stimulus": "no.npy"}
    with pytest.raises(InputError, match="recordings: x: stimulus: found no file no.npy"):
        file_checks.check_files({"recordings": [item]})
