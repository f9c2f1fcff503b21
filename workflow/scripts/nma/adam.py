"""Adam and AdamW, by torch's fused kernels."""

import torch
from torch.optim.adam import adam


class Adam:
    """Adam (Kingma & Ba 2015), or with `decoupled` weight decay AdamW (Loshchilov & Hutter 2019).

    It has the interface of torch's optimisers (param_groups, zero_grad, step) without their
    classes: those import torch's compiler on first use, which takes two seconds of every job.
    groups: dicts of `params`, a list of weights, and `lr`, their learning rate.
    """

    def __init__(self, groups, *, weight_decay=0.0, decoupled=False, betas=(0.9, 0.999)):
        self.param_groups = groups
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
        self.moments = [
            (
                [torch.zeros_like(w) for w in group["params"]],
                [torch.zeros_like(w) for w in group["params"]],
                [torch.zeros((), device=w.device) for w in group["params"]],
            )
            for group in groups
        ]

    def zero_grad(self):
        for group in self.param_groups:
            for weight in group["params"]:
                weight.grad = None

    @torch.no_grad()
    def step(self):
        """Move the weights by their gradients; every weight has one."""
        for group, (means, squares, steps) in zip(self.param_groups, self.moments, strict=True):
            weights, lr = group["params"], group["lr"]
            gradients = [w.grad for w in weights]
            adam(weights, gradients, means, squares, [], steps, lr=lr, **self.settings)
