"""Weights of diagonal recurrences that are a given linear recurrence."""

import numpy as np
import torch

from nma.blocks.diagonal_recurrence import DiagonalRecurrence
from nma.types import Array


def put(weight: torch.Tensor, values: Array) -> None:
    """Copy an array into a weight."""
    weight.copy_(torch.from_numpy(np.ascontiguousarray(values)))


def set_eigenvalues(recurrence: DiagonalRecurrence, values: Array) -> None:
    """Give the states these eigenvalues, none of which stays or grows."""
    put(recurrence.log_rate, np.log(-np.log(np.abs(values).clip(1e-6, 1 - 1e-4))))
    put(recurrence.angle, np.angle(values))


def drive_by(recurrence: DiagonalRecurrence, weight: Array) -> None:
    """Set what drives the states, (states, inputs), complex."""
    put(recurrence.drive.weight, np.concatenate([weight.real, weight.imag]))


def read_real(weight: torch.Tensor, of_states: Array, place: int) -> None:
    """Set a linear map of the real and imaginary parts of states, which lie from `place` on among
    its inputs, to the real part of a complex map (outputs, states)."""
    parts = np.concatenate([of_states.real, -of_states.imag], axis=1)
    put(weight[:, place : place + parts.shape[1]], parts)


def diagonalise(
    recurrence: DiagonalRecurrence, matrix: Array, drive: Array, inputs: torch.Tensor
) -> Array:
    """Set the states to those of x_t = matrix x_(t-1) + drive u_t in the coordinates of its
    eigenvectors; return these, (dims, dims), so that x = Re(vectors times states).

    inputs: u, (1, bins, inputs), for which states get a mean square of 1 or less.
    """
    values, vectors = np.linalg.eig(matrix)
    set_eigenvalues(recurrence, values)
    drive_by(recurrence, np.linalg.solve(vectors, drive))
    squares = recurrence(inputs).square().mean(dim=(0, 1))
    sizes = torch.add(*squares.chunk(2)).sqrt().clamp(min=1e-6)
    recurrence.drive.weight /= torch.cat([sizes, sizes])[:, None]
    return vectors * sizes.double().cpu().numpy()
