"""Results of a study, for training and for its figure: best.yaml and tables of its trials."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nma.io.files import atomic_path
from nma.io.parsing import read_json
from nma.jobs.job import job
from nma.tuning.best_settings import write_best
from nma.tuning.results import best_of, curve_table, importances, share_table, trial_table
from nma.tuning.storage import answering, open_study, quiet_optuna
from nma.tuning.workers import FINISHED
from nma.types import FilePath


def main(
    workers: Iterable[FilePath],
    out: FilePath,
    *,
    folder: FilePath,
    tune: dict[str, Any],
    steps: int,
    storage: str,
) -> None:
    """Write best.yaml, trials.tsv, curves.tsv, importance.tsv and space.json to the folder `out`.

    workers: the files of the study's workers; folder: of the study; tune: its settings, of which
    `space` is used; steps: the budget of a trial where it is not searched; storage: `journal`, or
    the URL of a database. Raises InputError where no trial could be trained.
    """
    quiet_optuna()
    (name,) = {read_json(path)["study"] for path in workers}
    space, out = tune["space"], Path(out)
    with answering(storage):
        study = open_study(name, storage, folder)
        # Not those that failed: they were killed, and have been run again.
        trials = study.get_trials(deepcopy=False, states=FINISHED)
        found = best_of(study, trials)
        shares = importances(study, space)
    write_best(out / "best.yaml", found)
    texts = {"space.json": json.dumps(space, indent=2) + "\n"}
    for table, frame in {
        "trials": trial_table(trials, space, steps),
        "curves": curve_table(trials),
        "importance": share_table(shares),
    }.items():
        texts[f"{table}.tsv"] = frame.to_csv(sep="\t", index=False)
    for file, text in texts.items():
        with atomic_path(out / file) as temporary:
            temporary.write_text(text)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            workers=snakemake.input.workers,
            out=Path(snakemake.output.best).parent,
            folder=snakemake.params.folder,
            tune=dict(snakemake.params.tune),
            steps=snakemake.params.steps,
            storage=snakemake.config["tune"]["storage"],
        )
