"""The figure of studies: counts and seconds by hand, and studies that went wrong."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from nma.figures.tuning import draw, short_names
from nma.figures.tuning_scores import score_limits
from nma.tuning.tables import read_trials, trials_sentence

SPACES = {
    "training.learning_rate": {"type": "float", "low": 1e-4, "high": 1e-1, "log": True},
    "dims": {"type": "int", "low": 2, "high": 64, "log": True},
    "options.units": {"type": "int", "low": 16, "high": 256, "log": True},
    "training.objective": {"type": "categorical", "choices": ["reconstruct", "predict_hidden"]},
    "training.dropout": {"type": "float", "low": 0.0, "high": 0.6},
    "training.batch_size": {"type": "categorical", "choices": [32, 64, 128]},
    "options.residual": {"type": "categorical", "choices": [True, False]},
    "training.weight_decay": {"type": "float", "low": 1e-6, "high": 1e-2, "log": True},
}
ROW = {"value": 0.3, "default": 0, "steps": 100, "full_steps": 100, "seconds": 10.0, "worker": 1}


def write_study(folder, trials, curves=(), importance=(), keys=("dims",)):
    """Files of a study; trials: rows without their numbers, the first with the defaults."""
    folder.mkdir(parents=True)
    rows = [{"trial": n} | ROW | {"default": int(n == 0)} | row for n, row in enumerate(trials)]
    pd.DataFrame(rows).to_csv(folder / "trials.tsv", sep="\t", index=False)
    for name, found, columns in (
        ("curves", curves, ["trial", "step", "value"]),
        ("importance", importance, ["parameter", "importance"]),
    ):
        table = pd.DataFrame(list(found), columns=columns)
        table.to_csv(folder / f"{name}.tsv", sep="\t", index=False)
    (folder / "space.json").write_text(json.dumps({key: SPACES[key] for key in keys}))
    return folder


def drawn(key, rng):
    spec = SPACES[key]
    if spec["type"] == "categorical":
        return spec["choices"][rng.integers(len(spec["choices"]))]
    ends = np.array([spec["low"], spec["high"]])
    value = np.exp(rng.uniform(*np.log(ends))) if spec.get("log") else rng.uniform(*ends)
    return int(value) if spec["type"] == "int" else float(value)


def random_study(folder, keys, seed, trials=30, level=0.3):
    """Trials that get better, some pruned on their way, one failed and one out of hand."""
    rng = np.random.default_rng(seed)
    rows, curves = [], []
    for number in range(trials):
        value = level - 0.15 * rng.random() ** 2 * np.exp(-number / 20) - 0.01 * rng.random()
        if number in (4, 9):
            value = -40.0 * (number - 3)
        state = "complete" if number in (0, 4) or rng.random() < 0.6 else "pruned"
        stop = 100 if state == "complete" else 10 * int(rng.integers(1, 6))
        steps = np.arange(0, stop + 1, 10)
        course = value - 0.25 * np.exp(-steps / 25)
        row = {"state": state, "value": course[-1], "steps": stop, "seconds": stop * 0.2}
        row |= {f"param:{key}": drawn(key, rng) for key in keys}
        if number == 7:
            row |= {"state": "failed", "value": "", f"param:{keys[-1]}": ""}
            steps = steps[:1]
        rows.append(row)
        curves += [(number, *pair) for pair in zip(steps, course, strict=False)]
    shares = rng.dirichlet(np.ones(len(keys)))
    return write_study(folder, rows, curves, zip(keys, shares, strict=True), keys)


def render(studies, folder, name="figure", **changes):
    """Texts of the figure; studies: their folders, each of which has the name of its layer."""
    svg, png = (folder / f"{name}.{end}" for end in ("svg", "png"))
    tables = [study / file for study in studies for file in ("trials.tsv", "space.json")]
    settings = {"model": "gru", "layers": {f"L{n}": f"L{n}" for n in range(1, 10)}, "dpi": 50}
    settings |= {"layer_colours": ["#332288", "#88ccee", "#44aa99"], "source_colour": "#117733"}
    draw(tables=tables, svg=svg, png=png, **settings | changes)
    assert png.stat().st_size > 0
    return re.findall(r">([^<>\n]+)</t(?:ext|span)>", svg.read_text())


def test_the_summary_counts_trials_and_the_seconds_that_pruning_saved(tmp_path):
    """Saved: 8 / 20 * 80 = 32, and nothing of one that did not make a step."""
    first = [
        {"state": "complete", "seconds": 40.0},
        {"state": "pruned", "steps": 20, "seconds": 8.0},
        {"state": "failed", "value": "", "steps": "", "seconds": ""},
    ]
    second = [
        {"state": "complete", "seconds": 1150.4},
        {"state": "pruned", "value": "", "steps": 0, "seconds": 3.0},
    ]
    folders = [
        write_study(tmp_path / name, trials)
        for name, trials in {"a": first, "b": second, "c": first[:1]}.items()
    ]
    assert trials_sentence(folders[:2]) == (
        "5 trials finished, 2 of them pruned and 1 failed; together they ran for 1,201 s, and "
        "pruning saved about 32 s."
    )
    assert trials_sentence(folders[2:]) == (
        "1 trial finished, 0 of them pruned and 0 failed; together they ran for 40 s, and "
        "pruning saved about 0.0 s."
    )


@pytest.mark.parametrize("count", [1, 4, 5, 8])
def test_the_figure_names_every_parameter(tmp_path, count):
    keys = list(SPACES)[:count]
    texts = render([random_study(tmp_path / "L3", keys, 0)], tmp_path)
    for name in short_names(keys).values():
        assert texts.count(name) == 2  # beside its bar and below its slice
    assert {"complete", "pruned, at its last score", "failed, no score"} <= set(texts)
    assert {"below the panel", "best so far", "default settings"} <= set(texts)
    assert ("predict_hidden" in texts) == (count >= 4)
    assert any(text.startswith("GRU, L3: 30 trials finished") for text in texts)
    assert "Layer" not in texts


def test_of_several_layers_each_has_its_colour(tmp_path):
    keys = ["training.learning_rate", "training.dropout"]
    studies = [
        random_study(tmp_path / f"L{n}", keys, n, level=0.2 + 0.03 * n) for n in range(1, 10)
    ]
    texts = render(studies, tmp_path)
    assert {"Layer", *(study.name for study in studies)} <= set(texts)
    assert any("GRU, 9 layers: 270 trials" in text for text in texts)
    svg = (tmp_path / "figure.svg").read_text()
    assert all(colour in svg for colour in ("#332288", "#88ccee", "#44aa99"))
    assert "#117733" not in svg


def test_odd_studies_are_drawn(tmp_path):
    """One complete trial alone, among others that came to nothing, or none; values not there."""
    one = {"state": "complete", "param:dims": 8}
    pruned = {"state": "pruned", "value": -30.0, "steps": 10, "param:dims": 4}
    failed = {"state": "failed", "value": "", "steps": "", "seconds": "", "param:dims": ""}
    cases = {
        "alone": [one],
        "rest_pruned": [one, pruned, pruned | {"value": ""}, failed],
        "default_failed": [failed, one, pruned | {"value": "-inf"}],
        "none_complete": [failed, pruned, pruned | {"value": 0.1}],
        "no_scores": [failed, failed],
        "equal": [one] * 5,
    }
    for name, rows in cases.items():
        curves = [(0, 0, 0.1), (0, 10, 0.2), (1, 0, 0.1)]
        texts = render([write_study(tmp_path / name / "all", rows, curves)], tmp_path, name)
        assert "dims" in texts and "not told: too few" in texts
        assert ("best so far" in texts) == any(row["state"] == "complete" for row in rows)
        default = rows[0]["state"] == "complete"
        assert ("default settings" in texts) == default
    study = write_study(tmp_path / "no_curves" / "all", [one, one], importance=[("dims", 1.0)])
    assert "not told: too few" not in render([study], tmp_path, "no_curves")


def test_a_parameter_without_importance_is_listed_with_a_dash(tmp_path):
    keys = ["dims", "training.dropout"]
    rows = [{"state": "complete", "param:dims": 3, "param:training.dropout": 0.1}] * 4
    study = write_study(tmp_path / "L1", rows, importance=[("dims", 1.0)], keys=keys)
    texts = render([study], tmp_path)
    assert texts.count("–") == 1 and texts.count("dropout") == 2


def test_a_few_terrible_trials_do_not_ruin_the_range(tmp_path):
    values = [0.3, 0.28, 0.25, 0.29, -50.0, 0.31, -3.0]
    rows = [{"state": "complete", "value": value} for value in values]
    low, high = score_limits([read_trials(write_study(tmp_path / "a", rows))])
    assert 0.1 < low < 0.25 and high == 0.31
    rows = rows[:4]
    assert score_limits([read_trials(write_study(tmp_path / "b", rows))]) == (0.25, 0.3)


def test_names_are_short_where_that_is_clear():
    keys = ["dims", "options.units", "options.dropout", "training.dropout"]
    assert list(short_names(keys).values()) == ["dims", "units", *keys[2:]]
