"""Training steps of each recipe."""

import math
from typing import Any, Protocol

import numpy as np
import torch
from torch import nn
from torch.nn.functional import mse_loss
from torch.nn.utils import clip_grads_with_norm_, get_total_norm

from nma.blocks.autoencoder import Autoencoder
from nma.training.coordinated_dropout import draw_visible, estimate_hidden
from nma.training.losses import LikelihoodLoss, Units, mean_of_counted, mean_squared_error
from nma.training.optimisers import Adam, sam_step
from nma.training.posterior_pool import PosteriorPool
from nma.training.recipes import Recipe, Sequence, Windows


class Stepper(Protocol):
    """Takes the training steps of a recipe.

    All are made and called alike, so that a method or constructor may have arguments that one
    recipe needs and another does not: block (layers, bins, neurons), train; seed, of its own random
    draws; units, see training.losses; present, which entries of block were recorded (bool), all by
    default. state: all that the next step depends on besides the weights and torch's random
    generator.
    """

    state: dict[str, Any]

    def __init__(
        self,
        model: Autoencoder,
        block: torch.Tensor,
        recipe: Recipe,
        *,
        seed: int,
        units: Units | None,
        present: torch.Tensor | None,
    ) -> None: ...

    def rate(self, step: int) -> float:
        """The learning rate at a step, from 0 on."""
        ...

    def step(self, number: int) -> float:
        """Change the weights of the model by one step, from 0 on; return its loss."""
        ...


class SequenceStepper:
    """Steps of the recipe `sequence`: all of train at once."""

    def __init__(
        self,
        model: Autoencoder,
        block: torch.Tensor,
        recipe: Sequence,
        *,
        seed: int,
        units: Units | None = None,
        present: torch.Tensor | None = None,
    ) -> None:
        self.model, self.block, self.recipe = model, block, recipe
        self.present = [None] * len(block) if present is None else present.to(block.dtype)
        self.optimizer = Adam(
            _trained(model), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
        )

    @property
    def state(self) -> dict[str, Any]:
        return {"moments": self.optimizer.moments}

    @state.setter
    def state(self, state: dict[str, Any]) -> None:
        self.optimizer.moments = state["moments"]

    def rate(self, step: int) -> float:
        return self.recipe.learning_rate

    def step(self, number: int) -> float:
        losses = []

        def backward() -> None:
            # Layer by layer: the gradient of the whole batch in a fraction of its memory.
            for layer, present in zip(self.block, self.present, strict=True):
                estimate = self.model(layer[None])[0]
                if present is None:
                    error = mse_loss(estimate, layer)
                else:
                    error = mean_squared_error(estimate, layer, present)
                loss = error / len(self.block)
                loss.backward()
                losses.append(loss.item())

        sam_step(self.optimizer, backward, self.recipe.rho)
        return sum(losses[: len(self.block)])


class WindowStepper:
    """Steps of the recipe `windows`: a batch of random windows each."""

    def __init__(
        self,
        model: Autoencoder,
        block: torch.Tensor,
        recipe: Windows,
        *,
        seed: int,
        units: Units | None = None,
        present: torch.Tensor | None = None,
    ) -> None:
        self.model, self.block, self.recipe = model, block, recipe
        self.present = present
        self.climb = max(1, round(recipe.steps * recipe.warmup))
        self.window = min(recipe.window, block.shape[1])
        self.masked = {
            "reconstruct": 0,
            "masked": 1,
            "mixed": recipe.masked_weight,
        }[recipe.objective]
        self.train_mean, self.pool = block.mean(dim=(0, 1)), None
        if self.masked and model.lds:
            mean = self.train_mean.cpu().numpy()
            of_layer = None if present is None else present[0]
            self.pool = PosteriorPool(model.lds.lds, block[0], mean, seed, of_layer)
        elif self.masked:
            self.noise = recipe.noise * block.std(dim=(0, 1))
        trained = _trained(model)
        self.likelihood = None
        if recipe.observation != "squared":
            self.likelihood = LikelihoodLoss(recipe.observation, units, block)
            trained += self.likelihood.parameters()
        self.optimizer = Adam(trained, lr=0.0, weight_decay=recipe.weight_decay, decoupled=True)
        self.generator = np.random.default_rng(seed)

    @property
    def state(self) -> dict[str, Any]:
        return {
            "moments": self.optimizer.moments,
            "generator": self.generator.bit_generator.state,
            "likelihood": self.likelihood.state_dict() if self.likelihood else None,
        }

    @state.setter
    def state(self, state: dict[str, Any]) -> None:
        self.optimizer.moments = state["moments"]
        self.generator.bit_generator.state = state["generator"]
        if self.likelihood:
            self.likelihood.load_state_dict(state["likelihood"])

    def rate(self, step: int) -> float:
        return self.recipe.learning_rate * warm_cosine(step, self.recipe.steps, self.climb)

    def step(self, number: int) -> float:
        self.optimizer.zero_grad()
        bfloat16 = self.recipe.precision == "bfloat16"
        with torch.autocast(self.block.device.type, torch.bfloat16, enabled=bfloat16):
            loss = self._loss(number)
        loss.backward()
        (group,) = self.optimizer.param_groups
        norm = get_total_norm([weight.grad for weight in group["params"]])
        if norm > self.recipe.clip:  # rare: otherwise no pass over the gradients is needed
            clip_grads_with_norm_(group["params"], self.recipe.clip, norm)
        group["lr"] = self.rate(number)
        self.optimizer.step()
        return loss.item()

    def _loss(self, number: int) -> torch.Tensor:
        if self.pool and self.masked == 1:
            return self._loss_of_pool()
        batch, layers, present = self._draw()
        loss = 0.0
        if self.masked < 1:
            loss = (1 - self.masked) * self._error(self.model(batch), batch, layers, present)
        if self.masked:
            if self.pool:
                of_hidden = self._loss_of_pool()
            else:
                of_hidden = self._masked_loss(batch, layers, present)
            loss = loss + self.masked * of_hidden
        auxiliary = self.model.auxiliary_loss(batch, number)
        return loss if auxiliary is None else loss + auxiliary

    def _loss_of_pool(self) -> torch.Tensor:
        """The error of hidden activity in windows of a pool."""
        found = self.pool.draw(self.generator, self.recipe.batch_size, self.window)
        estimate = self.model.estimate(found.estimates, found.latents, found.visible)
        layers = torch.zeros(len(estimate), dtype=torch.long, device=estimate.device)
        return self._error(estimate, found.activity, layers, found.hidden)

    def _draw(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
        """A batch (windows, bins, neurons), each window contiguous in memory, the layers (windows,)
        that its windows are from, and which of its entries were recorded; None if all were."""
        layers, bins, _ = self.block.shape
        size = self.recipe.batch_size
        layer = self.generator.integers(layers, size=size)
        start = self.generator.integers(bins - self.window + 1, size=size)
        places = [(i, slice(s, s + self.window)) for i, s in zip(layer, start, strict=True)]
        batch = torch.stack([self.block[place] for place in places])
        present = None
        if self.present is not None:
            present = torch.stack([self.present[place] for place in places])
        return batch, torch.from_numpy(layer).to(batch.device), present

    def _error(
        self,
        estimate: torch.Tensor,
        batch: torch.Tensor,
        layers: torch.Tensor,
        counted: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Mean error over all entries of a batch, or over those that are counted (bool)."""
        estimate = estimate.float()
        if counted is not None:
            counted = counted.to(batch.dtype)
        if self.likelihood:
            errors = self.likelihood(estimate, batch, layers)
            return errors.mean() if counted is None else mean_of_counted(errors, counted)
        return mean_squared_error(estimate, batch, counted)

    def _masked_loss(
        self, batch: torch.Tensor, layers: torch.Tensor, present: torch.Tensor | None
    ) -> torch.Tensor:
        visible, whole = draw_visible(batch.shape, self.generator)
        noisy, visible = batch.clone(), visible.to(batch.device)
        hidden = ~visible
        if present is not None:
            visible, hidden = visible & present, hidden & present
        for window in whole.nonzero().flatten().tolist():
            noisy[window].addcmul_(torch.randn_like(noisy[window]), self.noise)
        estimate = estimate_hidden(self.model, noisy, visible, self.train_mean)
        return self._error(estimate, batch, layers, hidden)


STEPPERS: dict[type[Recipe], type[Stepper]] = {Sequence: SequenceStepper, Windows: WindowStepper}


def new_stepper(
    recipe: Recipe,
    model: Autoencoder,
    block: torch.Tensor,
    *,
    seed: int,
    units: Units | None = None,
    present: torch.Tensor | None = None,
) -> Stepper:
    """A stepper that trains a model on block (layers, bins, neurons) by a recipe."""
    return STEPPERS[type(recipe)](model, block, recipe, seed=seed, units=units, present=present)


def _trained(model: nn.Module) -> list[nn.Parameter]:
    """The weights that are not frozen."""
    return [weight for weight in model.parameters() if weight.requires_grad]


def warm_cosine(step: int, steps: int, climb: int) -> float:
    """Share of the highest rate at a step: linear to 1 over `climb` steps, then a cosine to 0."""
    if step < climb:
        return (step + 1) / climb
    return 0.5 * (1 + math.cos(math.pi * (step - climb) / max(1, steps - climb)))
