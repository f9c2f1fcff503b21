"""Training of an autoencoder on one layer, or of one network on all of them.

Budgets are in steps, so that results do not depend on the machine's load. A job that was killed
goes on from its last evaluation and ends with the same weights, byte for byte.
"""

import copy
import math
import time
import zlib

import numpy as np
import torch
from tqdm import tqdm

from nma.io.errors import InputError
from nma.preprocessing.splits import SPLITS
from nma.training.recipes import RECIPES
from nma.training.state import _read_state, _write_state
from nma.training.validation import Scores

ATTEMPTS = 3
LOWER = 0.3  # of the learning rate, from one attempt to the next


class Diverged(Exception):
    """A loss that is no number; the message names it and the step."""


def job_seed(seed, layer):
    """A seed of its own for each layer, so that no two networks start from the same weights."""
    return int(np.random.SeedSequence([seed, zlib.crc32(layer.encode())]).generate_state(1)[0])


def train(
    model,
    activity,
    split_index,
    *,
    seed,
    state_path=None,
    score_hidden=False,
    evaluated=None,
    **settings,
):
    """Train the model in place; return the history, one dict an evaluation, and the final scores.

    activity: (layers, bins, neurons) tensor on the model's device; split_index: (bins,) as in the
    tensors. Settings: `recipe`, `steps`, `evaluate_every`, and those of the recipe
    (training.recipes). With `patience` (evaluations without a better validation score) training may
    stop early, and the best weights are kept; without it, the last ones. The score is validation
    r2, or where the objective hides something the mean of cosmooth_r2 and masked_r2. state_path:
    where to keep what is needed to go on after a kill; a file that is there is gone on from.
    score_hidden: whether the scores of what is hidden are in the history even where they do not
    pick the weights; evaluated: a function to call with the history after each evaluation, which
    may end training by raising. Where the loss stops being a number, training starts again at a
    lower rate, twice at most; then InputError is raised.
    """
    blocks = {
        name: activity[:, torch.from_numpy(split_index == code).to(activity.device)]
        for code, name in enumerate(SPLITS[:2])
    }
    objective = settings.get("objective", "reconstruct")
    if hasattr(model, "start"):
        model.start(blocks["train"], objective)
    hides = objective != "reconstruct"
    score = Scores(blocks, hides=hides, also_hidden=score_hidden, seed=seed)
    state = _read_state(state_path) or {
        "attempt": 1,
        "history": [],
        "weights": copy.deepcopy(model.state_dict()),
        "start": copy.deepcopy(model.state_dict()),
        "random": torch.get_rng_state(),
    }
    while True:
        rate = settings["learning_rate"] * LOWER ** (state["attempt"] - 1)
        run = settings | {"learning_rate": rate}
        try:
            paths = {"state_path": state_path, "evaluated": evaluated}
            return _attempt(model, blocks["train"], score, state, seed=seed, **paths, **run)
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
    model,
    block,
    score,
    state,
    *,
    state_path,
    evaluated,
    recipe,
    steps,
    evaluate_every,
    patience=None,
    **rest,
):
    """Go on from a state to the end; return history and final scores. Raises Diverged."""
    model.load_state_dict(state["weights"])
    torch.set_rng_state(state["random"])
    stepper = RECIPES[recipe](model, block, steps=steps, **rest)
    if "recipe" in state:
        stepper.state = state["recipe"]
    history = state["history"]
    first = state.get("step", 0)
    before = time.perf_counter() - (history[-1]["seconds"] if history else 0)
    state.setdefault("best", {"score": -math.inf, "step": 0, "weights": None})

    with tqdm(total=steps, initial=first, unit="step", mininterval=10) as progress:
        for step in range(first, steps + 1):
            resumed = step == first and "recipe" in state
            if (step % evaluate_every == 0 or step == steps) and not resumed:
                values = score(model)
                if broken := [
                    f"{name} of {value}"
                    for name, value in values.items()
                    if not math.isfinite(value)
                ]:
                    raise Diverged(f"a {' and a '.join(broken)} at step {step}")
                row = {"attempt": state["attempt"], "step": step}
                row |= {"seconds": time.perf_counter() - before}
                row |= {"learning_rate": stepper.rate(step)}
                history.append(row | values)
                if evaluated:
                    evaluated(history)
                progress.set_postfix(validation=f"{score.selects(values):.4f}")
                best = state["best"]
                if patience and score.selects(values) > best["score"]:
                    weights = copy.deepcopy(model.state_dict())
                    best |= {"score": score.selects(values), "step": step, "weights": weights}
                elif patience and step - best["step"] >= patience * evaluate_every:
                    break
                state |= {"step": step, "weights": model.state_dict(), "recipe": stepper.state}
                state |= {"random": torch.get_rng_state()}
                _write_state(state_path, state)
            if step < steps:
                model.train()
                loss = stepper.step(step)
                if not math.isfinite(loss):
                    raise Diverged(f"a loss of {loss} at step {step + 1}")
                progress.update()
    if state["best"]["weights"]:
        model.load_state_dict(state["best"]["weights"])
    return history, score(model)
