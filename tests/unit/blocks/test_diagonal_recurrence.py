"""The diagonal recurrence against a plain loop, and its time constants."""

import pytest
import torch

from nma.blocks.diagonal_recurrence import DiagonalRecurrence, scan


def loop(drive, eigenvalues):
    """The same states, one bin after another."""
    states, before = [], torch.zeros_like(drive[0])
    for d in drive:
        before = eigenvalues * before + d
        states.append(before)
    return torch.stack(states)


def drawn(bins, batch=3, states=7):
    generator = torch.Generator().manual_seed(bins)
    drive = torch.randn(bins, batch, states, dtype=torch.complex128, generator=generator)
    sizes = torch.linspace(0, 0.99, states, dtype=torch.float64)
    return drive, torch.polar(sizes, torch.linspace(0, 3, states, dtype=torch.float64))


@pytest.mark.parametrize("bins", [1, 2, 3, 7, 16, 50, 128])
def test_states_and_gradients_are_those_of_a_loop(bins):
    found = []
    for function in (scan, loop):
        drive, eigenvalues = (x.requires_grad_() for x in drawn(bins))
        states = function(drive, eigenvalues)
        weights = torch.linspace(1, 2, states.numel()).view_as(states)
        (weights * (states.real.square() + states.imag)).sum().backward()
        found.append((states.detach(), drive.grad, eigenvalues.grad))
    for ours, expected in zip(*found, strict=True):
        torch.testing.assert_close(ours, expected, rtol=1e-9, atol=1e-9)


def test_gradients_are_those_of_finite_differences():
    drive, eigenvalues = (x.requires_grad_() for x in drawn(6, 1, 3))
    assert torch.autograd.gradcheck(scan, (drive, eigenvalues))


@pytest.mark.parametrize("backwards", [False, True])
def test_states_know_one_side_of_time_alone(backwards):
    torch.manual_seed(0)
    recurrence = DiagonalRecurrence(2, 5, backwards=backwards)
    inputs = torch.randn(1, 20, 2)
    other = inputs.clone()
    other[:, 10] += 1
    changed = (recurrence(inputs) != recurrence(other)).any(dim=2)[0]
    expected = torch.arange(20) <= 10 if backwards else torch.arange(20) >= 10
    assert changed.equal(expected)


def test_states_decay_as_their_time_constants_say():
    recurrence = DiagonalRecurrence(1, 9, longest=100)
    pulse = torch.zeros(1, 200, 1)
    pulse[:, 0] = 1
    real, imaginary = recurrence(pulse)[0].chunk(2, dim=1)
    sizes = torch.complex(real, imaginary).abs()
    taus = torch.logspace(0, 2, 9)
    torch.testing.assert_close(sizes[1] / sizes[0], torch.exp(-1 / taus))
    slowest = sizes[100, -1] / sizes[0, -1]
    torch.testing.assert_close(slowest, torch.tensor(1.0).neg().exp(), rtol=1e-4, atol=0)
