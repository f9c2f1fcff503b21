"""The whole workflow, run on a small simulated recording."""

import csv
import json
import re
import resource

import h5py
import numpy as np
import pytest
from measured import jobs_over_their_limits
from project import REDUCED, SMALL, Project
from sklearn.decomposition import PCA

LAYERS = ("L1", "L2", "L3")
BASELINES = ("lds", "ppca", "ridge", "kernel_ridge", "interpolation")
WITH_LATENTS = BASELINES[:2]
FORECASTS = ("last_bin", "moving_average", "autoregression", "shared_linear")
FORECASTS += ("vector_autoregression", "lds", "truth")
MAPS = ("raw", "pca", "lds", "rnn", "gru", "lstm")
MAPS += ("pca_latents", "lds_latents", "rnn_latents", "gru_latents")
FIGURES = ("headline", "neurons", "raster", "latents", "loadings", "preprocessing", "pca_curves")
FIGURES += ("learning_curves", "poles")
FIGURES += ("reconstructions", "r2_summary", "cosmooth_r2_summary", "masked_r2_summary")
FIGURES += ("dimensionality", "dims_by_neurons", "knowledge", "time_scales", "decay_times")
FIGURES += ("forecasts", "layers", "transfer")
FIGURES += tuple(f"umap_{name}" for name in (*MAPS, "lstm_latents"))


@pytest.fixture(scope="module")
def results(small_run):
    return small_run.folder / "results" / "small"


def metrics_of(results):
    with open(results / "metrics.tsv", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_every_dataset_says_its_units_and_axes(results):
    bare = []

    def visit(name, item):
        if not isinstance(item, h5py.Dataset):
            return
        if "units" not in item.attrs or len(item.attrs.get("axes", [])) != item.ndim:
            bare.append(f"{item.file.filename}: {name}")

    paths = list(results.rglob("*.h5"))
    latents = 2 * 3 + 5 * 3 + 2 * 3 + 2 * 3 + 1  # of PCA, baselines, LDS of set dims, networks
    svca, probes, time_scales = 3 + 1, len(MAPS) + 1, 10
    scored = svca + probes + time_scales + 6  # transfer of three linear ones, two models; read-ins
    # Of the null: layers, tensors, hidden, LDSs, corrections, latents, maps and probes.
    scored += 3 + 3 + 3 + 3 + 3 + 2 * 3 + 4 + 4
    of_layers = 8 * 3  # layers, tensors, hidden, PCA, corrections and, of three kinds, LDSs
    of_layers += 7 * 3  # forecasts
    assert len(paths) == 1 + 1 + of_layers + latents + len(MAPS) + 1 + scored
    for path in paths:
        with h5py.File(path) as file:
            file.visititems(visit)
    assert not bare


def test_tensors_hold_the_layers_binned_split_and_normalised(results):
    with h5py.File(results / "recording.h5") as recording:
        activity = recording["activity"][:]
        ids = recording["neuron_ids"][:]
    for layer in LAYERS:
        with h5py.File(results / f"tensors/{layer}.h5") as tensor:
            rows = np.searchsorted(ids, tensor["neuron_ids"][:])
            binned = activity[rows].reshape(len(rows), -1, 2).mean(2).T
            train = binned[:420]
            expected = (binned - train.mean(0)) / train.std(0)
            assert tensor["train"].shape == (420, len(rows))
            np.testing.assert_allclose(tensor["train"][:], expected[:420], atol=1e-4)
            np.testing.assert_allclose(tensor["validation"][:], expected[425:480], atol=1e-4)
            np.testing.assert_allclose(tensor["test"][:], expected[485:], atol=1e-4)


def test_layers_are_balanced_and_lie_at_their_depth(results):
    sizes, depths = set(), []
    for layer in LAYERS:
        with h5py.File(results / f"layers/{layer}.h5") as file:
            sizes.add(len(file["neuron_ids"]))
            depths.append(np.unique(file["positions"][2]))
    assert len(sizes) == 1
    assert all(len(depth) == 1 for depth in depths)
    assert depths == sorted(depths)


def test_pca_scores_equal_scikit_learn(results):
    rows = metrics_of(results)
    for layer in LAYERS:
        with h5py.File(results / f"tensors/{layer}.h5") as tensor:
            train, test = tensor["train"][:], tensor["test"][:]
        dims = max(1, train.shape[1] // 3)
        pca = PCA(dims, svd_solver="full").fit(train)
        estimate = pca.inverse_transform(pca.transform(test))
        r2 = 1 - ((test - estimate) ** 2).sum() / ((test - train.mean(0)) ** 2).sum()
        found = [
            float(row["value"])
            for row in rows
            if (row["layer"], row["source"], row["metric"], row["split"])
            == (layer, "pca", "r2", "test")
        ]
        assert found == [pytest.approx(r2, abs=1e-4)]


def test_linear_dynamics_are_kept_and_their_latents_have_the_chosen_dims(results):
    """At the top of the file, and below it those of all dims that were tried."""
    for layer in LAYERS:
        latents = results / f"latents/lds/{layer}/0.h5"
        with h5py.File(results / f"state_space/{layer}.h5") as fits, h5py.File(latents) as found:
            dims, tried = fits.attrs["dims"], list(fits.attrs["dims_tried"])
            neurons = len(found["neuron_ids"])
            assert fits.attrs["layer"] == found.attrs["layer"] == layer
            assert list(found.attrs["dims_tried"]) == tried and dims in tried
            assert found["latents"].shape == (600, dims)
            assert found["reconstruction"].shape == (600, neurons)
            assert found["cosmooth_error_of_dims"].shape == (600, len(tried))
            for name, count in {"/": dims, **{f"dims_{count}": count for count in tried}}.items():
                shapes = {key: fits[name][key].shape for key in (*"AQCR", "time_constants")}
                assert list(shapes.values()) == [
                    (count, count), (count, count), (neurons, count), (neurons,), (count,)
                ]  # fmt: skip
                assert {len(fits[name][f"readout_{kind}"]) for kind in ("hidden", "visible")} == {3}
            np.testing.assert_array_equal(fits["A"], fits[f"dims_{dims}/A"])
            slowest = np.abs(np.linalg.eigvals(fits["A"])).max()
            assert fits["time_constants"][0] == pytest.approx(-2.4 / np.log(slowest), rel=1e-3)
            assert {len(fits[f"transform/{name}"]) for name in ("level", "spread")} == {neurons}


def has(source, metric):
    """Whether a source has a score of held-out activity."""
    if metric.startswith("masked_r2"):
        return source != "kernel_ridge"
    return "cosmooth" in metric or source not in BASELINES or source in WITH_LATENTS


def test_metrics_have_every_source_layer_and_split(results):
    rows = metrics_of(results)
    columns = [
        "recording",
        "layer",
        "source",
        "metric",
        "split",
        "seed",
        "value",
        "ci_low",
        "ci_high",
        "n",
    ]
    assert list(rows[0]) == columns
    pooled = ["r2", "cosmooth_r2", "masked_r2"]
    metrics = [*pooled, "mse", *(f"{metric}_median" for metric in pooled)]
    families = ("gaussian", "zero_inflated_gamma")  # simulated activity is never negative
    for likelihood in (f"{k}{f}_log_likelihood" for k in ("", "cosmooth_") for f in families):
        metrics += [likelihood, f"{likelihood}_gain"]
    sources = ("pca", "pca_3", "lds_3", "lds_auto", *BASELINES, "rnn", "gru", "lstm")
    expected = {
        (layer, source, metric, split)
        for split in ("validation", "test")
        for layer in LAYERS
        for source in sources
        for metric in metrics
        if has(source, metric)
    }
    known = ["behavior_r2", "latent_recovery_r2"]
    known += [f"behavior_r2_{name}" for name in ("running", "pupil", "face")]
    expected |= {
        (layer, source, metric, split)
        for split in ("validation", "test")
        for layer in LAYERS
        for source in ("raw", *sources)
        for metric in known
        if source not in BASELINES or source in WITH_LATENTS
    }
    expected |= {
        (layer, source, metric, split)
        for split in ("validation", "test")
        for layer in LAYERS
        for source, metric in (
            ("truth", "r2"),
            ("truth", "ceiling_r2"),
            ("attainable", "cosmooth_r2"),
            ("attainable", "masked_r2"),
        )
    }
    forecasts = [f"forecast_r2_at_{h}" for h in (1, 2, 4, 8, 16)]
    expected |= {
        (layer, source, metric, split)
        for split in ("validation", "test")
        for layer in LAYERS
        for source in FORECASTS
        for metric in forecasts
    }
    svca = [
        f"svca_reliable_{measure}{form}"
        for measure in ("fraction", "components")
        for form in ("", "_zscored")
    ]
    expected |= {(layer, "raw", metric, "all") for layer in (*LAYERS, "all") for metric in svca}
    metrics += [*known, "ceiling_r2", *forecasts, *svca]
    found = {
        (r["layer"], r["source"], r["metric"], r["split"]) for r in rows if r["metric"] in metrics
    }
    assert found == expected
    by_probe = {(r["source"], r["metric"]) for r in rows if r["metric"].startswith("layer_acc")}
    for source in (*MAPS, "lstm_latents"):
        assert (source, "layer_accuracy_input_linear") in by_probe
        null = (source, "layer_accuracy_input_linear_null") in by_probe
        assert null == (source in ("raw", "pca"))
    retrained = {r["source"] for r in rows if r["metric"] == "layer_accuracy_input_knn_retrained"}
    assert retrained == {"lds", "lds_latents", "rnn", "rnn_latents"}
    for row in rows:
        assert np.isfinite(float(row["value"]))
        if row["ci_low"]:
            assert float(row["ci_low"]) <= float(row["value"]) <= float(row["ci_high"])


def test_what_a_source_has_above_the_opponents_is_the_difference(results):
    """With an interval that is narrower than those of the two, as their bins are the same."""
    rows = {
        (r["layer"], r["source"], r["metric"]): [
            float(r[k]) for k in ("value", "ci_low", "ci_high")
        ]
        for r in metrics_of(results)
        if r["metric"].startswith("cosmooth_r2") and r["split"] == "test" and r["ci_low"]
    }
    for layer in LAYERS:
        for source in ("pca", "lds_3", "rnn", "lstm"):
            for opponent in (*BASELINES[:4], "lds_auto"):
                above, low, high = rows[layer, source, f"cosmooth_r2_above_{opponent}"]
                score, *of_score = rows[layer, source, "cosmooth_r2"]
                other, *of_other = rows[layer, opponent, "cosmooth_r2"]
                assert above == pytest.approx(score - other, abs=1e-5)
                assert low < above < high
                assert high - low < of_score[1] - of_score[0] + of_other[1] - of_other[0]
    assert (LAYERS[0], "ppca", "cosmooth_r2_above_ppca") not in rows
    assert (LAYERS[0], "ppca", "cosmooth_r2_above_rnn") not in rows


def test_an_lds_of_as_many_dims_as_models_is_one_that_was_tried_or_has_its_transform(results):
    """Three dims were tried; a third of the neurons were not."""
    for layer in LAYERS:
        with h5py.File(results / f"state_space/{layer}.h5") as tried:
            with h5py.File(results / f"state_space/3/{layer}.h5") as file:
                np.testing.assert_array_equal(file["C"], tried["dims_3/C"])
            with h5py.File(results / f"state_space/auto/{layer}.h5") as file:
                assert file["C"].shape[1] == file["C"].shape[0] // 3
                assert file.attrs["transform"] == tried.attrs["transform"]


def test_networks_are_described(results):
    described = json.loads((results / "models/gru/L2/0.json").read_text())
    assert described["parameters"] > 0 and described["steps"] == 30 and described["layer"] == "L2"
    assert described["training"]["recipe"] == "windows" and "torch" in described["versions"]
    history = np.genfromtxt(results / "models/gru/L2/0.history.csv", delimiter=",", names=True)
    assert list(history["step"]) == [0, 10, 20, 30]
    assert {"seconds", "attempt", "train_r2", "validation_r2"} <= set(history.dtype.names)
    assert (results / "models/lstm/all/0.safetensors").is_file()
    with h5py.File(results / "latents/lstm/all/0.h5") as file:
        assert file["latents"].shape == (3, 600, 3)


@pytest.mark.parametrize("model", ["rnn", "gru"])
def test_validation_score_after_training_is_the_reported_one(results, model):
    described = json.loads((results / f"models/{model}/L2/0.json").read_text())
    row = [
        float(r["value"])
        for r in metrics_of(results)
        if (r["layer"], r["source"], r["metric"], r["split"]) == ("L2", model, "r2", "validation")
    ]
    assert row == [pytest.approx(described["scores"]["validation_r2"], abs=1e-4)]


def test_no_state_is_left(results):
    assert not list(results.glob("states/**/*.pt"))


def test_every_figure_is_there_and_not_empty(results):
    for name in FIGURES:
        assert (results / f"figures/{name}.png").stat().st_size > 4000, name
        drawn = (results / f"figures/{name}.svg").read_text()
        assert drawn.count("<path") + drawn.count("<image") > 10, name


def test_report_is_one_self_contained_file(results):
    page = (results / "report.html").read_text()
    assert page.count('src="data:image/png;base64,') == len(FIGURES)
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)
    assert all(f'id="{name}"' in page for name in FIGURES)
    pca = [
        float(r["value"])
        for r in metrics_of(results)
        if (r["source"], r["metric"], r["split"]) == ("pca", "r2", "test")
    ]
    assert re.search(rf"<td>PCA</td>\s*<td[^>]*>{np.mean(pca):.3f}</td>", page)
    metric = "cosmooth_zero_inflated_gamma_log_likelihood_gain"
    gains = [
        float(r["value"])
        for r in metrics_of(results)
        if (r["source"], r["metric"], r["split"]) == ("ppca", metric, "test")
    ]
    of_family = page.split('aria-label="Log-likelihoods, zero-inflated gamma"')[1]
    of_source = of_family.split("<td>PPCA</td>")[1].split("</tr>")[0]
    assert f"<td>{np.mean(gains):.3f}</td>" in of_source


def test_no_job_takes_more_than_its_rule_asks_for(results):
    over, jobs = jobs_over_their_limits(results)
    assert not over and jobs > 100


def test_no_temporary_file_is_left(small_run):
    assert not list((small_run.folder / "results").rglob(".*"))


def test_logs_of_training_show_progress(results):
    log = (results / "logs/train_model/gru/L1/0.log").read_text()
    assert "30/30" in log and "validation=" in log


def test_second_run_has_nothing_to_do_in_four_times_a_start_of_snakemake(small_run):
    """Both in processor time, side by side: a machine has days on which everything takes twice as
    long."""
    starts, runs = [], []
    for _ in range(3):
        begin = processor_seconds()
        assert re.match(r"\d+\.", small_run.snakemake("--version").stdout)
        started = processor_seconds()
        assert "Nothing to be done" in small_run.snakemake().stdout
        starts.append(started - begin)
        runs.append(processor_seconds() - started)
    assert min(runs) < 4 * min(starts), (starts, runs)


def processor_seconds():
    """Of all processes that have ended: other work on the machine counts less than in wall time."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_results_do_not_depend_on_the_number_of_cores(local_reduced_run, tmp_path):
    again = Project(tmp_path / "one core", REDUCED)
    again.snakemake("--until", "collect_metrics", cores=1)
    for pattern in (
        "*/latents/**/*.h5",
        "*/umap/*.h5",
        "*/metrics.tsv",
        "*/models/**/*.safetensors",
    ):
        ours, theirs = local_reduced_run.files(pattern), again.files(pattern)
        assert ours and ours.keys() == theirs.keys()
        assert [name for name in ours if ours[name] != theirs[name]] == []


def test_networks_of_every_kind_do_not_depend_on_the_number_of_cores(small_run, tmp_path):
    """Residual, plain and shared ones: the reduced run has but the first."""
    again = Project(tmp_path / "one core", SMALL)
    networks = ("rnn/L1", "gru/L1", "lstm/all")
    again.snakemake(*(f"results/small/latents/{name}/0.h5" for name in networks), cores=1)
    # Of three layers and of three, and one for all; latents also of the LDS that they start from.
    for pattern, files in (("small/latents/**/*.h5", 10), ("small/models/**/*.safetensors", 7)):
        ours, theirs = small_run.files(pattern), again.files(pattern)
        assert len(theirs) == files
        assert [name for name in theirs if ours[name] != theirs[name]] == []


def test_snakemakes_own_report_holds_the_figures(small_run):
    small_run.snakemake("--report", "report.zip")
    assert (small_run.folder / "report.zip").stat().st_size > 100_000
