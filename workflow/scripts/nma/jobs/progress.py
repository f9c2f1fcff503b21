"""What a terminal shows of a run: a bar in place of the lines that Snakemake prints for each job.

Where stderr is no terminal, and in dry runs, all is as Snakemake prints it. Its log file, which is
named at the end, has every line in any case.
"""

import logging
from typing import TextIO

from tqdm import tqdm

LOGGER = logging.getLogger("snakemake.logging")
ERRORS = ("error", "job_error", "group_error")  # events of its log
ENDING = ("Terminating processes", "Will exit after")  # what is said after Ctrl-C and SIGTERM
SHOWN = 4  # running jobs by name
FORMAT = "{percentage:3.0f} % |{bar:20}| {n_fmt} of {total_fmt} jobs, {elapsed} {desc}"


class Bar(logging.Handler):
    """Follows the events of Snakemake's log; total: jobs of the run."""

    def __init__(self, total: int, terminal: TextIO) -> None:
        super().__init__()
        self.running: dict[int, str] = {}
        self.bar = tqdm(
            total=total,
            file=terminal,
            dynamic_ncols=True,
            bar_format=FORMAT,
        )

    def emit(self, record: logging.LogRecord) -> None:
        event = event_of(record)
        if event == "job_info":
            wildcards = dict(record.wildcards or {})
            wildcards.pop("recording", None)
            self.running[record.jobid] = " ".join([record.rule_name, *wildcards.values()])
        elif event == "job_finished":
            self.running.pop(record.job_id, None)
            self.bar.update()
        elif event == "job_error":
            self.running.pop(record.jobid, None)
        else:
            return
        names = list(self.running.values())
        more = [f"{len(names) - SHOWN} more"] if len(names) > SHOWN else []
        self.bar.set_description_str("; ".join([*names[:SHOWN], *more]))

    def close(self) -> None:
        self.bar.close()
        super().close()


class AboveBar:
    """A terminal on whose last line a bar stands: other lines are printed above it."""

    def __init__(self, terminal: TextIO) -> None:
        self.terminal = terminal

    def write(self, text: str) -> None:
        tqdm.write(text, file=self.terminal, end="")

    def flush(self) -> None:
        self.terminal.flush()

    def isatty(self) -> bool:
        return True


def show(jobs: int) -> None:
    """Draw a bar for a run with so many jobs, where Snakemake prints on a terminal.

    Errors and warnings are printed as ever. With `--verbose`, `--quiet` or a logger plugin, what
    the user has asked for stays.
    """
    streams = [h for h in LOGGER.handlers if getattr(h, "name", "") == "DefaultStreamHandler"]
    for handler in streams:
        asked = next((f for f in handler.filters if hasattr(f, "verbose")), None)
        if not handler.stream.isatty() or asked is None or asked.verbose or asked.quiet:
            continue
        terminal = handler.stream
        handler.setStream(AboveBar(terminal))
        handler.addFilter(is_told)
        LOGGER.addHandler(Bar(jobs, terminal))


def event_of(record: logging.LogRecord) -> str | None:
    """The event that a record of Snakemake's log tells of, as `job_info`."""
    return getattr(getattr(record, "event", None), "value", None)


def is_told(record: logging.LogRecord) -> bool:
    """Whether a line of Snakemake's is printed where a bar shows the rest."""
    if record.levelno >= logging.WARNING or event_of(record) in ERRORS:
        return True
    return record.getMessage().startswith(ENDING)


def end() -> None:
    """Take the bar away, and let Snakemake print its last lines below it."""
    for handler in list(LOGGER.handlers):
        if isinstance(handler, Bar):
            handler.close()
            LOGGER.removeHandler(handler)
        elif is_told in handler.filters:
            handler.removeFilter(is_told)
            handler.setStream(handler.stream.terminal)
