"""What follows from a config, without Snakemake."""

import json

import pytest
from configs import with_defaults

from nma.experiment.paths import forecasts_of, weights_of
from nma.experiment.plan import Plan, base
from nma.io.errors import InputError
from nma.recordings.simulation_settings import Simulation

SIMULATED = {"bin_seconds": 1.2, "simulate": {"seed": 1}}
TWO = [
    {"name": "a", **SIMULATED},
    {"name": "b", "path": "b.npy", "layers": {"count": 2}, "tensors": {"split": {"gap": 7}}},
]
MODELS = [{"name": "mine", "class": "gru"}, {"name": "lstm", "scope": "shared", "dims": 7}]


def plan(**changes):
    return Plan(with_defaults(**{"recordings": TWO, "models": MODELS} | changes))


def test_each_recording_has_its_own_layers_and_tensors():
    found = plan(layers={"count": 3})
    assert found.layers_of("a") == ["L1", "L2", "L3"]
    assert found.layers_of("b") == found.layers_of("b/null/1") == ["L1", "L2"]
    splits = [found.config_of(name)["tensors"]["split"] for name in ("a", "b")]
    assert [split["gap"] for split in splits] == [5, 7]
    assert splits[0]["train"] == splits[1]["train"] == 0.7


def test_what_is_attainable_is_known_of_simulated_latents_that_are_linear():
    dynamics = {"a": "ou", "b": "lorenz", "c": "chaotic_rnn", "d": "rotations"}
    simulated = [
        {"name": name, "bin_seconds": 1.2, "simulate": {"dynamics": kind}}
        for name, kind in dynamics.items()
    ]
    others = [
        {"name": "e", "path": "e.npy"},
        {"name": "f", "simulate": {"kind": "trials"}},
        {"name": "g", **SIMULATED},
    ]
    found = plan(recordings=simulated + others)
    assert [name for name in "abcdefg" if found.has_attainable(name)] == ["a", "d", "g"]


def test_simulations_have_the_defaults_of_their_dynamics():
    """Such that none is an error: a Simulation refuses settings that do not fit together."""
    for dynamics, own in {
        "lorenz": {"latents": 3, "behaviour_latents": 2},
        "chaotic_rnn": {"latents": 200, "behaviour_latents": 16},
        "rotations": {"latents": 450, "time_constants": [30, 120]},
        "ou": {"latents": 450, "time_constants": [2, 20]},
    }.items():
        item = {"name": "a", "bin_seconds": 1.2, "simulate": {"dynamics": dynamics}}
        settings = Simulation(**plan(recordings=[item]).simulation("a"))
        assert {key: getattr(settings, key) for key in own} == own
    given = {"dynamics": "lorenz", "latents": 4}
    item = {"name": "a", "bin_seconds": 1.2, "simulate": given}
    with pytest.raises(InputError, match="latents: found 4, expected 3"):
        Simulation(**plan(recordings=[item]).simulation("a"))


def test_a_repetition_of_the_null_has_the_name_of_its_recording_in_front():
    assert [base("a"), base("a/null/3")] == ["a", "a"]


def test_sources_in_the_order_of_every_table():
    found = plan(seeds=[4, 5])
    assert found.sources == ["pca", "pca_7", "lds_7", "lds_auto", "mine", "lstm"]
    assert found.compared["r2"] == found.sources
    neurons = ["lds", "ppca", "ridge", "kernel_ridge"]
    entries = ["lds", "ppca", "ridge", "interpolation"]
    assert found.compared["cosmooth_r2"] == [*neurons, *found.sources]
    assert found.compared["masked_r2"] == [*entries, *found.sources]
    assert found.with_latents == [
        "raw", "pca", "pca_7", "lds", "ppca", "lds_7", "lds_auto", "mine", "lstm",
    ]  # fmt: skip
    assert found.seeds_of("mine") == [4, 5] and found.seeds_of("pca") == [0]


def test_models_forecast_whose_class_is_known_to(monkeypatch):
    """Under whatever name, and a shared one too; simulations have a ceiling."""
    monkeypatch.setattr("nma.experiment.plan.FORECASTING", ("gru", "rnn"))
    of_time = [{"name": "mine", "class": "gru"}, {"name": "rnn", "scope": "shared"}]
    models = [*of_time, {"name": "lstm"}]
    simple = ["last_bin", "moving_average", "autoregression", "shared_linear"]
    simple += ["vector_autoregression", "lds"]
    divided = {"name": "c", **SIMULATED, "tensors": {"normalise": "population"}}
    found = plan(models=models, seeds=[4, 5], recordings=[*TWO, divided])
    assert found.forecast_sources("a") == [*simple, "mine", "rnn", "truth"]
    assert found.forecast_sources("b") == found.forecast_sources("c") == [*simple, "mine", "rnn"]
    assert found.by_ceiling("rule") == [
        ("rule", simple, ["b", "c"]),
        ("rule_with_ceiling", [*simple, "truth"], ["a"]),
    ]
    files = forecasts_of(found, "b")
    assert len(files) == 2 * (6 + 2 * 2) and files[-1] == "results/b/forecasts/rnn/L2/5.h5"
    assert weights_of(found, "b", "rnn", "4") == ["results/b/models/rnn/all/4.safetensors"]
    assert len(weights_of(found, "b", "mine", "4")) == 2


def test_maps_show_neurons_and_latent_units():
    assert plan().maps == {
        "raw": ("raw", "raw"),
        "pca": ("pca", "neurons"),
        "pca_latents": ("pca", "latents"),
        "lds": ("lds", "neurons"),
        "lds_latents": ("lds", "latents"),
        "mine": ("mine", "neurons"),
        "mine_latents": ("mine", "latents"),
        "lstm": ("lstm", "neurons"),
        "lstm_latents": ("lstm", "latents"),
    }


def test_settings_of_maps_of_neurons_and_of_latent_units():
    found = plan(umap={"neurons": {"n_neighbors": 7}, "latents": {"n_neighbors": 8}})
    kinds = {source: found.map_settings(source)["n_neighbors"] for source in found.maps}
    assert kinds["raw"] == kinds["pca"] == 7 and kinds["pca_latents"] == 8


def test_a_shared_model_has_one_network_and_one_study():
    found = plan(layers={"count": 3})
    assert found.networks_of("a", "mine") == ["L1", "L2", "L3"]
    assert found.networks_of("a", "lstm") == found.studied("a", "lstm") == ["all"]
    assert found.studied("a", "mine") == ["L1"]
    assert plan(layers={"count": 3}, tune={"layers": "each"}).studied("a", "mine") == [
        "L1", "L2", "L3",
    ]  # fmt: skip


def test_the_null_has_an_lds_and_the_first_model_with_a_network_a_layer():
    found = plan(models=MODELS[::-1], scores={"retrainings": 2})
    assert found.retrained == ["lds", "lds_latents", "mine", "mine_latents"]
    assert list(found.repetitions) == [1, 2]
    assert plan(models=MODELS[1:]).retrained == ["lds", "lds_latents"]


def test_layers_are_compared_where_there_are_several():
    found = plan(layers={"count": 2}, recordings=[TWO[0], {**TWO[1], "layers": {"count": 1}}])
    # A shared network has no layer of its own.
    assert found.transfer_sources("a") == ["raw", "pca", "lds", "mine"]
    assert found.null_sources("a") == found.retrained
    assert found.transfer_sources("b") == found.null_sources("b") == []
    assert plan(scores={"retrainings": 0}).null_sources("a") == []


def test_permuted_labels_are_the_null_of_raw_neurons_and_pca():
    found = plan(dims=9, scores={"permutations": 30})
    assert found.permuted("raw") == {"repeats": 30}
    assert found.permuted("pca") == {"repeats": 30, "dims": 9}
    assert found.permuted("mine") is found.permuted("lds") is None


def test_shared_variance_of_all_neurons_unless_they_are_the_one_layer():
    assert plan(layers={"count": 2}).svca_layers("a") == ["L1", "L2", "all"]
    whole = plan(layers={"by": "whole", "count": 1}, recordings=TWO[:1])
    assert whole.svca_layers("a") == ["L1"]


def test_rules_with_an_output_a_layer_by_number_of_layers():
    found = plan(layers={"count": 3})
    assert found.by_layers("slice_layers") == [
        ("slice_layers", ["L1", "L2", "L3"], ["a"]),
        ("slice_layers_of_2", ["L1", "L2"], ["b"]),
    ]


@pytest.mark.parametrize(("test", "expected"), [(0.2, "test"), (0, "validation")])
def test_figures_show_test_or_where_there_is_none_validation(test, expected):
    split = {"train": 0.7, "validation": 0.3 - test, "test": test}
    found = plan(tensors={"split": split}, umap={"time": "all"})
    assert found.split_shown("a") == expected


def test_colours_of_sources_repeat_where_there_are_more():
    found = plan(figures={"source_colours": ["#000000", "#ffffff", "#ff0000"]})
    colours = [found.colour_of(source) for source in ("pca", "pca_7", "mine", "lstm")]
    assert colours == ["#000000", "#ffffff", "#ff0000", "#000000"]


def test_a_network_has_the_settings_that_rerun_it_and_no_others():
    network = plan().network("mine")
    assert network["class"] == "gru"
    assert set(network["settings"]) == {"dims", "options", "training"}


def test_the_settings_of_a_simulation_have_the_seconds_of_a_bin():
    settings = plan().simulation("a")
    assert settings["bin_seconds"] == 1.2 and settings["seed"] == 1
    assert list(settings) == sorted(settings)


def test_a_report_shows_its_own_recording_and_no_password():
    config = with_defaults(recordings=TWO, models=MODELS)
    config["tune"]["storage"] = "postgresql+psycopg://nma:secret@host:5432/nma"
    shown = json.loads(Plan(config).config_text("b"))
    assert [item["name"] for item in shown["recordings"]] == ["b"]
    assert shown["layers"]["count"] == 2
    assert shown["tune"]["storage"] == "postgresql+psycopg://nma:***@host:5432/nma"
