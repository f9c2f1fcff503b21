"""One worker of a study: tries settings of a network until the study has all its trials."""

import json
import time
from inspect import signature
from pathlib import Path

from nma.dims import latent_dims
from nma.io.files import atomic_path
from nma.jobs.job import job
from nma.registry import model_class
from nma.training.dataset import TrainingData
from nma.tuning.proposals import new_pruner
from nma.tuning.search_space import get, replaced
from nma.tuning.storage import answering, open_study
from nma.tuning.workers import Worker, work

METRIC = "validation_cosmooth_r2"


def main(tensors, out, *, folder, number, code, name, layer, seed, settings, tune, storage):
    """Write which study it was and how many trials it has to have.

    tensors: one path, or all of a recording for a shared network. folder: where the journal and the
    states of trials that a kill interrupted are kept; settings: {"dims", "options", "training"} of
    the first trial; tune: {"space", "trials", "steps", "sampler", "pruner", "seed"}. What defines
    the study, all but `trials` and `storage`, makes its name: with the same it goes on, and with
    other data, settings or code (of training) another one begins.
    """
    training = settings["training"]
    data = TrainingData(tensors, training["device"], training["threads"])
    settings = settings | {"dims": latent_dims(settings["dims"], data.activity.shape[2])}
    if tune["steps"] != "auto":
        settings = replaced(settings, {"training.steps": tune["steps"]})
    space = tune["space"]
    defining = {key: tune[key] for key in ("space", "sampler", "pruner", "seed")}
    study_name = data.digest(code, name, settings, seed, layer, defining)

    def objective(values, report):
        mine = replaced(settings, {k: v for k, v in values.items() if v is not None})
        state = Path(folder, f"{data.digest(code, name, mine, seed, layer)}.pt")
        reported = []

        def evaluated(history):
            for row in history[len(reported) :]:
                reported.append(row["step"])
                report(row["step"], row[METRIC])

        try:
            job = {"seed": seed, "layer": layer, "state_path": state}
            model, _, scores = data.train(
                name, **mine, **job, score_hidden=True, evaluated=evaluated
            )
        finally:
            state.unlink(missing_ok=True)
        report.facts["parameters"] = sum(weight.numel() for weight in model.parameters())
        return scores[METRIC]

    pruner = new_pruner(tune["pruner"], training["evaluate_every"])
    start = time.perf_counter()
    with Worker(folder, number) as worker, answering(storage):
        study = open_study(study_name, storage, folder, pruner)
        work(
            study,
            objective,
            worker,
            trials=tune["trials"],
            defaults={key: get(settings, key, default_option(name, key)) for key in space},
            space=space,
            sampler=tune["sampler"],
            seed=tune["seed"],
        )
    print(f"{time.perf_counter() - start:.1f} s", flush=True)
    with atomic_path(out) as path:
        path.write_text(json.dumps({"study": study_name, "trials": tune["trials"]}) + "\n")


def default_option(name, key):
    """What a class has where an option is not set, or None where its signature does not say."""
    parameter = signature(model_class(name)).parameters.get(key.removeprefix("options."))
    return parameter.default if parameter else None


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            tensors=snakemake.input.tensors,
            out=snakemake.output[0],
            folder=snakemake.params.folder,
            number=int(snakemake.wildcards.worker),
            code=snakemake.params.training_code,
            name=snakemake.params.network["class"],
            layer=snakemake.wildcards.layer,
            seed=snakemake.params.seed,
            settings=snakemake.params.network["settings"],
            tune=dict(snakemake.params.tune),
            # No parameter, as Snakemake prints those that have changed: a URL may hold a password.
            storage=snakemake.config["tune"]["storage"],
        )
