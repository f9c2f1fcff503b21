"""Scores during training: of train and validation, and of what is hidden on validation."""

import numpy as np
import torch
from torch.nn.functional import mse_loss

from nma.preprocessing.masks import FOLDS, hidden_entries, neuron_folds
from nma.training.coordinated_dropout import estimate_hidden

LARGEST_GAIN = 1.5


class Scores:
    """Scores of a model on train and validation; calling it gives them as a dict.

    blocks: {"train", "validation"}, each (layers, bins, neurons). hides: whether hidden neurons and
    entries, drawn from the seed, are scored and pick the best weights; also_hidden: whether they
    are scored even where they do not. Before it is scored, a residual model gets the gains that are
    best on validation: errors are quadratic in them, so least squares finds them.
    """

    def __init__(self, blocks, *, hides, seed, also_hidden=False):
        self.blocks, self.hides, self.also_hidden = blocks, hides, hides or also_hidden
        self.mean = mean = blocks["train"].mean(dim=1, keepdim=True)
        self.deviation = {n: mse_loss(x, mean.expand_as(x)).item() for n, x in blocks.items()}
        self.validation = blocks["validation"]
        _, bins, neurons = self.validation.shape
        folds = torch.from_numpy(neuron_folds(neurons, seed)).to(mean.device)
        entries = torch.from_numpy(hidden_entries(bins, neurons, seed)).to(mean.device)
        # What is hidden at a time: no neuron, those of one fold throughout, or single entries.
        self.parts = {
            "r2": [torch.ones_like(entries)],
            "cosmooth_r2": [(folds == fold).expand(bins, -1) for fold in range(FOLDS)],
            "masked_r2": [entries],
        }
        self.squares = {
            kind: sum((self.validation - mean)[:, part].square().sum().item() for part in parts)
            for kind, parts in self.parts.items()
        }
        self.without = {}

    def __call__(self, model):
        model.eval()
        hidden = {}
        if hasattr(model, "gains"):
            for number, kind in enumerate(["masked_r2", "cosmooth_r2"] if self.hides else ["r2"]):
                hidden[f"validation_{kind}"] = self._fit_gain(model, number, kind)
        if self.also_hidden and "validation_cosmooth_r2" not in hidden:
            hidden = {f"validation_{k}": self._r2(model, k) for k in ("masked_r2", "cosmooth_r2")}
        errors = {name: evaluate(model, block) for name, block in self.blocks.items()}
        values = {f"{name}_mse": error for name, error in errors.items()}
        values |= {f"{n}_r2": 1 - error / self.deviation[n] for n, error in errors.items()}
        return values | (hidden if self.also_hidden else {})

    def selects(self, values):
        """The score that picks the best weights."""
        if self.hides:
            return (values["validation_cosmooth_r2"] + values["validation_masked_r2"]) / 2
        return values["validation_r2"]

    def _r2(self, model, kind):
        error = (self._targets(kind) - self._estimates(model, kind)).square().sum().item()
        return 1 - error / (self.squares[kind] or np.inf)

    def _fit_gain(self, model, number, kind):
        """Set the gain that is best for a score, and return the score."""
        if kind not in self.without:  # the linear model does not change
            model.gains[number] = 0
            self.without[kind] = self._estimates(model, kind)
        model.gains[number] = 1
        change = (self._estimates(model, kind) - self.without[kind]).double()
        missing = (self._targets(kind) - self.without[kind]).double()
        along, power = (missing @ change).item(), (change @ change).item()
        gain = min(max(along / power, 0), LARGEST_GAIN) if power else 0
        model.gains[number] = gain
        error = (missing @ missing).item() - 2 * gain * along + gain**2 * power
        return 1 - error / (self.squares[kind] or np.inf)

    def _targets(self, kind):
        """What the estimates of a score are compared with, (entries,)."""
        parts = self.parts[kind]
        return torch.cat([layer[part] for layer in self.validation for part in parts])

    @torch.no_grad()
    def _estimates(self, model, kind):
        found = []
        for layer, mean in zip(self.validation, self.mean, strict=True):
            for part in self.parts[kind]:
                if kind == "r2":
                    estimate = model(layer[None])
                else:
                    estimate = estimate_hidden(model, layer[None], ~part[None], mean)
                found.append(estimate[0][part])
        return torch.cat(found)


@torch.no_grad()
def evaluate(model, block):
    """Mean squared reconstruction error over a block (layers, bins, neurons), dropout off."""
    model.eval()
    return float(np.mean([mse_loss(model(layer[None])[0], layer).item() for layer in block]))
