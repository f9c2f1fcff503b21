"""Simulate a recording in the layout of the Stringer 2019 file, with its truth beside it."""

from nma.jobs.job import job
from nma.recordings.simulation import simulate

if __name__ == "__main__":
    with job(snakemake.log[0]):
        simulate(
            raw_path=snakemake.output.raw,
            truth_path=snakemake.output.truth,
            **snakemake.params.settings,
        )
