"""The summary page: its rows, a page without a finished recording, and gathered tables."""

import json

import numpy as np
import pandas as pd

from nma.figures.recordings import draw_dims, draw_scores
from nma.io.hdf5 import new_h5, put
from nma.report import summary
from nma.report.incomplete import error_in
from nma.scores.frame import scores_by_layer
from nma.scores.table import gather


def test_tables_follow_one_another_under_one_header(tmp_path):
    paths = [tmp_path / name for name in ("a.tsv", "b.tsv")]
    for path in paths:
        path.write_text(f"recording\tvalue\n{path.stem}\t1\n{path.stem}\t2\n")
    gather(tmp_path / "all.tsv", paths)
    assert (tmp_path / "all.tsv").read_text() == "recording\tvalue\na\t1\na\t2\nb\t1\nb\t2\n"


SCORES = pd.DataFrame(
    {
        "L1": [0.1, 0.4, 0.3, 0.3, 0.5, 0.2],
        "L2": [0.3, 0.0, 0.1, 0.0, 0.1, 0.3],
        "L3": [0.3, 0.0, 0.1, 0.5, 0.4, 0.6],
    },
    index=["ppca", "lds", "ridge", "kernel_ridge", "gru", "rnn"],
)


def test_the_best_is_that_of_the_highest_mean_over_layers():
    assert summary.best_source(SCORES, ["ppca", "lds"])["name"] == "PPCA"
    network = summary.best_source(SCORES, ["gru", "rnn"])
    assert (network["name"], round(network["value"], 6)) == ("RNN", round(1.1 / 3, 6))
    assert summary.best_source(SCORES, []) is None


def test_a_network_is_ahead_where_it_is_above_all_opponents():
    assert summary.layers_ahead(SCORES, ["gru", "rnn"]) == "1 of 3"  # RNN: not in L1, equal in L2
    assert summary.layers_ahead(SCORES, ["gru"]) == "1 of 3"  # in L3 below kernel ridge
    assert summary.layers_ahead(SCORES, []) == ""


def test_a_recording_too_short_for_svca_has_a_row_without_it(tmp_path):
    with new_h5(tmp_path / "recording.h5", source_file="/data/a.npy") as file:
        put(file, "activity", np.zeros((4, 50)), units="1", axes=("neuron", "bin"))
    rows = [
        {"layer": layer, "source": source, "metric": "cosmooth_r2", "split": "test"}
        for layer in ("L1", "L2")
        for source in ("lds", "gru")
    ]
    table = pd.DataFrame(rows).assign(seed=0, value=0.2, ci_low=0.1, ci_high=0.3, n=10)
    row = summary.row_of("a", tmp_path, table, ["gru"], layers=["L1", "L2"], split="test")
    assert (row["reliable"], row["reliable_of_layers"], row["neurons"]) == (None, "", 4)
    files = {"svg": tmp_path / "d.svg", "png": tmp_path / "d.png"}
    draw_dims({"a": table}, {"L1": "L1", "L2": "L2"}, ["#332288"], **files, dpi=50)
    assert files["png"].stat().st_size > 0


def test_a_recording_of_trials_has_no_network_and_no_count_of_all_neurons(tmp_path):
    with new_h5(tmp_path / "recording.h5", source_file="/data/a.npy") as file:
        put(file, "activity", np.zeros((4, 50)), units="1", axes=("neuron", "trial"))
    rows = [(layer, "ppca", "cosmooth_r2", "test", 0.2) for layer in ("L1", "L2")]
    rows += [(layer, "raw", "svca_reliable_components", "all", 7) for layer in ("L1", "L2")]
    table = pd.DataFrame(rows, columns=["layer", "source", "metric", "split", "value"])
    table = table.assign(seed=0, ci_low=0.1, ci_high=0.3, n=10)
    row = summary.row_of("a", tmp_path, table, ["gru"], layers=["L1", "L2"], split="test")
    assert (row["network"], row["ahead"], row["baseline"]["name"]) == (None, "", "PPCA")
    assert (row["reliable"], row["reliable_of_layers"]) == (None, "7")
    scores = {"a": scores_by_layer(table, "test")}
    files, colours = {"svg": tmp_path / "d.svg", "png": tmp_path / "d.png"}, ["#332288"]
    layers = {"L1": "L1", "L2": "L2"}
    draw_scores(scores, "cosmooth_r2", layers, ["ppca", "gru"], colours, **files, dpi=50)
    assert files["png"].stat().st_size > 0


def test_a_page_without_a_finished_recording(tmp_path):
    summary.render_summary(
        "workflow/report/summary.html.j2",
        tmp_path / "summary.html",
        tmp_path / "summary",
        recordings={
            "a": {"layers": ["L1"], "split": "test"},
            "b": {"layers": ["L1", "L2"], "split": "test"},
        },
        models=[],
        sources={},
        style={"source_colours": [], "layer_colours": [], "dpi": 80},
        errors={"a": ["<x>: found 1, expected 2."], "b": []},
    )
    page = (tmp_path / "summary.html").read_text()
    assert "2 of 2 recordings are not finished" in page
    assert "&lt;x&gt;: found 1, expected 2." in page
    assert 'class="failed">not finished<' in page
    assert "<img" not in page


def test_layers_have_their_names_where_recordings_agree(tmp_path):
    for recording, names in {"a": ["CA1", "CA3"], "b": ["CA1", "DG", "x$"]}.items():
        rows = [{"layer": f"L{n}", "name": name} for n, name in enumerate(names, 1)]
        (tmp_path / recording).mkdir()
        (tmp_path / recording / "layers.json").write_text(json.dumps({"layers": rows}))
    found = summary.shown_names({"a": {}, "b": {}}, tmp_path)
    assert found == {"L1": "CA1", "L2": "L2", "L3": r"x\$"}


def test_the_error_of_a_job_is_in_its_log(tmp_path):
    log = tmp_path / "a.log"
    assert error_in(log) == ""
    log.write_text("nma: error: an older one.\nall is well\n")
    assert error_in(log) == ""
    log.write_text("at work\nnma: error: x.npy: found 1, expected 2.\n")
    assert error_in(log) == "x.npy: found 1, expected 2."
