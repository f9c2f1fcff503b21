"""Simulate a recording in the layout of the Stringer 2019 file, and write the truth behind it."""

from nma.jobs.job import job
from nma.recordings.simulation import simulate
from nma.recordings.simulation_settings import Simulation

if __name__ == "__main__":
    with job(snakemake.log[0]):
        simulate(
            raw_path=snakemake.output.raw,
            truth_path=snakemake.output.truth,
            settings=Simulation(**snakemake.params.settings),
        )
