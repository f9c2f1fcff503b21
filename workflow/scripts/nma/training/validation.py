"""Scores during training, on train and validation."""

import numpy as np
import torch
from torch.nn.functional import mse_loss

from nma.blocks.autoencoder import Autoencoder
from nma.preprocessing.masks import FOLDS, hidden_entries, neuron_folds
from nma.training.coordinated_dropout import estimate_hidden

LARGEST_GAIN = 1.5
HIDDEN = ("masked_r2", "cosmooth_r2")  # scores of hidden activity, in the order of a model's gains


class Evaluation:
    """Scores a model in evaluation mode (dropout off), and fits its gains if it has any.

    blocks: {"train", "validation"}, each (layers, bins, neurons). hides: whether training hides
    activity, so that the scores of hidden neurons and entries (drawn from the seed) select the best
    weights; also_hidden: whether these scores are reported even where they do not; present: which
    entries of the blocks were recorded (bool), all by default. Others do not count.
    """

    def __init__(
        self,
        blocks: dict[str, torch.Tensor],
        *,
        hides: bool,
        seed: int,
        also_hidden: bool = False,
        present: dict[str, torch.Tensor] | None = None,
    ) -> None:
        self.blocks, self.hides, self.also_hidden = blocks, hides, hides or also_hidden
        self.mean = mean = blocks["train"].mean(dim=1, keepdim=True)
        self.present = present or dict.fromkeys(blocks)
        self.deviation = {
            name: _squared_error(mean.expand_as(block), block, self.present[name]).item()
            for name, block in blocks.items()
        }
        self.validation = blocks["validation"]
        _, bins, neurons = self.validation.shape
        folds = torch.from_numpy(neuron_folds(neurons, seed)).to(mean.device)
        entries = torch.from_numpy(hidden_entries(bins, neurons, seed)).to(mean.device)
        # Entries scored at a time: all of them, the neurons of each fold in turn, single entries.
        # But for r2, they are hidden from the model.
        self.parts = {
            "r2": [torch.ones_like(entries)],
            "cosmooth_r2": [(folds == fold).expand(bins, -1) for fold in range(FOLDS)],
            "masked_r2": [entries],
        }
        self.squares = {
            kind: sum(
                (layer - of_layer)[part].square().sum().item()
                for layer, of_layer, parts in zip(
                    self.validation, mean, self._parts(kind), strict=True
                )
                for part in parts
            )
            for kind in self.parts
        }
        self.without = {}  # estimates of the linear model alone, which does not change

    def fit_gains(self, model: Autoencoder) -> dict[str, float]:
        """Set the gains of a model to the best on validation; return the scores that they give.

        Errors are quadratic in a gain, so least squares finds it. Where training hides activity
        each gain has a score of its own, otherwise the first one is fitted to r2. A model without
        gains stays as it is, and the result is empty.
        """
        if model.gains is None:
            return {}
        kinds = HIDDEN if self.hides else ("r2",)
        return {f"validation_{k}": self._fit_gain(model, n, k) for n, k in enumerate(kinds)}

    def score(self, model: Autoencoder, fitted: dict[str, float]) -> dict[str, float]:
        """Scores of a model, which stays as it is: `{split}_mse`, `{split}_r2`, and those of hidden
        activity where they are wanted.

        fitted: result of `fit_gains` for this state of the model, not computed twice.
        """
        errors = {n: evaluate(model, x, self.present[n]) for n, x in self.blocks.items()}
        values = {f"{name}_mse": error for name, error in errors.items()}
        values |= {f"{n}_r2": 1 - error / self.deviation[n] for n, error in errors.items()}
        if self.also_hidden:
            for kind in HIDDEN:
                name = f"validation_{kind}"
                values[name] = fitted[name] if name in fitted else self.r2(model, kind)
        return values

    def selects(self, values: dict[str, float]) -> float:
        """The score that selects the best weights: r2, or where training hides activity the mean of
        cosmooth_r2 and masked_r2, of validation."""
        if self.hides:
            return (values["validation_cosmooth_r2"] + values["validation_masked_r2"]) / 2
        return values["validation_r2"]

    def r2(self, model: Autoencoder, kind: str) -> float:
        """A score of validation; kind: `r2`, `cosmooth_r2` or `masked_r2`."""
        error = (self._targets(kind) - self._estimates(model, kind)).square().sum().item()
        return 1 - error / (self.squares[kind] or np.inf)

    def _fit_gain(self, model: Autoencoder, number: int, kind: str) -> float:
        """Set the gain of that number to the best for a score; return the score."""
        if kind not in self.without:
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

    def _targets(self, kind: str) -> torch.Tensor:
        """The activity that a score compares estimates with (entries,)."""
        of_layers = zip(self.validation, self._parts(kind), strict=True)
        return torch.cat([layer[part] for layer, parts in of_layers for part in parts])

    def _parts(self, kind: str) -> list[list[torch.Tensor]]:
        """Entries (bins, neurons) of each layer that a score is made of, as far as recorded."""
        present = self.present["validation"]
        if present is None:
            return [self.parts[kind]] * len(self.validation)
        return [[part & of_layer for part in self.parts[kind]] for of_layer in present]

    @torch.no_grad()
    def _estimates(self, model: Autoencoder, kind: str) -> torch.Tensor:
        """A model's estimates of the same entries (entries,)."""
        found, present = [], self.present["validation"]
        for n, (layer, mean) in enumerate(zip(self.validation, self.mean, strict=True)):
            for whole, part in zip(self.parts[kind], self._parts(kind)[n], strict=True):
                if kind == "r2":
                    estimate = model(layer[None])
                else:
                    visible = ~whole if present is None else ~whole & present[n]
                    estimate = estimate_hidden(model, layer[None], visible[None], mean)
                found.append(estimate[0][part])
        return torch.cat(found)


@torch.no_grad()
def evaluate(
    model: torch.nn.Module, block: torch.Tensor, present: torch.Tensor | None = None
) -> float:
    """Mean squared reconstruction error over a block (layers, bins, neurons), with dropout off: the
    model is left in evaluation mode. present: which entries count (bool), all by default."""
    model.eval()
    counted = [None] * len(block) if present is None else present
    return float(
        np.mean(
            [
                _squared_error(model(layer[None])[0], layer, entries).item()
                for layer, entries in zip(block, counted, strict=True)
            ]
        )
    )


def _squared_error(
    estimate: torch.Tensor, block: torch.Tensor, present: torch.Tensor | None
) -> torch.Tensor:
    """Mean squared error over the entries that were recorded (bool), or over all."""
    if present is None:
        return mse_loss(estimate, block)
    return mse_loss(estimate[present], block[present])
