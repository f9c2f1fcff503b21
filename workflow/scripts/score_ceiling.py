"""Scores of the true rates of a simulated recording, to scores/ceiling.tsv."""

from nma.ceiling import ceiling_rows
from nma.job import job
from nma.metrics import write_rows


def main(tensors, hidden, truth, out):
    """tensors, hidden: of all layers."""
    rows = [r for files in zip(tensors, hidden, strict=True) for r in ceiling_rows(*files, truth)]
    write_rows(out, [(layer, "truth", *row) for layer, *row in rows])


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            tensors=snakemake.input.tensors,
            hidden=snakemake.input.hidden,
            truth=snakemake.input.truth,
            out=snakemake.output[0],
        )
