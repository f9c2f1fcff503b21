"""Simulate a recording of trials with the keys of the Stringer 2021 file, and write its truth."""

from nma.jobs.job import job
from nma.recordings.trial_simulation import TrialSimulation, simulate_trials

if __name__ == "__main__":
    with job(snakemake.log[0]):
        simulate_trials(
            raw_path=snakemake.output.raw,
            truth_path=snakemake.output.truth,
            settings=TrialSimulation(**snakemake.params.settings),
        )
