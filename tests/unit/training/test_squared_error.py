"""The squared error and its gradient against torch's own."""

import torch
from torch.nn.functional import mse_loss

from nma.training.losses import SumOfSquares, mean_squared_error


def estimate_and_activity(dtype=torch.float32):
    generator = torch.Generator().manual_seed(3)
    estimate, activity = torch.randn(2, 4, 7, 5, generator=generator, dtype=dtype)
    return estimate.requires_grad_(), activity


def test_of_all_entries():
    estimate, activity = estimate_and_activity()
    pairs = [f(estimate, activity) for f in (mean_squared_error, mse_loss)]
    torch.testing.assert_close(*pairs)
    torch.testing.assert_close(*(torch.autograd.grad(x, estimate) for x in pairs))


def test_of_entries_that_count():
    estimate, activity = estimate_and_activity()
    counted = torch.rand(activity.shape) < 0.4
    pairs = [
        mean_squared_error(estimate, activity, counted.float()),
        mse_loss(estimate[counted], activity[counted]),
    ]
    torch.testing.assert_close(*pairs)
    torch.testing.assert_close(*(torch.autograd.grad(x, estimate) for x in pairs))


def test_of_nothing_is_0():
    estimate, activity = estimate_and_activity()
    loss = mean_squared_error(estimate, activity, torch.zeros_like(activity))
    (gradient,) = torch.autograd.grad(loss, estimate)
    assert loss == 0 and not gradient.any()


def test_gradient_by_differences():
    estimate, activity = estimate_and_activity(torch.double)
    counted = torch.rand(activity.shape).round().double()
    assert torch.autograd.gradcheck(SumOfSquares.apply, (estimate, activity, None))
    assert torch.autograd.gradcheck(SumOfSquares.apply, (estimate, activity, counted))
