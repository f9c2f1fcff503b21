"""The truth of a simulation, and the scores of its true rates, to scores/truth.tsv."""

from collections.abc import Sequence

from nma.jobs.job import job
from nma.preprocessing.tensors import read_tensor
from nma.scores.table import write_scores
from nma.scores.truth import ceiling_scores, simulation_scores
from nma.types import FilePath


def main(tensors: Sequence[FilePath], truth: FilePath, out: FilePath) -> None:
    """tensors: of all layers."""
    neurons, ceilings = {}, []
    for tensor in map(read_tensor, tensors):
        neurons[tensor.layer] = tensor.neuron_ids
        ceilings += ceiling_scores(tensor, truth)
    write_scores(out, simulation_scores(neurons, truth) + ceilings)


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            tensors=snakemake.input.tensors,
            truth=snakemake.input.truth,
            out=snakemake.output[0],
        )
