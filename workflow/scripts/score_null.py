"""What networks of random groups score at telling them, beside those of layers."""

from nma.jobs.job import job
from nma.scores.null import retrained_rows
from nma.scores.table import read_rows, write_rows


def main(observed, nulls, out):
    """observed: the table of one source; nulls: the same of each repetition."""
    write_rows(out, retrained_rows(read_rows(observed), [read_rows(path) for path in nulls]))


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(snakemake.input.observed, snakemake.input.nulls, snakemake.output[0])
