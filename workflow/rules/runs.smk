"""Runs: one at a time, with a bar on a terminal and the reports named at the end.

A second run is refused, and the leftovers of a killed one are removed. `onerror` is in summary.smk.
"""

from nma.jobs import progress, runs
from nma.report.finished import last_lines


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
    progress.show(len(list(workflow.dag.needrun_jobs())))


onsuccess:
    progress.end()
    pages = [
        str(job.output[0])
        for job in workflow.dag.needrun_jobs(exclude_finished=False)
        if job.rule.name in ("render_report", "render_summary")
    ]
    print(*last_lines(sorted(pages)), sep="\n", end="\n" if pages else "")
