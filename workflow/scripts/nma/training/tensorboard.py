"""TensorBoard event files: the history of a training as scalars, written while it goes on."""

import shutil
import time
from numbers import Real
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter


class EventFiles:
    """The run folder of one network, a context; call it with the history after each evaluation.

    The folder is made anew: a rerun would leave its steps beside those of the run before, and a job
    that goes on after a kill has the whole history to write again.
    """

    def __init__(self, folder):
        if Path(folder).exists():
            shutil.rmtree(folder)
        self.writer, self.rows = EventFileWriter(str(folder)), 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.writer.close()

    def __call__(self, history):
        """Write the rows that are new: each numeric column but `step` is a scalar at that step."""
        # Seconds of training, so that a job that was killed has no gap on the axis of time.
        start = time.time() - history[-1]["seconds"]
        for number, row in enumerate(history[self.rows :], self.rows):
            step, place = row["step"], {"step": row["step"], "wall_time": start + row["seconds"]}
            if number and step <= history[number - 1]["step"]:
                # Training diverged and began again: TensorBoard is to forget what it did before.
                self.writer.add_event(Event(session_log=SessionLog(status="START"), **place))
            values = [
                Summary.Value(tag=name, simple_value=value)
                for name, value in row.items()
                if name != "step" and isinstance(value, Real)
            ]
            self.writer.add_event(Event(summary=Summary(value=values), **place))
        self.rows = len(history)
        self.writer.flush()  # by itself it does so every two minutes
