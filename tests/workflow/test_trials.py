"""A recording of trials, simulated, through the whole workflow, and one of time next to it."""

import numpy as np
import pytest
from project import REDUCED, Project

from nma.io.hdf5 import open_h5
from nma.scores.frame import read_table

TRIALS = {
    "recordings": [
        {
            "name": "trials",
            "simulate": {"kind": "trials", "neurons": 2000, "trials": 1200, "planes": 2, "seed": 1},
            "layers": {"neurons": 400},
        }
    ],
    "layers": {"count": 2},
    "scores": {"permutations": 2},
    "umap": {"epochs": 20},
    "figures": {"dpi": 80},
}
FIGURES = {
    "headline",
    "cosmooth_r2_summary", "decoding", "dimensionality", "layers", "masked_r2_summary", "neurons",
    "pca_curves", "psychometric", "r2_summary", "signal", "tuning_and_noise", "umap_pca",
    "umap_pca_latents", "umap_raw",
}  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The project, run to its end."""
    project = Project(tmp_path_factory.mktemp("trials") / "p", TRIALS)
    project.snakemake()
    return project


@pytest.fixture(scope="module")
def table(run):
    return read_table(run.folder / "results/trials/metrics.tsv")


def test_figures_for_a_paper_are_those_that_trials_have(run):
    run.snakemake("figures_paper")
    drawn = {path.stem for path in (run.folder / "results/trials/paper").glob("*.tsv")}
    summaries = {f"{metric}_summary" for metric in ("r2", "cosmooth_r2", "masked_r2")}
    assert drawn == {"headline", "dimensionality", *summaries}


def test_every_figure_of_trials_is_drawn_and_no_other(run):
    folder = run.folder / "results/trials/figures"
    assert {path.stem for path in folder.glob("*.png")} == FIGURES
    page = (run.folder / "results/trials/report.html").read_text()
    assert page.count("<figure id=") == len(FIGURES)


def test_the_report_answers_what_trials_are_asked(run):
    page = (run.folder / "results/trials/report.html").read_text()
    assert "2,000 neurons, 1,200 trials." in page
    assert (
        "Trials have no order in time. So what models time is left out: networks, the LDS" in page
    )
    assert "How precisely can the angle be decoded?" in page
    assert "<p>Yes: in cosmooth_r2 of hidden neurons the angle alone has" in page
    for words in ("Decay times of the LDS", 'id="networks"', "time bins of", "residual"):
        assert words not in page.split('id="config"')[0]


def test_scores_are_those_of_the_simulation(table):
    test = table[table.split == "test"].set_index(["source", "metric", "layer"]).value
    truth = table[(table.source == "truth") & (table.metric == "signal_share")]
    for layer, share in truth.set_index("layer").value.items():
        assert test["raw", "signal_share", layer] == pytest.approx(share, abs=0.03)
        assert test["angle", "cosmooth_r2", layer] == pytest.approx(share, abs=0.05)
        gap = test["angle_and_neurons", "cosmooth_r2_above_angle", layer]
        assert 0.1 < gap < 0.2  # the shares that shared noise and drift have
        for source in ("raw", "pca", "ppca"):
            assert 0.5 < test[source, "decoding_error", layer] < 6
            assert 0.5 < test[source, "discrimination_threshold", layer] < 8
    assert test["raw", "decoding_error", "all"] < test["raw", "decoding_error", "L1"]


def test_sources_are_those_without_a_model_of_time(table):
    assert set(table.source) == {
        "raw", "pca", "pca_latents", "ppca", "ridge", "kernel_ridge", "angle", "angle_and_neurons",
        "truth",
    }  # fmt: skip
    scores = table[table.metric.isin(["decoding_error", "cosmooth_r2", "signal_share"])]
    assert scores[scores.source != "truth"][["ci_low", "ci_high"]].notna().all(axis=None)


def test_files_of_trials_have_no_seconds(run):
    for name in ("recording", "layers/L1", "tensors/L1", "latents/ppca/L1/0"):
        with open_h5(run.folder / f"results/trials/{name}.h5") as file:
            assert "bin_seconds" not in file.attrs


def test_nothing_is_left_to_do(run):
    assert run.pending() == {}


def test_another_split_reruns_what_follows_from_it(run):
    """The import too, as outliers are judged by train; no simulation, as it has no splits."""
    item = TRIALS["recordings"][0] | {"tensors": {"split": {"trials": "last_quarter"}}}
    run.configure({**TRIALS, "recordings": [item]})
    pending = run.pending()
    run.configure(TRIALS)
    assert pending["import_trials"] == 1 and pending["make_trial_tensor"] == 2
    assert "simulate_trials" not in pending and "make_tensor" not in pending


def test_recordings_of_both_kinds_have_their_own_jobs(run):
    recordings = [*TRIALS["recordings"], *REDUCED["recordings"]]
    run.configure(TRIALS | REDUCED | {"recordings": recordings})
    pending = run.pending()
    run.configure(TRIALS)
    assert pending["make_tensor"] == pending["fit_lds"] == pending["train_model"] == 2
    assert pending["import_recording"] == pending["render_summary"] == 1
    assert "make_trial_tensor" not in pending and "score_decoding" not in pending


WRONG = {
    "no kind": ({}, "raw.npy: istim: found the stimuli of trials"),
    "degrees": (
        {"kind": "trials"},
        "raw.npy: istim: found angles up to 300, expected an angle in radians",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_one_sentence_in_the_log(run, case):
    changes, sentence = WRONG[case]
    rng = np.random.default_rng(0)
    fields = {"sresp": rng.random((20, 80)), "istim": np.linspace(0, 300, 80)}
    np.save(run.folder / "raw.npy", fields, allow_pickle=True)
    item = {"name": "wrong", "path": "raw.npy", **changes}
    run.configure({**TRIALS, "recordings": [item]})
    result = run.snakemake("results/wrong/recording.h5", check=False)
    run.configure(TRIALS)
    assert result.returncode != 0 and sentence in result.stdout
    assert not (run.folder / "results/wrong/recording.h5").exists()
