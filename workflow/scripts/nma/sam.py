"""Sharpness-aware minimisation around any optimiser (Foret et al. 2021, arXiv:2010.01412)."""

import torch


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
