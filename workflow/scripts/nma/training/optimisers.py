"""Adam and AdamW by torch's fused kernels, and SAM around any optimiser."""

from collections.abc import Callable, Iterable

import torch
from torch.optim.adam import adam


class Adam:
    """Adam (Kingma & Ba 2015), or with `decoupled` weight decay AdamW (Loshchilov & Hutter 2019).

    It has the interface of torch's optimisers (param_groups, zero_grad, step) but not their
    classes, which import torch's compiler on first use; that takes two seconds of every job.
    """

    def __init__(
        self,
        weights: Iterable[torch.nn.Parameter],
        *,
        lr: float,
        weight_decay: float = 0.0,
        decoupled: bool = False,
        betas: tuple[float, float] = (0.9, 0.999),
    ) -> None:
        weights = list(weights)
        self.param_groups = [{"params": weights, "lr": lr}]
        self.settings = {
            "decoupled_weight_decay": decoupled,
            "weight_decay": weight_decay,
            "beta1": betas[0],
            "beta2": betas[1],
            "eps": 1e-8,
            "amsgrad": False,
            "maximize": False,
            "fused": True,
        }
        # Means, squares and numbers of steps: with the weights, all that the next step depends on.
        self.moments = (
            [torch.zeros_like(w) for w in weights],
            [torch.zeros_like(w) for w in weights],
            [torch.zeros((), device=w.device) for w in weights],
        )

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for weight in self.param_groups[0]["params"]:
            weight.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Change the weights by their gradients; every weight must have one."""
        weights = self.param_groups[0]["params"]
        gradients = [w.grad for w in weights]
        lr = self.param_groups[0]["lr"]
        means, squares, steps = self.moments
        adam(weights, gradients, means, squares, [], steps, lr=lr, **self.settings)


def sam_step(
    optimizer: Adam | torch.optim.Optimizer, backward: Callable[[], None], rho: float
) -> None:
    """Take one step of sharpness-aware minimisation (Foret et al. 2021, eq. 2 and 3).

    The gradient is that at the worst point within `rho` of the weights: the weights climb by
    rho * g / |g|, the gradient is taken there, the weights return, the optimiser steps. backward: a
    function without arguments that computes the loss and adds its gradient to the weights'.
    """
    weights = [w for group in optimizer.param_groups for w in group["params"]]
    optimizer.zero_grad()
    backward()
    with torch.no_grad():
        gradients = [w.grad.clone() for w in weights]
        norm = torch.linalg.vector_norm(
            torch.stack([torch.linalg.vector_norm(g) for g in gradients])
        )
        before = [w.clone() for w in weights]
        for w, g in zip(weights, gradients, strict=True):
            w.add_(g, alpha=float(rho / (norm + 1e-12)))
    optimizer.zero_grad()
    backward()
    with torch.no_grad():
        for w, old in zip(weights, before, strict=True):
            w.copy_(old)
    optimizer.step()
