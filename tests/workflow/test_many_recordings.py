"""The summary of several recordings: complete, or saying what is missing; never an older one."""

import re
from types import SimpleNamespace

import numpy as np
import pytest
from project import REDUCED, SMALL

from nma.figures.labels import label
from nma.scores.frame import read_table

NEW = {"gather_metrics": 1, "render_summary": 1}
CAPTION = "workflow/report/captions/raster.rst"


@pytest.fixture(scope="module")
def summary(small_run):
    """The finished small recording, and beside it `bad`, whose file is not as it must be."""
    project, results = small_run, small_run.folder / "results"
    np.save(project.folder / "bad.npy", {"spks": np.ones((4, 40))}, allow_pickle=True)
    bad = {"name": "bad", "path": "bad.npy", "bin_seconds": 1}
    project.configure({**SMALL, "recordings": [bad, *SMALL["recordings"]]})
    found = SimpleNamespace(project=project, page=results / "summary.html")
    found.table = results / "summary.tsv"
    found.run = project.snakemake(check=False)
    yield found
    project.configure(SMALL)
    project.snakemake()


def rows(page):
    """{recording: text of its row}."""
    cells = re.findall(r"<tr><td>(.*?)</tr>", page.read_text())
    plain = [re.sub(r"<[^>]+>", "|", row) for row in cells]
    return {row.strip("|").split("|")[0]: row for row in plain}


def test_a_recording_that_fails_does_not_stop_the_others_and_is_shown(summary):
    assert summary.run.returncode != 0
    found = rows(summary.page)
    assert list(found) == ["bad", "small"]
    assert "|failed|" in found["bad"]
    assert "bad.npy: sresp: found no such key among spks, expected a dict" in found["bad"]
    assert "|finished|" in found["small"] and "failed" not in found["small"]
    assert 'href="small/report.html"' in summary.page.read_text()
    assert 'href="bad/' not in summary.page.read_text()
    assert not summary.table.exists()
    assert summary.project.pending()["render_summary"] == 1


def test_numbers_are_those_of_the_metrics(summary):
    table = read_table(summary.project.folder / "results/small/metrics.tsv")
    held_out = table[(table.metric == "cosmooth_r2") & (table.split == "test")]
    means = held_out.groupby("source").value.mean()
    row = rows(summary.page)["small"]
    best = means[["lds", "lds_auto", "lds_3", "ppca", "ridge", "kernel_ridge"]]
    assert f"{label(best.idxmax())} {best.max():.3f}" in row
    assert f" {means[['rnn', 'gru', 'lstm']].max():.3f}|" in row
    reliable = table[table.metric == "svca_reliable_components"].set_index("layer").value
    assert f"|{reliable['all']:.0f} (" in row
    assert summary.page.read_text().count('src="data:image/png;base64,') == 4


def test_a_repaired_recording_renews_the_summary(summary):
    """Without the bad recording; then with one that fails at its end and is repaired by a rerun."""
    project, target = summary.project, "results/summary.html"
    metrics = project.folder / "results/small/metrics.tsv"
    project.configure(SMALL)
    assert project.pending(target) == NEW
    project.snakemake(target)
    assert list(rows(summary.page)) == ["small"]
    assert summary.table.read_bytes() == metrics.read_bytes()
    assert project.pending(target) == {}

    caption = project.folder / CAPTION
    text = caption.read_text()
    caption.write_text(text + "{{ nothing")
    try:
        assert project.snakemake(target, check=False).returncode != 0
    finally:
        caption.write_text(text)
    assert "|failed|" in rows(summary.page)["small"]
    assert "TemplateSyntaxError" in rows(summary.page)["small"]
    project.snakemake("results/small/report.html")
    assert "|failed|" in rows(summary.page)["small"]
    assert project.pending(target) == {"render_summary": 1}
    project.snakemake(target)
    assert "|finished|" in rows(summary.page)["small"]


def test_recordings_may_have_as_many_layers_as_they_like(local_reduced_run, tmp_path):
    """Beside the reduced demo the same recording as a whole; nothing of the first is made again."""
    raw = {"path": "results/reduced/simulated.npy", "bin_seconds": 1.2}
    whole = {"name": "whole", **raw, "layers": {"by": "whole", "count": 1}}
    recordings = [*REDUCED["recordings"], whole]
    project = local_reduced_run.copied(tmp_path / "p", {**REDUCED, "recordings": recordings})
    project.snakemake()
    results = project.folder / "results"
    assert sorted(path.name for path in (results / "whole/layers").iterdir()) == ["L1.h5"]
    assert not (results / "whole/figures/transfer.svg").exists()
    metrics = "results/reduced/metrics.tsv"
    made = [folder / metrics for folder in (local_reduced_run.folder, project.folder)]
    assert len({path.stat().st_mtime_ns for path in made}) == 1
    summary = results / "summary.html"
    found = rows(summary)
    assert "2 recordings, 1 to 2 layers of equally many neurons in each;" in summary.read_text()
    assert "of 2|" in found["reduced"] and "of 1|" in found["whole"]
    assert project.pending() == {}
