"""One run at a time: a second one is refused, and what a killed one has left is cleared away."""

from nma.jobs import runs


# Dry runs and jobs, for which Snakemake reads this file too, do not come here.
onstart:
    try:
        runs.begin()
    except InputError as error:
        raise WorkflowError(str(error)) from None
