"""Two ways to take a training step: `sequence`, the study's (METHODS 1.6), and `windows`, ours.

A recipe has `rate(step)`, `step(number)`, which returns the loss, and a `state` that can be set:
all that the next step depends on beside the weights and torch's own generator.
"""

import math

import numpy as np
import torch
from torch.nn.functional import mse_loss
from torch.nn.utils import clip_grads_with_norm_, get_total_norm

from nma.training.coordinated_dropout import draw_visible, estimate_hidden
from nma.training.losses import LikelihoodLoss, mean_of_hidden, mean_squared_error
from nma.training.optimisers import Adam, sam_step


class Sequence:
    """All layers and bins of train as one batch, SAM (radius rho) around Adam."""

    def __init__(self, model, block, *, steps, seed, learning_rate, weight_decay, rho):
        self.model, self.block = model, block
        self.learning_rate, self.rho = learning_rate, rho
        self.optimizer = Adam(_trained(model), lr=learning_rate, weight_decay=weight_decay)

    @property
    def state(self):
        return {"moments": self.optimizer.moments}

    @state.setter
    def state(self, state):
        self.optimizer.moments = state["moments"]

    def rate(self, step):
        return self.learning_rate

    def step(self, number):
        losses = []

        def backward():
            # Layer by layer: the gradient of the whole batch in a fraction of its memory.
            for layer in self.block:
                loss = mse_loss(self.model(layer[None])[0], layer) / len(self.block)
                loss.backward()
                losses.append(loss.item())

        sam_step(self.optimizer, backward, self.rho)
        return sum(losses[: len(self.block)])


class Windows:
    """`batch_size` random windows of `window` bins, AdamW, clipped gradients.

    The rate climbs linearly over the first `warmup` share of the steps and falls as a cosine to 0.
    objective: `reconstruct`, the mean squared error of what the network sees; `masked`, that of
    what is hidden from it; `mixed`, both, the second with `masked_weight`. Where whole neurons are
    hidden, the others get noise of `noise` standard deviations: many weak predictors then beat few
    strong ones, as in ridge regression. precision: of the matrix products of a step, `float32` or
    `bfloat16`; weights stay float32. observation: `squared`, or a family of
    statistics.observation_models whose log-likelihood takes the place of the squared error; units:
    what its activity is counted in (training.losses).
    """

    def __init__(
        self,
        model,
        block,
        *,
        steps,
        seed,
        learning_rate,
        weight_decay,
        window,
        batch_size,
        warmup,
        clip,
        objective,
        masked_weight,
        noise,
        precision="float32",
        observation="squared",
        units=None,
    ):
        self.model, self.block = model, block
        self.steps, self.learning_rate, self.clip = steps, learning_rate, clip
        self.bfloat16 = precision == "bfloat16"
        self.climb = max(1, round(warmup * steps))
        self.window, self.batch_size = min(window, block.shape[1]), batch_size
        self.masked = {"reconstruct": 0, "masked": 1, "mixed": masked_weight}[objective]
        if self.masked:
            self.noise, self.train_mean = noise * block.std(dim=(0, 1)), block.mean(dim=(0, 1))
        trained = _trained(model)
        self.likelihood = None
        if observation != "squared":
            self.likelihood = LikelihoodLoss(observation, units, block)
            trained += self.likelihood.parameters()
        self.optimizer = Adam(trained, lr=0.0, weight_decay=weight_decay, decoupled=True)
        self.generator = np.random.default_rng(seed)

    @property
    def state(self):
        state = {"moments": self.optimizer.moments}
        state["generator"] = self.generator.bit_generator.state
        state["likelihood"] = self.likelihood.state_dict() if self.likelihood else None
        return state

    @state.setter
    def state(self, state):
        self.optimizer.moments = state["moments"]
        self.generator.bit_generator.state = state["generator"]
        if self.likelihood:
            self.likelihood.load_state_dict(state["likelihood"])

    def rate(self, step):
        return self.learning_rate * warm_cosine(step, self.steps, self.climb)

    def step(self, number):
        batch, layers = self._draw()
        self.optimizer.zero_grad()
        with torch.autocast(batch.device.type, torch.bfloat16, enabled=self.bfloat16):
            loss = self._loss(batch, layers)
        loss.backward()
        (group,) = self.optimizer.param_groups
        norm = get_total_norm([weight.grad for weight in group["params"]])
        if norm > self.clip:  # which is rare: else nothing has to pass over the gradients
            clip_grads_with_norm_(group["params"], self.clip, norm)
        group["lr"] = self.rate(number)
        self.optimizer.step()
        return loss.item()

    def _loss(self, batch, layers):
        loss = 0.0
        if self.masked < 1:
            loss = (1 - self.masked) * self._error(self.model(batch), batch, layers)
        if self.masked:
            loss = loss + self.masked * self._masked_loss(batch, layers)
        return loss

    def _draw(self):
        """A batch (windows, bins, neurons), each window a run of contiguous memory, and the layers
        (windows,) that they are from."""
        layers, bins, _ = self.block.shape
        layer = self.generator.integers(layers, size=self.batch_size)
        start = self.generator.integers(bins - self.window + 1, size=self.batch_size)
        windows = zip(layer, start, strict=True)
        batch = torch.stack([self.block[i, s : s + self.window] for i, s in windows])
        return batch, torch.from_numpy(layer).to(batch.device)

    def _error(self, estimate, batch, layers, visible=None):
        """Mean over the entries of a batch, or over those of them that are not visible."""
        estimate = estimate.float()
        if self.likelihood:
            errors = self.likelihood(estimate, batch, layers)
            return errors.mean() if visible is None else mean_of_hidden(errors, visible)
        hidden = None if visible is None else (~visible).to(batch.dtype)
        return mean_squared_error(estimate, batch, hidden)

    def _masked_loss(self, batch, layers):
        visible, whole = draw_visible(batch.shape, self.generator)
        noisy, visible = batch.clone(), visible.to(batch.device)
        for window in whole.nonzero().flatten().tolist():
            noisy[window].addcmul_(torch.randn_like(noisy[window]), self.noise)
        estimate = estimate_hidden(self.model, noisy, visible, self.train_mean)
        return self._error(estimate, batch, layers, visible)


RECIPES = {"sequence": Sequence, "windows": Windows}


def _trained(model):
    """The weights that are not frozen."""
    return [weight for weight in model.parameters() if weight.requires_grad]


def warm_cosine(step, steps, climb):
    """Share of the highest rate at a step: a line up to 1 over `climb` steps, a cosine to 0."""
    if step < climb:
        return (step + 1) / climb
    return 0.5 * (1 + math.cos(math.pi * (step - climb) / max(1, steps - climb)))
