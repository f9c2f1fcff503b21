"""Every figure and table stands in one place of the page."""

from nma.report import verdict
from nma.report.places import PARTS, QUESTIONS, places

FIGURES = ["pca_curves", "dimensionality", "tuning_gru", "tuning_and_noise", "umap_raw", "added"]


def test_figures_stand_with_their_question_and_others_in_a_part():
    found = places([(verdict.DIMS, "10."), (verdict.NOISE, "No.")], {f: f for f in FIGURES})
    assert [asked.figures for asked in found.answers] == [
        ["dimensionality", "pca_curves"],
        ["tuning_and_noise"],
    ]
    assert found.answers[0].tables == ("dimensions",)
    assert found.parts["maps"] == ["umap_raw"]
    # Of a question that is not on the page, and of none.
    assert found.parts["figures"] == ["tuning_gru", "added"]


def test_tables_without_their_question_are_not_lost():
    every = {table for _, tables in QUESTIONS.values() for table in tables}
    assert set(places([], {}).tables) == every
    assert set(places([(verdict.DIMS, "")], {}).tables) == every - {"dimensions"}


def test_no_figure_stands_twice():
    found = places([(question, "") for question in QUESTIONS], {f: f for f in FIGURES})
    stand = [f for asked in found.answers for f in asked.figures]
    stand += [f for part in PARTS for f in found.parts[part]]
    assert sorted(stand) == sorted(FIGURES)
