"""Are the best settings of a study better? Both they and the defaults are trained again, with seeds
that the study has not seen: the best of many trials is also the luckiest."""

from nma.jobs.job import job
from nma.scores.table import write_rows
from nma.statistics.intervals import mean_interval
from nma.training.dataset import TrainingData
from nma.tuning.best_settings import read_best
from nma.tuning.search_space import replaced

METRIC = "validation_cosmooth_r2"


def main(tensors, best, out, *, name, model_name, layer, seeds, settings):
    """Write rows of scores.held_out: `default_cosmooth_r2` and `tuned_cosmooth_r2` of each seed, on
    validation, and `tuned_above_default`, the mean of their difference, with its 95 % interval.

    tensors: one path, or all of a recording for a shared network. Where the defaults were the best
    there is nothing to train, and the difference is 0.
    """
    found = read_best(best)
    rows, gains = [], [0.0]
    if found:
        training = settings["training"]
        data = TrainingData(tensors, training["device"], training["threads"])
        kinds = {"default": settings, "tuned": replaced(settings, found)}
        gains = []
        for seed in seeds:
            scores = {
                kind: data.train(name, **mine, seed=seed, layer=layer, score_hidden=True)[2][METRIC]
                for kind, mine in kinds.items()
            }
            gains.append(scores["tuned"] - scores["default"])
            rows += [
                (layer, model_name, f"{kind}_cosmooth_r2", "validation", seed, value, "", "", 1)
                for kind, value in scores.items()
            ]
    value, low, high = mean_interval(gains)
    interval = (low, high) if len(gains) > 1 else ("", "")
    last = (layer, model_name, "tuned_above_default", "validation", seeds[0], value, *interval)
    write_rows(out, [*rows, (*last, len(gains) if found else 0)])


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            tensors=snakemake.input.tensors,
            best=snakemake.input.best,
            out=snakemake.output[0],
            name=snakemake.params.network["class"],
            model_name=snakemake.wildcards.model,
            layer=snakemake.wildcards.layer,
            seeds=snakemake.params.seeds,
            settings=snakemake.params.network["settings"],
        )
