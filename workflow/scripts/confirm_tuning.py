"""Are the best settings of a study better than the defaults? Both are trained again with seeds that
the study has not used, since the best of many trials is also the luckiest."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from nma.jobs.job import job
from nma.scores.table import Score, write_scores
from nma.statistics.intervals import mean_interval
from nma.training.dataset import TrainingData
from nma.training.network import Network
from nma.tuning.best_settings import METRIC, read_best
from nma.tuning.search_space import replaced
from nma.types import FilePath


def main(
    tensors: Iterable[FilePath],
    best: FilePath,
    out: FilePath,
    network: Network,
    *,
    seeds: Sequence[int],
    start: Sequence[FilePath] = (),
) -> None:
    """Write scores on validation: `default_cosmooth_r2` and `tuned_cosmooth_r2` of each seed, and
    `tuned_above_default`, the mean of their difference, with its 95 % interval.

    tensors: one path, or those of all layers for a shared network; network: with its settings
    before tuning; start: files of an LDS that it starts from, or none. Where the defaults were the
    best there is nothing to train, and the difference is 0.
    """
    model, layer, found = network.model, network.layer, read_best(best)
    scores, gains = [], [0.0]
    if found:
        training = network.settings["training"]
        data = TrainingData(tensors, training["device"], training["threads"], start)
        kinds = {"default": network.settings, "tuned": replaced(network.settings, found)}
        gains = []
        for seed in seeds:
            values = {
                kind: _retrained(data, replace(network, seed=seed, settings=settings))
                for kind, settings in kinds.items()
            }
            gains.append(values["tuned"] - values["default"])
            scores += [
                Score(layer, model, f"{kind}_cosmooth_r2", "validation", seed, value)
                for kind, value in values.items()
            ]
    of_all = (layer, model, "tuned_above_default", "validation", seeds[0])
    scores.append(Score(*of_all, *mean_interval(gains), n=len(gains) if found else 0))
    write_scores(out, scores)


def _retrained(data: TrainingData, network: Network) -> float:
    """The score of a network that is trained once more."""
    return data.train(network, score_hidden=True).scores[METRIC]


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            tensors=snakemake.input.tensors,
            best=snakemake.input.best,
            out=snakemake.output[0],
            network=Network(
                model=snakemake.wildcards.model,
                class_name=snakemake.params.network["class"],
                layer=snakemake.wildcards.layer,
                seed=snakemake.params.seeds[0],
                settings=snakemake.params.network["settings"],
            ),
            seeds=snakemake.params.seeds,
            start=snakemake.input.start,
        )
