"""Tables of a study, as figures read them."""

from pathlib import Path

import pandas as pd

from nma.io.files import read_json
from nma.io.frames import read_whole

NUMBERS = ("trial", "value", "default", "steps", "full_steps", "seconds")


def read_trials(folder):
    """trials.tsv; columns of parameters stay text, as a choice may look like a number."""
    path = Path(folder, "trials.tsv")
    trials = read_whole(path, dtype=str, keep_default_na=False)
    for name in NUMBERS:
        trials[name] = pd.to_numeric(trials[name], errors="coerce")
    return trials.sort_values("trial", ignore_index=True)


def read_study(folder):
    """Its trials, curves, importance {key: share} and space {key: spec}."""
    importance = read_whole(Path(folder, "importance.tsv"), ["importance"])
    return {
        "trials": read_trials(folder),
        "curves": read_whole(Path(folder, "curves.tsv"), ["trial", "step", "value"]),
        "importance": dict(zip(importance.parameter, importance.importance, strict=True)),
        "space": read_json(Path(folder, "space.json")),
    }
