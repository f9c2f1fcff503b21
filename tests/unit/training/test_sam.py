"""Sharpness-aware minimisation against its defining equations (Foret et al. 2021, eq. 2 and 3)."""

import pytest
import torch

from nma.training.optimisers import sam_step

CURVATURE = torch.tensor([1.0, 4.0, 0.5])
START = torch.tensor([2.0, -1.0, 3.0])


def weights():
    """The start as two parameters, so that the norm has to be taken over both."""
    return [torch.nn.Parameter(START[:1].clone()), torch.nn.Parameter(START[1:].clone())]


def quadratic(parameters):
    return 0.5 * (CURVATURE * torch.cat(list(parameters)) ** 2).sum()


def gradient(w):
    return CURVATURE * w


def worst(w, rho):
    """The point at which the gradient counts: w + rho g / |g|."""
    return w + rho * gradient(w) / gradient(w).norm()


def stepped(optimizer_class, rho, steps=1, **settings):
    parameters = weights()
    optimizer = optimizer_class(parameters, **settings)
    for _ in range(steps):
        sam_step(optimizer, lambda: quadratic(parameters).backward(), rho)
    return torch.cat(parameters).detach()


@pytest.mark.parametrize("rho", [0.05, 0.5, 3])
def test_one_step_of_gradient_descent_in_closed_form(rho):
    expected = START - 0.1 * gradient(worst(START, rho))
    torch.testing.assert_close(stepped(torch.optim.SGD, rho, lr=0.1), expected)


def test_many_steps_in_closed_form():
    expected = START
    for _ in range(20):
        expected = expected - 0.1 * gradient(worst(expected, 0.3))
    torch.testing.assert_close(stepped(torch.optim.SGD, 0.3, steps=20, lr=0.1), expected)


@pytest.mark.parametrize("optimizer", [torch.optim.SGD, torch.optim.Adam])
def test_without_a_radius_it_is_the_optimiser(optimizer):
    parameters = weights()
    plain = optimizer(parameters, lr=0.1)
    for _ in range(5):
        plain.zero_grad()
        quadratic(parameters).backward()
        plain.step()
    torch.testing.assert_close(
        stepped(optimizer, 0, steps=5, lr=0.1), torch.cat(parameters).detach(), rtol=0, atol=0
    )


def test_with_adam_it_is_adam_fed_the_gradient_of_the_worst_point():
    settings = {"lr": 0.1, "weight_decay": 0.01}
    w = torch.nn.Parameter(START.clone())
    adam = torch.optim.Adam([w], **settings)
    for _ in range(7):
        w.grad = gradient(worst(w.detach(), 0.4))
        adam.step()
    torch.testing.assert_close(stepped(torch.optim.Adam, 0.4, steps=7, **settings), w.detach())


def test_the_weights_return_exactly_before_the_step():
    """A step of rate 0 leaves every bit where it was, though the climb rounds."""
    generator = torch.Generator().manual_seed(0)
    weight = torch.nn.Parameter(torch.randn(1000, generator=generator))
    before = weight.detach().clone()
    sam_step(torch.optim.SGD([weight], lr=0), lambda: (weight**4).sum().backward(), 0.7)
    assert torch.equal(weight, before)


def test_the_loss_is_taken_before_and_after_the_climb():
    parameters, losses = weights(), []

    def backward():
        losses.append(quadratic(parameters))
        losses[-1].backward()

    sam_step(torch.optim.SGD(parameters, lr=0.1), backward, 0.5)
    assert len(losses) == 2
    assert losses[0] == quadratic([START])
    torch.testing.assert_close(losses[1].detach(), quadratic([worst(START, 0.5)]))


def test_old_gradients_do_not_add_up():
    parameters = weights()
    for parameter in parameters:
        parameter.grad = torch.full_like(parameter, 1e6)
    optimizer = torch.optim.SGD(parameters, lr=0.1)
    sam_step(optimizer, lambda: quadratic(parameters).backward(), 0.5)
    expected = START - 0.1 * gradient(worst(START, 0.5))
    torch.testing.assert_close(torch.cat(parameters).detach(), expected)


def test_a_minimum_stays_where_it_is():
    weight = torch.nn.Parameter(torch.zeros(3))
    sam_step(torch.optim.SGD([weight], lr=0.1), lambda: quadratic([weight]).backward(), 0.5)
    assert weight.tolist() == [0, 0, 0]
