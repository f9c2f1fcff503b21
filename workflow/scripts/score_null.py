"""What networks of random groups score at telling them, beside those of layers."""

from nma.job import job
from nma.metrics import read_rows, write_rows
from nma.random_groups import retrained_rows


def main(observed, nulls, out):
    """observed: the table of one source; nulls: the same of each repetition."""
    write_rows(out, retrained_rows(read_rows(observed), [read_rows(path) for path in nulls]))


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(snakemake.input.observed, snakemake.input.nulls, snakemake.output[0])
