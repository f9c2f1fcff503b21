"""One run at a time: a second one is refused, and the leftovers of a killed one are removed."""

from nma.jobs import runs


# Dry runs and jobs read this file too, but do not run this.
onstart:
    try:
        runs.begin(sources=REPORT)
    except InputError as error:
        raise WorkflowError(str(error)) from None
    # Snakemake limits how many jobs begin in a second. For this it looks for jobs again a second
    # after each look, and each job that has ended adds a look a second: a quarter of a core once a
    # hundred have. A scheduler wants the limit; one machine does not need it.
    if workflow.local_exec:
        workflow.scheduler.job_rate_limiter = None
