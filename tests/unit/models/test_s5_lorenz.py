"""S5 on latents that are not linear: recovered better than by the LDS, and forecast by training."""

import numpy as np
import torch
from training_settings import WINDOWS

from nma.models.s5 import S5
from nma.state_space.em import fit, principal_start, start
from nma.state_space.lds import posterior_means
from nma.state_space.transform import fit_transform
from nma.training.loop import train
from nma.training.recipes import recipe_of

BINS, TRAIN, NEURONS, CONTEXT = 2000, 1500, 100, 64
PERIOD, STEP = 20, 0.0375  # bins of an oscillation, and the equations' time of a bin


def lorenz():
    """The three latents (bins, 3) of Lorenz 1963, standardised."""
    x, found = np.array([1.0, 1.0, 25.0]), []
    for step in range(8 * (BINS + 200)):
        change = [10 * (x[1] - x[0]), x[0] * (28 - x[2]) - x[1], x[0] * x[1] - 8 / 3 * x[2]]
        middle = x + STEP / 16 * np.array(change)
        a, b, c = middle
        x = x + STEP / 8 * np.array([10 * (b - a), a * (28 - c) - b, a * b - 8 / 3 * c])
        if step % 8 == 7:
            found.append(x)
    found = np.stack(found[200:])
    return (found - found.mean(axis=0)) / found.std(axis=0)


def simulated(shape):
    """Latents, and activity of neurons: exp of a mix of them, with gamma noise of that shape."""
    rng, latents = np.random.default_rng(0), lorenz()
    drive = 0.55 * latents @ rng.standard_normal((3, NEURONS))
    activity = np.exp(drive) * rng.gamma(shape, 1 / shape, drive.shape)
    return latents, (activity / activity[:TRAIN].std(axis=0)).astype("f4")


def recovered(features, latents):
    """Squared errors (bins,) of the latents after train, by least squares fitted to train."""
    x = np.column_stack([features, np.ones(BINS)])
    weights = np.linalg.lstsq(x[:TRAIN], latents[:TRAIN], rcond=None)[0]
    return np.square(latents - x @ weights).sum(axis=1)[TRAIN:]


def test_latents_are_nearer_to_the_truth_than_those_of_the_lds():
    """Of the same dims and transform: gamma noise is skewed on every scale, and the bend sees it.
    Paired by blocks of held-out time."""
    latents, x = simulated(1.7)
    torch.manual_seed(0)
    model = S5(NEURONS, 3)
    model.start(torch.from_numpy(x[None, :TRAIN]), "masked")
    assert int(model.kind) == 2 and model.bend > 0.2
    with torch.no_grad():
        found = model.eval().encode(torch.from_numpy(x[None]))[0].numpy()
    transform = fit_transform(x[:TRAIN] - x[:TRAIN].mean(axis=0), "log", float(model.constant))
    y = transform(x - x[:TRAIN].mean(axis=0))
    dynamics, _ = fit(y[:TRAIN], start(y[:TRAIN], *principal_start(y[:TRAIN], 3)))
    of_lds = posterior_means(dynamics, y, np.ones(y.shape, bool))
    gain = recovered(of_lds, latents) - recovered(found, latents)
    blocks = np.array([block.mean() for block in np.array_split(gain, 20)])
    assert blocks.mean() > 2 * blocks.std(ddof=1) / np.sqrt(20)


def forecast_error(model, x, horizon):
    """Of held-out bins, over that of the train mean."""
    origins = range(TRAIN + CONTEXT, BINS - horizon, 3)
    contexts = torch.from_numpy(np.stack([x[t - CONTEXT + 1 : t + 1] for t in origins]))
    with torch.no_grad():
        visible = torch.ones_like(contexts, dtype=torch.bool)
        found = model.eval().forecast(contexts, visible, horizon)[:, -1].numpy()
    truth = np.stack([x[t + horizon] for t in origins])
    return np.square(truth - found).sum() / np.square(truth - x[:TRAIN].mean(axis=0)).sum()


def test_training_learns_to_forecast_what_is_not_linear():
    _, x = simulated(20)
    settings = {"steps": 300, "evaluate_every": 300, "window": 64, "batch_size": 16}
    settings |= {"learning_rate": 3e-3, "objective": "masked", "noise": 0.0, "patience": None}
    torch.manual_seed(0)
    model, split = S5(NEURONS, 4), np.repeat([0, 1], [TRAIN, BINS - TRAIN])
    activity = torch.from_numpy(x[None])
    model.start(activity[:, :TRAIN], "masked")
    before = forecast_error(model, x, 4)
    train(model, activity, split, recipe_of(WINDOWS | settings), seed=0)
    after = forecast_error(model, x, 4)
    print(before, after)
    assert after < 0.8 * before
