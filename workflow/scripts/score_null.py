"""Scores of networks or LDSs of random groups, compared with those of layers."""

from collections.abc import Sequence

from nma.jobs.job import job
from nma.scores.null import retrained_scores
from nma.scores.table import read_scores, write_scores
from nma.types import FilePath


def main(observed: FilePath, nulls: Sequence[FilePath], out: FilePath) -> None:
    """observed: the table of one source; nulls: the same of each repetition."""
    of_nulls = [read_scores(path) for path in nulls]
    write_scores(out, retrained_scores(read_scores(observed), of_nulls))


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(snakemake.input.observed, snakemake.input.nulls, snakemake.output[0])
