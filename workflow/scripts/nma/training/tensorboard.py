"""TensorBoard event files: the history of a training as scalars, written as it runs."""

import shutil
import time
from numbers import Real
from pathlib import Path
from typing import Self

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from nma.types import FilePath


class EventFiles:
    """The run folder of one network, a context; call it with the history after each evaluation.

    An existing folder is deleted first: its steps would mix with those of a rerun, and a job that
    resumes after a kill writes its whole history again.
    """

    def __init__(self, folder: FilePath) -> None:
        if Path(folder).exists():
            shutil.rmtree(folder)
        self.writer, self.rows = EventFileWriter(str(folder)), 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.writer.close()

    def __call__(self, history: list[dict[str, float]]) -> None:
        """Write the new rows: each numeric column but `step` is a scalar at that step."""
        # Seconds of training, so that a resumed job leaves no gap on the time axis.
        start = time.time() - history[-1]["seconds"]
        for number, row in enumerate(history[self.rows :], self.rows):
            step, place = row["step"], {"step": row["step"], "wall_time": start + row["seconds"]}
            if number and step <= history[number - 1]["step"]:
                # Training diverged and began again: TensorBoard drops the steps before.
                self.writer.add_event(Event(session_log=SessionLog(status="START"), **place))
            values = [
                Summary.Value(tag=name, simple_value=value)
                for name, value in row.items()
                if name != "step" and isinstance(value, Real)
            ]
            self.writer.add_event(Event(summary=Summary(value=values), **place))
        self.rows = len(history)
        self.writer.flush()  # the writer itself waits for up to two minutes
