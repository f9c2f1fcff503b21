"""The tables that a study leaves, read again for its figure."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from nma.io.frames import read_whole
from nma.io.parsing import read_json
from nma.types import FilePath

NUMBERS = ("trial", "value", "default", "steps", "full_steps", "seconds")


def read_trials(folder: FilePath) -> pd.DataFrame:
    """trials.tsv of a study's folder, in order (columns: see tuning.results.trial_table).

    Columns `param:{key}` stay text, as a choice may look like a number. Raises InputError where
    the file is damaged.
    """
    trials = read_whole(Path(folder, "trials.tsv"), dtype=str, keep_default_na=False)
    for name in NUMBERS:
        trials[name] = pd.to_numeric(trials[name], errors="coerce")
    return trials.sort_values("trial", ignore_index=True)


def read_study(folder: FilePath) -> dict[str, Any]:
    """Tables `trials` and `curves`, `importance` {key: share} and `space` {key: spec} of a study's
    folder. Raises InputError where a file is damaged."""
    importance = read_whole(Path(folder, "importance.tsv"), ["importance"])
    return {
        "trials": read_trials(folder),
        "curves": read_whole(Path(folder, "curves.tsv"), ["trial", "step", "value"]),
        "importance": dict(zip(importance.parameter, importance.importance, strict=True)),
        "space": read_json(Path(folder, "space.json")),
    }


def trials_sentence(folders: Iterable[FilePath]) -> str:
    """One sentence on the trials of all these studies: how they ended, their time, and the time
    that pruning saved."""
    trials = pd.concat([read_trials(folder) for folder in folders])
    count = trials.state.value_counts().reindex(["complete", "pruned", "failed"], fill_value=0)
    pruned = trials[(trials.state == "pruned") & (trials.steps > 0)]
    saved = (pruned.seconds / pruned.steps * (pruned.full_steps - pruned.steps)).sum()
    noun = "trial" if len(trials) == 1 else "trials"
    return (
        f"{len(trials)} {noun} finished, {count.pruned} of them pruned and {count.failed} failed; "
        f"together they ran for {seconds_text(trials.seconds.sum())}, and pruning saved about "
        f"{seconds_text(saved)}."
    )


def seconds_text(seconds: float) -> str:
    """Seconds with their unit, below 10 s with one digit after the point."""
    return f"{seconds:,.1f} s" if seconds < 10 else f"{seconds:,.0f} s"
