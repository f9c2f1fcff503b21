"""Recipes from the settings of the config."""

import pytest
from training_settings import WINDOWS

from nma.training.recipes import Sequence, Windows, recipe_of

SEQUENCE = {
    "steps": 3,
    "evaluate_every": 1,
    "learning_rate": 0.1,
    "weight_decay": 0.0,
    "rho": 0.05,
}


def test_a_recipe_has_the_settings_of_training_but_for_where_it_runs():
    place = {"device": "cpu", "threads": 2}
    windows = recipe_of(WINDOWS | place)
    assert isinstance(windows, Windows) and windows == recipe_of(WINDOWS)
    assert (windows.steps, windows.window, windows.objective) == (20, 12, "reconstruct")
    sequence = recipe_of(SEQUENCE | place | {"recipe": "sequence"})
    assert sequence == Sequence(**SEQUENCE)
    assert (sequence.objective, sequence.patience) == ("reconstruct", None)


@pytest.mark.parametrize("settings", [WINDOWS | {"rho": 1}, SEQUENCE | {"recipe": "windows"}])
def test_settings_of_another_recipe_are_refused(settings):
    with pytest.raises(TypeError):
        recipe_of(settings)
