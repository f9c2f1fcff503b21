"""What the jobs of a finished run took, against what their rules ask a scheduler for."""

import sys

from project import ROOT

from nma.experiment import resources as costs

sys.path.insert(0, str(ROOT / "benchmarks"))

from rule_costs import measured_jobs  # noqa: E402

SNAKEMAKE_MB = 140  # of a job's own Snakemake, which counts on a node


def jobs_over_their_limits(results):
    """Jobs of a recording that a scheduler would have killed, and the number of all."""
    jobs = list(measured_jobs(results))
    over = [
        job
        for job in jobs
        if job["memory"] + SNAKEMAKE_MB > costs.memory_mb(job["rule"], job["neurons"], job["bins"])
        or job["seconds"]
        > 60 * costs.minutes(job["rule"], job["neurons"], job["trained_bins"], job["dims"])
    ]
    return over, len(jobs)
