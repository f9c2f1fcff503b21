"""Tables of a study, written from its trials and read again."""

import json

import optuna
import pandas as pd
import pytest
from optuna.distributions import IntDistribution
from optuna.trial import TrialState

from nma.io.errors import InputError
from nma.tuning.results import best_of, curve_table, share_table, trial_table
from nma.tuning.tables import read_study, read_trials, trials_sentence

SPACE = {
    "dims": {"type": "int", "low": 2, "high": 8},
    "training.steps": {"type": "int", "low": 10, "high": 100},
}


DIMS, STEPS = IntDistribution(2, 8), IntDistribution(5, 100)


def study_of(trials):
    """A study of trials (dims, steps, scores on the way): the defaults, whose steps are out of the
    space, one that is pruned, and others; those without a score could not be trained."""
    study = optuna.create_study(direction="maximize")
    for number, (dims, steps, curve) in enumerate(trials):
        facts = {"steps": max(curve, default=0), "seconds": 4.0}
        facts |= {"parameters": 99} if number != 1 and curve else {}
        facts |= {} if curve else {"error": "a loss of nan"}
        complete = number != 1 and curve
        study.add_trial(
            optuna.trial.create_trial(
                state=TrialState.COMPLETE if complete else TrialState.PRUNED,
                value=curve[max(curve)] if complete else None,
                params={"dims": dims} | ({"training.steps": steps} if number else {}),
                distributions={"dims": DIMS} | ({"training.steps": STEPS} if number else {}),
                intermediate_values=curve,
                user_attrs={"worker": 1, "facts": facts} | ({} if number else {"default": True}),
            )
        )
    return study


@pytest.fixture
def study():
    return study_of([(3, 50, {0: 0.1, 50: 0.4}), (5, 80, {20: 0.2, 0: 0.05}), (6, 10, {})])


def written(study, folder):
    trials = study.get_trials()
    for name, table in {
        "trials": trial_table(trials, SPACE, 50),
        "curves": curve_table(trials),
        "importance": share_table({"dims": 0.75, "training.steps": 0.25}),
    }.items():
        table.to_csv(folder / f"{name}.tsv", sep="\t", index=False)
    (folder / "space.json").write_text(json.dumps(SPACE))
    return folder


def test_a_row_a_trial(study):
    rows = trial_table(study.get_trials(), SPACE, 50).to_dict("records")
    assert [row["state"] for row in rows] == ["complete", "pruned", "failed"]
    assert [row["value"] for row in rows][:2] == [0.4, 0.2]  # of a pruned trial the last score
    assert pd.isna(rows[2]["value"])
    assert [row["default"] for row in rows] == [1, 0, 0]
    assert [row["full_steps"] for row in rows] == [50, 80, 10]
    assert [row["param:dims"] for row in rows] == [3, 5, 6]
    assert [row["param:training.steps"] for row in rows] == ["", 80, 10]
    assert [row["parameters"] for row in rows] == [99, "", ""]


def test_curves_are_in_the_order_of_steps(study):
    table = curve_table(study.get_trials())
    assert table.values.tolist() == [[0, 0, 0.1], [0, 50, 0.4], [1, 0, 0.05], [1, 20, 0.2]]


def test_a_study_is_read_as_it_was_written(study, tmp_path):
    found = read_study(written(study, tmp_path))
    assert found["importance"] == {"dims": 0.75, "training.steps": 0.25}
    assert found["space"] == SPACE
    pd.testing.assert_frame_equal(found["curves"], curve_table(study.get_trials()))
    trials = found["trials"]
    assert trials.equals(read_trials(tmp_path))
    assert trials["value"].tolist()[:2] == [0.4, 0.2] and pd.isna(trials["value"][2])
    assert trials["param:dims"].tolist() == ["3", "5", "6"]  # text, as a choice may look like one


def test_a_table_that_is_cut_off_is_named(study, tmp_path):
    path = written(study, tmp_path) / "trials.tsv"
    path.write_text(path.read_text()[:-20])
    with pytest.raises(InputError, match=r"trials\.tsv: content: found"):
        read_trials(tmp_path)


def test_the_sentence_counts_trials_and_the_seconds_that_pruning_saved(study, tmp_path):
    """Pruned after 20 of 80 steps in 4 s: the 60 left would have taken 12 s."""
    assert trials_sentence([written(study, tmp_path)]) == (
        "3 trials finished, 1 of them pruned and 1 failed; together they ran for 12 s, and "
        "pruning saved about 12 s."
    )


@pytest.mark.parametrize(
    ("value", "settings"), [(0.3, {}), (0.5, {"dims": 5, "training.steps": 9})]
)
def test_the_best_settings_are_none_where_the_defaults_were_the_best(value, settings):
    study = study_of([(3, 50, {0: 0.4}), (4, 80, {0: 0.6}), (5, 9, {0: value})])
    found = best_of(study, study.get_trials())
    assert found == {
        "settings": settings,
        "validation_cosmooth_r2": max(value, 0.4),
        "default_validation_cosmooth_r2": 0.4,
        "trials": 3,
    }
