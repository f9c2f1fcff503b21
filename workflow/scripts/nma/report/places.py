"""Where figures and tables stand in report.html: with the question that they answer, or in a part
of the page."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatch
from typing import Any, NamedTuple

from nma.report import verdict

# Patterns of figure names, and tables of tables.html.j2. A figure stands at the first place that
# has a pattern of its name.
QUESTIONS = {
    verdict.DIMS: (("dimensionality", "dims_by_neurons", "pca_curves"), ("dimensions",)),
    verdict.NEURONS: (("cosmooth_r2_summary",), ("hidden_neurons",)),
    verdict.ENTRIES: (("masked_r2_summary",), ("hidden_entries",)),
    verdict.AHEAD: (("forecasts",), ("forecasts",)),
    verdict.ANGLE: (("decoding", "psychometric"), ("decoding",)),
    verdict.NOISE: (("tuning_and_noise",), ()),
    verdict.SIGNAL: (("signal",), ()),
    verdict.LAYERS: (("layers",), ()),
    verdict.SHARE: (("transfer",), ()),
    verdict.TUNING: (("tuning_*",), ()),
    verdict.SLOW: (("time_scales",), ()),
    verdict.DECAY: (("decay_times", "poles"), ("decay_times",)),
}
PARTS = {
    "top": ("headline",),
    "scores": ("r2_summary", "reconstructions", "knowledge"),
    "maps": ("umap_*",),
    "networks": ("learning_curves", "inferred_inputs"),
    "figures": ("*",),
}


class Answered(NamedTuple):
    """A question of the page with its answer, figures, and names of tables."""

    question: str
    answer: str
    figures: list[Any]
    tables: tuple[str, ...]


class Places(NamedTuple):
    """answers: in the order of the page; parts: {part: figures}; tables: of no question on it."""

    answers: list[Answered]
    parts: dict[str, list[Any]]
    tables: list[str]


def places(answers: Iterable[tuple[str, str]], figures: Mapping[str, Any]) -> Places:
    """Give each figure and each table its place; answers: (question, answer); figures: {name:
    figure}."""
    answers = list(answers)
    asked = {question: QUESTIONS.get(question, ((), ())) for question, _ in answers}
    patterns = {question: of_figures for question, (of_figures, _) in asked.items()} | PARTS
    left, at = dict(figures), {}
    for place, found in patterns.items():
        names = [name for pattern in found for name in figures if fnmatch(name, pattern)]
        at[place] = [left.pop(name) for name in dict.fromkeys(names) if name in left]
    placed = {table for _, tables in asked.values() for table in tables}
    every = [table for _, tables in QUESTIONS.values() for table in tables]
    return Places(
        [Answered(q, a, at[q], asked[q][1]) for q, a in answers],
        {part: at[part] for part in PARTS},
        [table for table in every if table not in placed],
    )
