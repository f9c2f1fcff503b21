"""summary.html after a run in which a recording has failed, when its rule could not run."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nma.jobs.job import START
from nma.types import FilePath

RENDER, GATHER = "render_summary", "gather_metrics"


def write_incomplete_summary(
    dag: Any, persistence: Any, *, template: FilePath, folder: FilePath, settings: Mapping[str, Any]
) -> None:
    """Write the page with the errors of the recordings that are not finished, and no table.

    dag, persistence: of Snakemake; template, folder and settings: as in summary.render_summary,
    which get the errors. Nothing happens where every recording is finished or no summary is asked
    for. The files are older than any input, and Snakemake has no record of them: the summary stays
    to be done, however the recording is repaired.
    """
    errors, jobs = unfinished(dag), summary_jobs(dag)
    if not errors or RENDER not in jobs:
        return
    for job in jobs.values():
        for path in job.output:
            Path(path).unlink(missing_ok=True)
            persistence.cleanup_metadata(path)
    page, *figures = map(Path, jobs[RENDER].output)
    try:
        # Here and not above, as an installation that only starts the jobs has no Matplotlib.
        from nma.report.summary import render_summary

        render_summary(template, page, folder, errors=errors, **settings)
    except ImportError as error:
        print(f"{page} is not written: {error}", file=sys.stderr)
        return
    for path in filter(Path.exists, (page, *figures)):
        os.utime(path, (1, 1))


def unfinished(dag: Any) -> dict[str, list[str]]:
    """{recording: errors in the logs of its jobs} of all that have jobs still to be done."""
    found = {}
    for job in dag.needrun_jobs():
        if "recording" not in job.wildcards_dict:
            continue
        errors = found.setdefault(job.wildcards_dict["recording"].split("/")[0], set())
        # A job whose inputs are not there has not started: its log is of an older run.
        if all(dag.finished(other) or not dag.needrun(other) for other in dag.dependencies[job]):
            errors.update(error for path in job.log if (error := error_in(path)))
    return {name: sorted(errors) for name, errors in found.items()}


def summary_jobs(dag: Any) -> dict[str, Any]:
    """{rule: job} of the summary, as far as this run asks for it.

    The page counts even if its job is not to be done: all that failed may be a report.
    """
    return {
        job.rule.name: job
        for job in dag.jobs
        if job.rule.name == RENDER or (job.rule.name == GATHER and dag.needrun(job))
    }


def error_in(log_path: FilePath) -> str:
    """The error sentence at the end of a job's log; empty where the job did not fail with one."""
    try:
        lines = Path(log_path).read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    return lines[-1].removeprefix(START) if lines and lines[-1].startswith(START) else ""
