"""Figures for a paper, which are made only if they are asked for."""

import pandas as pd

FIGURES = {"headline", "r2_summary", "cosmooth_r2_summary", "masked_r2_summary", "dimensionality"}
FIGURES |= {"dims_by_neurons", "time_scales", "decay_times", "forecasts"}


def test_a_finished_run_draws_its_main_figures_at_both_widths(small_run, tmp_path):
    assert not (small_run.folder / "results/small/paper").exists()
    project = small_run.copied(tmp_path / "p")
    project.snakemake("figures_paper")
    folder = project.folder / "results/small/paper"
    assert {path.stem for path in folder.glob("*.tsv")} == FIGURES
    for name in FIGURES:
        assert len(pd.read_csv(folder / f"{name}.tsv", sep="\t")) >= 4, name
        for width in (89, 183):
            for kind in ("pdf", "svg"):
                assert (folder / f"{name}_{width}mm.{kind}").stat().st_size > 4000
    scores = pd.read_csv(folder.parent / "metrics.tsv", sep="\t")
    rows = scores[(scores.source == "ridge") & (scores.metric == "cosmooth_r2")]
    shown = pd.read_csv(folder / "headline.tsv", sep="\t", dtype={"x": str})
    shown = shown[(shown.x == "ridge") & shown.layer.notna()].set_index("layer").y
    of_test = rows[rows.split == "test"].set_index("layer").value
    pd.testing.assert_series_equal(shown, of_test, check_names=False)
    assert not project.pending()
