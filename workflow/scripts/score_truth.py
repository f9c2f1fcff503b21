"""What was simulated, and how its true rates score, to scores/truth.tsv."""

from nma.jobs.job import job
from nma.scores.table import write_rows
from nma.scores.truth import ceiling_rows, simulation_rows


def main(tensors, hidden, truth, out):
    """tensors, hidden: of all layers."""
    rows = simulation_rows(tensors, truth)
    for files in zip(tensors, hidden, strict=True):
        rows += ceiling_rows(*files, truth)
    write_rows(out, [(layer, "truth", *row) for layer, *row in rows])


if __name__ == "__main__":
    with job(snakemake.log[0]):
        main(
            tensors=snakemake.input.tensors,
            hidden=snakemake.input.hidden,
            truth=snakemake.input.truth,
            out=snakemake.output[0],
        )
