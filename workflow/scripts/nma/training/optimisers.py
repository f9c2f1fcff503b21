"""Adam and AdamW by torch's fused kernels, and SAM around any optimiser."""

import torch
from torch.optim.adam import adam


class Adam:
    """Adam (Kingma & Ba 2015), or with `decoupled` weight decay AdamW (Loshchilov & Hutter 2019).

    It has the interface of torch's optimisers (param_groups, zero_grad, step) without their
    classes: those import torch's compiler on first use, which takes two seconds of every job.
    """

    def __init__(self, weights, *, lr, weight_decay=0.0, decoupled=False, betas=(0.9, 0.999)):
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
        # Means, squares and numbers of steps: what the next step depends on beside the weights.
        self.moments = (
            [torch.zeros_like(w) for w in weights],
            [torch.zeros_like(w) for w in weights],
            [torch.zeros((), device=w.device) for w in weights],
        )

    def zero_grad(self):
        for weight in self.param_groups[0]["params"]:
            weight.grad = None

    @torch.no_grad()
    def step(self):
        """Move the weights by their gradients; every weight has one."""
        weights = self.param_groups[0]["params"]
        gradients = [w.grad for w in weights]
        lr = self.param_groups[0]["lr"]
        means, squares, steps = self.moments
        adam(weights, gradients, means, squares, [], steps, lr=lr, **self.settings)


def sam_step(optimizer, backward, rho):
    """One step with the gradient at the worst point within `rho` of the weights (their eq. 2, 3).

    backward: a function without arguments that computes the loss anew and adds its gradient to
    the weights'. The weights climb by rho * g / |g|, the gradient is taken there, the weights
    return, the optimiser steps.
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
