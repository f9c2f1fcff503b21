"""Paths of what rules read, without Snakemake."""

from configs import with_defaults

from nma.experiment import paths
from nma.experiment.plan import Plan

RECORDINGS = [
    {"name": "a", "bin_seconds": 1.2, "simulate": {"seed": 1}},
    {"name": "b", "path": "b.npy", "layers": {"by": "whole", "count": 1}},
]
MODELS = [{"name": "mine", "class": "gru"}, {"name": "lstm", "scope": "shared"}]


def plan(**changes):
    changes = {"recordings": RECORDINGS, "models": MODELS, "layers": {"count": 2}} | changes
    return Plan(with_defaults(**changes))


def test_the_raw_file_is_made_or_the_user_s_own():
    address = "s3://lab/c.npy"
    others = [
        {"name": "c", "path": address, "positions": "c_xyz.npy"},
        {"name": "d", "url": "https://example.org/d.npy", "sha256": "unchecked"},
    ]
    config = with_defaults(recordings=RECORDINGS + others)
    found = Plan(config, {address: "an object"})
    raw = [paths.raw_of(found, name) for name in "abcd"]
    made = [paths.RAW_FILES[kind] for kind in ("simulate", "url")]
    assert raw == [made[0], "b.npy", "an object", made[1]]
    assert [paths.address_of(found, name) for name in "bc"] == [None, address]
    assert paths.file_of(found, "c", "positions") == "c_xyz.npy"
    assert paths.file_of(found, "c", "labels") == []


def test_the_format_of_a_download_is_that_of_its_address_as_far_as_it_says():
    def formats(url):
        return paths.formats_of_item({"name": "a", "url": url, "sha256": "unchecked"})

    assert formats("https://example.org/m/A.MAT?token=b.npy#c.npz") == ["mat"]
    assert formats("https://example.org/m.h5") == ["caiman", "hdf5"]
    # A folder cannot be downloaded.
    unknown = ["caiman", "hdf5", "mat", "npy", "npz", "nwb"]
    assert formats("https://example.org/files/123") == unknown
    assert formats("https://example.org/m.zarr") == unknown
    assert paths.formats_of_item({"name": "a", "simulate": {}}) == ["npy"]


def test_a_file_on_the_web_is_no_input(tmp_path):
    (tmp_path / "f.nwb").touch()
    web = "https://api.dandiarchive.org/api/assets/7/download/"
    others = [
        {"name": "e", "path": web, "series": "Deconvolved", "cells": 0.5},
        {"name": "f", "path": str(tmp_path / "f.nwb")},
        {"name": "g", "path": "s3://lab/g.nwb"},
    ]
    found = Plan(with_defaults(recordings=RECORDINGS + others), {"s3://lab/g.nwb": "an object"})
    assert [paths.raw_of(found, name) for name in "eg"] == [[], "an object"]
    assert [paths.address_of(found, name) for name in "efg"] == [web, None, "s3://lab/g.nwb"]
    assert paths.formats_of(found, "e") == ["nwb"]
    assert paths.options_of(found, "e") == {"cells": 0.5, "series": "Deconvolved"}
    # Only a file that is there can be copied.
    sources = [paths.nwb_source(found, name) for name in "abefg"]
    assert sources == [[], [], [], str(tmp_path / "f.nwb"), []]


def test_tables_of_scores_and_of_studies():
    tables = {"results/{recording}/scores/x/{source}.tsv": lambda recording: [recording, "y"]}
    assert paths.score_tables(plan(), "a", tables) == [
        "results/a/scores/x/a.tsv",
        "results/a/scores/x/y.tsv",
    ]
    tuned = plan(tune={"enabled": True})
    assert paths.score_tables(tuned, "a", {}) == paths.confirmations(tuned, "a")


def test_a_path_for_each_layer():
    template = "results/{recording}/pca/{layer}.h5"
    assert paths.of_layers(plan(), "a/null/2", template) == [
        "results/a/null/2/pca/L1.h5",
        "results/a/null/2/pca/L2.h5",
    ]


def test_a_path_for_each_network_by_model_layer_and_seed():
    found = paths.of_networks(plan(seeds=[0, 5]), "a", "results/{recording}/m/{network}.json")
    names = [f"mine/{layer}/{seed}" for layer in ("L1", "L2") for seed in (0, 5)]
    names += ["lstm/all/0", "lstm/all/5"]
    assert found == [f"results/a/m/{name}.json" for name in names]


def test_a_shared_network_sees_the_tensors_of_all_layers():
    assert paths.tensors_of(plan(), "a", "L2") == ["results/a/tensors/L2.h5"]
    assert paths.tensors_of(plan(), "a", "all") == [
        "results/a/tensors/L1.h5",
        "results/a/tensors/L2.h5",
    ]


def test_latents_by_layer_then_by_seed():
    found = plan(seeds=[3, 4])
    assert paths.latents_of(found, "a", "mine") == [
        f"results/a/latents/mine/{layer}/{seed}.h5" for layer in ("L1", "L2") for seed in (3, 4)
    ]
    assert paths.latents_of(found, "a", "lstm", [3]) == ["results/a/latents/lstm/all/3.h5"]
    assert paths.latents_of(found, "b", "lds", [3]) == ["results/b/latents/lds/L1/0.h5"]
    assert paths.scored_latents(found, "b", "raw") == []


def test_metrics_gather_the_latents_of_every_source():
    sources = ["pca", "lds", "ppca", "ridge", "kernel_ridge", "interpolation"]
    expected = [f"results/b/latents/{source}/L1/0.h5" for source in sources]
    expected += [
        "results/b/latents/lds_auto/L1/0.h5",
        "results/b/latents/mine/L1/0.h5",
        "results/b/latents/lstm/all/0.h5",
    ]
    assert paths.all_latents(plan(), "b") == expected


def test_the_points_of_a_map():
    found = plan(seeds=[3, 4])
    assert paths.map_files(found, "b", "raw") == ["results/b/tensors/L1.h5"]
    assert paths.map_files(found, "b", "mine_latents") == ["results/b/latents/mine/L1/3.h5"]


def test_the_best_settings_of_a_network_are_those_of_its_study():
    tuned = plan(tune={"enabled": True})
    assert paths.best_settings(plan(), "a", "mine", "L2") == []
    found = paths.best_settings(tuned, "a/null/1", "mine", "L2")
    assert found == "results/a/tune/mine/L1/best.yaml"
    each = plan(tune={"enabled": True, "layers": "each"})
    assert paths.best_settings(each, "a", "mine", "L2") == "results/a/tune/mine/L2/best.yaml"
    assert paths.confirmations(each, "b") == [
        "results/b/tune/mine/L1/retrained.tsv",
        "results/b/tune/lstm/all/retrained.tsv",
    ]


def test_the_truth_is_there_where_it_was_simulated():
    assert paths.truth_of(plan(), "a") == "results/a/truth.h5"
    assert paths.truth_of(plan(), "b") == []


def test_timings_are_benchmarks_of_rules():
    found = paths.timings(plan(), "b")
    folder = "results/b/benchmarks"
    assert found["make_tensor"] == [f"{folder}/make_tensor/L1.tsv"]
    assert found["train_model"] == [
        f"{folder}/train_model/mine/L1/0.tsv",
        f"{folder}/train_model/lstm/all/0.tsv",
    ]
    assert found["encode_latents"] == [
        f"{folder}/encode_latents/mine/0.tsv",
        f"{folder}/encode_latents/lstm/0.tsv",
    ]


def test_residual_networks_start_from_files_of_their_layer():
    """Where activity is hidden in training; others start from no file."""
    models = [{"name": "residual_gru"}, {"name": "mine", "class": "gru"}]
    models += [{"name": "study", "class": "residual_rnn", "training": {"recipe": "sequence"}}]
    of_lds = plan(models=models)
    folder = "results/a/null/1"
    assert paths.start_of(of_lds, "a/null/1", "residual_gru", "L2") == [
        f"{folder}/state_space/L2.h5",
        f"{folder}/corrections/L2.h5",
    ]
    assert paths.starts_of(of_lds, "a", "corrections", "residual_gru") == [
        f"results/a/corrections/{layer}.h5" for layer in of_lds.layers_of("a")
    ]
    for other in ("mine", "study"):
        assert paths.start_of(of_lds, "a", other, "L2") == []
        assert paths.starts_of(of_lds, "a", "state_space", other) == []
