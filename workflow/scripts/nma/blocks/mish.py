"""The Mish activation."""

import torch
from torch import nn
from torch.autograd import Function
from torch.autograd.function import FunctionCtx


class Mish(nn.Module):
    """x tanh(log(1 + e^x)) (Misra 2019)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return MishFunction.apply(x)


class MishFunction(Function):
    """x n / (n + 2) with n = e^x (e^x + 2): the same values as torch's, in a form that processors
    vectorise, many times faster."""

    @staticmethod
    def forward(ctx: FunctionCtx, x: torch.Tensor) -> torch.Tensor:
        power = x.clamp(max=20).exp_()  # beyond 20 Mish is x itself in float32
        more = (power + 2).mul_(power).add_(2)
        gate = (more - 2).div_(more)
        if ctx.needs_input_grad[0]:
            # d gate / dx = 4 e^x (e^x + 1) / (n + 2)^2
            bend = (power + 1).mul_(power).mul_(4).div_(more).div_(more)
            ctx.save_for_backward(bend.mul_(x).add_(gate))
        return gate.mul_(x)

    @staticmethod
    def backward(ctx: FunctionCtx, gradient: torch.Tensor) -> torch.Tensor:
        (slope,) = ctx.saved_tensors
        return gradient * slope
