"""Types of arguments: which are paths of files, and what the axes of arrays are."""

from collections.abc import Callable
from os import PathLike
from typing import Annotated, TypeAlias

import numpy as np

FilePath: TypeAlias = str | PathLike[str]

Array: TypeAlias = np.ndarray  # its docstring gives the axes
Bins = Annotated[np.ndarray, "(bins,)"]
Trials = Annotated[np.ndarray, "(trials,)"]
Neurons = Annotated[np.ndarray, "(neurons,)"]
BinsNeurons = Annotated[np.ndarray, "(bins, neurons)"]
BinsDims = Annotated[np.ndarray, "(bins, dims)"]
NeuronsBins = Annotated[np.ndarray, "(neurons, bins)"]
Positions = Annotated[np.ndarray, "(3, neurons), in the unit of the recording: um, or pixels"]
Points = Annotated[np.ndarray, "(points,)"]
PointsFeatures = Annotated[np.ndarray, "(points, features)"]

# A function of activity less the train mean, 0 where it is hidden, and of which entries are visible
# (bool) to estimates of all entries, less the train mean.
Predict: TypeAlias = Callable[[BinsNeurons, BinsNeurons], BinsNeurons]
