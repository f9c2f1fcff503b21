"""One run at a time: a second one is refused, and the leftovers of a killed one are removed."""

from nma.jobs import runs


# Dry runs and jobs read this file too, but do not run this.
onstart:
    try:
        runs.begin(sources=REPORT)
    except InputError as error:
        raise WorkflowError(str(error)) from None
