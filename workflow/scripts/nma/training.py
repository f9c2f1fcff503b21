"""Training of an autoencoder on one layer, or of one network on all of them (METHODS 1.6).

Two recipes: `sequence`, the study's (the whole of train as one batch, SAM around Adam), and
`windows`, the default (random windows in minibatches, AdamW, warm-up and cosine, the best weights
on validation kept). Budgets are in steps, so that results do not depend on the machine's load.
"""

import copy
import math
import time
import zlib

import numpy as np
import torch
from torch.nn.functional import mse_loss
from tqdm import tqdm

from nma.adam import Adam
from nma.errors import InputError
from nma.sam import sam_step
from nma.tensors import SPLITS


def job_seed(seed, layer):
    """A seed of its own for each layer, so that no two networks start from the same weights."""
    return int(np.random.SeedSequence([seed, zlib.crc32(layer.encode())]).generate_state(1)[0])


def train(model, activity, split_index, *, recipe, steps, evaluate_every, seed, **settings):
    """Train the model in place; return the history, one dict an evaluation.

    activity: (layers, bins, neurons) tensor on the model's device; split_index: (bins,) as in the
    tensors. Settings of the recipes: see `sequence_recipe` and `windows_recipe`. With `patience`
    (evaluations without a better validation r2) training may stop early, and the best weights are
    kept; without it, the last ones. Raises InputError where the loss stops being a number.
    """
    blocks = {
        name: activity[:, torch.from_numpy(split_index == code).to(activity.device)]
        for code, name in enumerate(SPLITS[:2])
    }
    if hasattr(model, "start"):
        model.start(blocks["train"])
    patience = settings.pop("patience", None)
    recipe_of = {"sequence": sequence_recipe, "windows": windows_recipe}[recipe]
    take_step, rate = recipe_of(model, blocks["train"], steps=steps, seed=seed, **settings)
    train_mean = blocks["train"].mean(dim=1, keepdim=True)
    deviation = {name: mse_loss(x, train_mean.expand_as(x)).item() for name, x in blocks.items()}

    history, best, best_step, best_weights = [], -math.inf, 0, None
    start = time.perf_counter()
    with tqdm(total=steps, unit="step", mininterval=10) as progress:
        for step in range(steps + 1):
            if step % evaluate_every == 0 or step == steps:
                errors = {name: evaluate(model, block) for name, block in blocks.items()}
                broken = [f"{n} loss of {e}" for n, e in errors.items() if not math.isfinite(e)]
                if broken:
                    raise InputError(
                        "config",
                        "training",
                        found=f"a {' and a '.join(broken)} at step {step}",
                        expected="a finite one",
                        hint="a lower learning_rate may help",
                    )
                row = {"step": step, "seconds": time.perf_counter() - start}
                row |= {"learning_rate": rate()}
                row |= {f"{name}_mse": error for name, error in errors.items()}
                row |= {f"{name}_r2": 1 - error / deviation[name] for name, error in errors.items()}
                history.append(row)
                progress.set_postfix(validation_r2=f"{row['validation_r2']:.4f}")
                if patience and row["validation_r2"] > best:
                    best, best_step = row["validation_r2"], step
                    best_weights = copy.deepcopy(model.state_dict())
                elif patience and step - best_step >= patience * evaluate_every:
                    break
            if step < steps:
                model.train()
                take_step()
                progress.update()
    if best_weights:
        model.load_state_dict(best_weights)
    return history


@torch.no_grad()
def evaluate(model, block):
    """Mean squared reconstruction error over a block (layers, bins, neurons), dropout off."""
    model.eval()
    return float(np.mean([mse_loss(model(layer[None])[0], layer).item() for layer in block]))


def sequence_recipe(model, block, *, steps, seed, learning_rate, weight_decay, rho):
    """The study's step: all layers and bins of train as one batch, SAM (radius rho) around Adam."""
    group = {"params": list(model.parameters()), "lr": learning_rate}
    optimizer = Adam([group], weight_decay=weight_decay)

    def backward():
        # Layer by layer: the gradient of the whole batch in a fraction of its memory.
        for layer in block:
            (mse_loss(model(layer[None])[0], layer) / len(block)).backward()

    return lambda: sam_step(optimizer, backward, rho), lambda: learning_rate


def windows_recipe(
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
    linear_rate,
):
    """The default step: `batch_size` random windows of `window` bins, AdamW, clipped gradients.

    The rate climbs linearly over the first `warmup` share of the steps and falls as a cosine to 0.
    The linear part of a model that starts from a solution learns at `linear_rate` times the rate.
    """
    linear = model.linear_weights() if hasattr(model, "linear_weights") else []
    others = [w for w in model.parameters() if all(w is not other for other in linear)]
    groups = [{"params": others, "lr": 0.0}, {"params": linear, "lr": 0.0}]
    optimizer = Adam(groups, weight_decay=weight_decay, decoupled=True)
    climb = max(1, round(warmup * steps))
    rates = iter([learning_rate * warm_cosine(step, steps, climb) for step in range(steps)])
    generator = np.random.default_rng(seed)
    layers, bins, _ = block.shape
    window = min(window, bins)

    def take_step():
        layer = generator.integers(layers, size=batch_size)
        start = generator.integers(bins - window + 1, size=batch_size)
        batch = torch.stack([block[i, s : s + window] for i, s in zip(layer, start, strict=True)])
        optimizer.zero_grad()
        mse_loss(model(batch), batch).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
        groups[0]["lr"] = next(rates)
        groups[1]["lr"] = linear_rate * groups[0]["lr"]
        optimizer.step()

    return take_step, lambda: groups[0]["lr"]


def warm_cosine(step, steps, climb):
    """Share of the highest rate at a step: a line up to 1 over `climb` steps, a cosine to 0."""
    if step < climb:
        return (step + 1) / climb
    return 0.5 * (1 + math.cos(math.pi * (step - climb) / max(1, steps - climb)))
