"""tensors/*.h5 to models/{model}/{layer}/{seed}.*: train one network on one layer, or on all."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from nma.jobs.job import job
from nma.training.network import Network
from nma.training.run import Outputs, run
from nma.tuning.best_settings import read_best
from nma.tuning.search_space import replaced
from nma.types import FilePath


def main(
    tensors: Iterable[FilePath],
    outputs: Outputs,
    network: Network,
    *,
    states: FilePath,
    code: str,
    start: Sequence[FilePath] = (),
    best: FilePath | None = None,
    event_files: FilePath | None = None,
) -> None:
    """Train a network and write its files: see training.run.

    start: see there; best: a best.yaml, whose settings replace those of the network, or nothing.
    """
    if best:
        network = replace(network, settings=replaced(network.settings, read_best(best)))
    run(
        network,
        tensors,
        outputs,
        states=states,
        code=code,
        start=start,
        tuned=bool(best),
        event_files=event_files,
    )


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            tensors=snakemake.input.tensors,
            outputs=Outputs(
                weights=snakemake.output.weights,
                history=snakemake.output.history,
                description=snakemake.output.report,
            ),
            network=Network(
                model=snakemake.wildcards.model,
                class_name=snakemake.params.network["class"],
                layer=snakemake.wildcards.layer,
                seed=int(snakemake.wildcards.seed),
                settings=snakemake.params.network["settings"],
            ),
            states=snakemake.params.states,
            code=snakemake.params.code,
            start=snakemake.input.start,
            best=snakemake.input.get("best"),
            event_files=snakemake.params.event_files,
        )
