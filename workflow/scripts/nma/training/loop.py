"""Training of an autoencoder on one layer, or of one network on all of them.

Budgets are in steps, so that results do not depend on the machine's load. A killed job resumes from
its last evaluation and ends with the same weights, byte for byte.
"""

import copy
import math
import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from nma.blocks.autoencoder import Autoencoder
from nma.io.errors import InputError
from nma.preprocessing.splits import in_split
from nma.training.losses import Units
from nma.training.recipes import Recipe
from nma.training.state import read_state, write_state
from nma.training.steppers import new_stepper
from nma.training.validation import Evaluation
from nma.types import Bins

ATTEMPTS = 3
LOWER = 0.3  # of the learning rate, from one attempt to the next

History = list[dict[str, float]]  # a row an evaluation
AfterEvaluation = Callable[[History], None]


class Diverged(Exception):
    """A loss or score that is not a number; the message names it and the step."""


def job_seed(seed: int, layer: str) -> int:
    """A seed for each layer, so that no two networks start from the same weights."""
    return int(np.random.SeedSequence([seed, zlib.crc32(layer.encode())]).generate_state(1)[0])


def train(
    model: Autoencoder,
    activity: torch.Tensor,
    split: Bins,
    recipe: Recipe,
    *,
    seed: int,
    units: Units | None = None,
    state_path: Path | None = None,
    score_hidden: bool = False,
    after_evaluation: AfterEvaluation | None = None,
    present: torch.Tensor | None = None,
) -> tuple[History, dict[str, float]]:
    """Train the model in place; return the history and the final scores.

    activity: (layers, bins, neurons), on the model's device; split: the split code of each bin;
    present: which entries were recorded, bool like activity, all by default; others do not count.
    Which weights are kept, and when training stops early, is the recipe's `patience` and the score
    of `Evaluation.selects`. units: needed for an observation model. state_path: where to keep the
    state to resume from after a kill; an existing one is resumed from. score_hidden: whether the
    history has the scores of hidden activity even where they do not select the weights.
    after_evaluation: called with the history after each evaluation; ends training by raising.

    If the loss stops being a number, training starts again at a lower rate, twice at most; then
    InputError is raised.
    """
    blocks, of_blocks = (
        {
            name: x[:, torch.from_numpy(in_split(split, name)).to(x.device)]
            for name in ("train", "validation")
            if x is not None
        }
        for x in (activity, present)
    )
    model.start(blocks["train"], recipe.objective)
    hides = recipe.objective != "reconstruct"
    evaluation = Evaluation(
        blocks, hides=hides, also_hidden=score_hidden, seed=seed, present=of_blocks
    )
    state = read_state(state_path) or {
        "attempt": 1,
        "history": [],
        "weights": copy.deepcopy(model.state_dict()),
        "start": copy.deepcopy(model.state_dict()),
        "random": torch.get_rng_state(),
    }
    while True:
        rate = recipe.learning_rate * LOWER ** (state["attempt"] - 1)
        try:
            return _attempt(
                model,
                blocks["train"],
                replace(recipe, learning_rate=rate),
                evaluation,
                state,
                seed=seed,
                units=units,
                state_path=state_path,
                after_evaluation=after_evaluation,
                present=of_blocks.get("train"),
            )
        except Diverged as error:
            if state["attempt"] == ATTEMPTS or not state["history"]:
                raise InputError(
                    "config",
                    "training",
                    found=f"{error} with a learning_rate of {rate:g}",
                    expected="a finite one",
                    hint="a lower learning_rate may help",
                ) from None
            print(f"{error}: once more, at a learning rate of {LOWER * rate:g}", flush=True)
            state = {key: state[key] for key in ("attempt", "history", "start")}
            state["attempt"] += 1
            state |= {"weights": state["start"], "random": torch.get_rng_state()}


def _attempt(
    model: Autoencoder,
    block: torch.Tensor,
    recipe: Recipe,
    evaluation: Evaluation,
    state: dict[str, Any],
    *,
    seed: int,
    units: Units | None,
    state_path: Path | None,
    after_evaluation: AfterEvaluation | None,
    present: torch.Tensor | None,
) -> tuple[History, dict[str, float]]:
    """Train from a state to the end; return history and final scores. Raises Diverged."""
    model.load_state_dict(state["weights"])
    torch.set_rng_state(state["random"])
    stepper = new_stepper(recipe, model, block, seed=seed, units=units, present=present)
    resumed_at = state.get("step")
    if resumed_at is not None:
        stepper.state = state["stepper"]
    patience, history = recipe.patience, state["history"]
    start = time.perf_counter() - (history[-1]["seconds"] if history else 0)
    best = state.setdefault("best", {"score": -math.inf, "step": 0, "weights": None})

    first = resumed_at or 0
    with tqdm(total=recipe.steps, initial=first, unit="step", mininterval=10) as progress:
        for step in range(first, recipe.steps + 1):
            is_due = step % recipe.evaluate_every == 0 or step == recipe.steps
            if is_due and step != resumed_at:
                values = _finite_scores(model, evaluation, step)
                row = {"attempt": state["attempt"], "step": step}
                row |= {"seconds": time.perf_counter() - start, "learning_rate": stepper.rate(step)}
                history.append(row | values)
                if after_evaluation:
                    after_evaluation(history)
                score = evaluation.selects(values)
                progress.set_postfix(validation=f"{score:.4f}")
                if patience and score > best["score"]:
                    weights = copy.deepcopy(model.state_dict())
                    best |= {"score": score, "step": step, "weights": weights, "scores": values}
                elif patience and step - best["step"] >= patience * recipe.evaluate_every:
                    break
                state |= {"step": step, "weights": model.state_dict(), "stepper": stepper.state}
                state |= {"random": torch.get_rng_state(), "scores": values}
                write_state(state_path, state)
            if step < recipe.steps:
                model.train()
                loss = stepper.step(step)
                if not math.isfinite(loss):
                    raise Diverged(f"a loss of {loss} at step {step + 1}")
                progress.update()
    model.eval()
    if best["weights"]:
        model.load_state_dict(best["weights"])
        return history, best["scores"]
    return history, state["scores"]


def _scores(model: Autoencoder, evaluation: Evaluation) -> dict[str, float]:
    """Fit the gains of a model, then score it, in evaluation mode."""
    model.eval()
    return evaluation.score(model, evaluation.fit_gains(model))


def _finite_scores(model: Autoencoder, evaluation: Evaluation, step: int) -> dict[str, float]:
    """The same scores. Raises Diverged where one is not a finite number."""
    values = _scores(model, evaluation)
    if broken := [f"{name} of {v}" for name, v in values.items() if not math.isfinite(v)]:
        raise Diverged(f"a {' and a '.join(broken)} at step {step}")
    return values
