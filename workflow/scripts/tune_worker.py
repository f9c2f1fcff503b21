"""One worker of a study: trains a network with different settings until all trials are done."""

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from nma.io.files import atomic_path
from nma.jobs.job import job
from nma.training.dataset import TrainingData
from nma.training.network import Network
from nma.tuning.objective import TrainedScore, default_settings
from nma.tuning.proposals import new_pruner
from nma.tuning.search_space import replaced
from nma.tuning.storage import answering, open_study, quiet_optuna
from nma.tuning.workers import Worker, work
from nma.types import FilePath


def main(
    tensors: Iterable[FilePath],
    out: FilePath,
    network: Network,
    *,
    folder: FilePath,
    number: int,
    code: str,
    tune: dict[str, Any],
    storage: str,
    start: Sequence[FilePath] = (),
) -> None:
    """Run trials, then write the name of the study and its number of trials to `out` (.json).

    tensors: one path, or those of all layers for a shared network; network: has the settings of the
    first trial; folder: for the journal and for states of trials that a kill interrupted; number:
    of this worker; tune: {"space", "trials", "steps", "sampler", "pruner", "seed"}; storage:
    `journal`, or the URL of a database; start: files of an LDS that networks start from. The
    study's name is a digest of all that defines it, except `trials` and `storage`: while that is
    unchanged the study continues, and with other data, settings or code (of training) a new one
    begins.
    """
    quiet_optuna()
    training = network.settings["training"]
    data = TrainingData(tensors, training["device"], training["threads"], start)
    settings = network.settings | {"dims": data.dims(network)}
    if tune["steps"] != "auto":
        settings = replaced(settings, {"training.steps": tune["steps"]})
    network = replace(network, settings=settings)
    defining = {key: tune[key] for key in ("space", "sampler", "pruner", "seed")}
    name = data.digest(network, code, defining)
    began = time.perf_counter()
    with Worker(folder, number) as worker, answering(storage):
        pruner = new_pruner(tune["pruner"], training["evaluate_every"])
        work(
            open_study(name, storage, folder, pruner),
            TrainedScore(data, network, code, folder),
            worker,
            trials=tune["trials"],
            defaults=default_settings(network, tune["space"]),
            space=tune["space"],
            sampler=tune["sampler"],
            seed=tune["seed"],
        )
    print(f"{time.perf_counter() - began:.1f} s", flush=True)
    with atomic_path(out) as path:
        path.write_text(json.dumps({"study": name, "trials": tune["trials"]}) + "\n")


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            tensors=snakemake.input.tensors,
            out=snakemake.output[0],
            network=Network(
                model=snakemake.wildcards.model,
                class_name=snakemake.params.network["class"],
                layer=snakemake.wildcards.layer,
                seed=snakemake.params.seed,
                settings=snakemake.params.network["settings"],
            ),
            folder=snakemake.params.folder,
            number=int(snakemake.wildcards.worker),
            code=snakemake.params.training_code,
            tune=dict(snakemake.params.tune),
            # Not from params: Snakemake prints those that change, and a URL may hold a password.
            storage=snakemake.config["tune"]["storage"],
            start=snakemake.input.start,
        )
