"""Residual models: PCA at the start, k latents, never below PCA on validation."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from nma.model_files import build_model, encode, load_model, save_model
from nma.training import train, windows_recipe

BINS, NEURONS, DIMS = 400, 12, 3
SPLIT = np.repeat([0, 1, 2], [300, 50, 50]).astype("i1")
NAMES = pytest.mark.parametrize("name", ["residual_rnn", "residual_gru", "residual_lstm"])
WINDOWS = {
    "recipe": "windows",
    "steps": 30,
    "evaluate_every": 5,
    "patience": 100,
    "window": 20,
    "batch_size": 6,
    "learning_rate": 3e-3,
    "weight_decay": 1e-4,
    "warmup": 0.1,
    "clip": 1.0,
    "linear_rate": 0.2,
}


def recorded(layers=1, seed=0):
    """Activity (layers, bins, neurons) of slow latents with an offset and noise."""
    generator = np.random.default_rng(seed)
    latents = generator.standard_normal((layers, BINS, 5))
    for t in range(1, BINS):
        latents[:, t] = 0.9 * latents[:, t - 1] + 0.44 * latents[:, t]
    activity = latents @ generator.standard_normal((layers, 5, NEURONS)) + 2
    return torch.from_numpy(activity + generator.standard_normal(activity.shape)).float()


def fitted(name, activity, **changes):
    torch.manual_seed(0)
    model = build_model(name, NEURONS, DIMS, {})
    history = train(model, activity, SPLIT, seed=0, **(WINDOWS | changes))
    return model.eval(), history


@NAMES
@pytest.mark.parametrize("layers", [1, 3])
def test_before_its_first_step_it_is_pca(name, layers):
    """Of all layers together where it is shared."""
    activity = recorded(layers)
    model = build_model(name, NEURONS, DIMS, {}).eval()
    model.start(activity[:, SPLIT == 0])
    train_bins = activity[:, SPLIT == 0].flatten(0, 1).numpy()
    pca = PCA(DIMS).fit(train_bins)
    with torch.no_grad():
        latents = model.encode(activity)
        estimate = model(activity)
    for layer in range(layers):
        scores = pca.transform(activity[layer].numpy())
        np.testing.assert_allclose(estimate[layer], pca.inverse_transform(scores), atol=1e-4)
    of_train = latents[:, SPLIT == 0].flatten(0, 1)
    assert latents.shape == (layers, BINS, DIMS)
    torch.testing.assert_close(torch.cov(of_train.T), torch.eye(DIMS), atol=1e-3, rtol=0)


@NAMES
def test_it_is_never_below_pca_on_validation(name):
    activity = recorded()
    train_bins, validation = (activity[0, code == SPLIT].numpy() for code in (0, 1))
    pca = PCA(DIMS).fit(train_bins)
    error = (validation - pca.inverse_transform(pca.transform(validation))) ** 2
    r2 = 1 - error.sum() / ((validation - train_bins.mean(0)) ** 2).sum()
    _, history = fitted(name, activity)
    assert history[0]["validation_r2"] == pytest.approx(r2, abs=1e-4)
    assert max(row["validation_r2"] for row in history) >= r2 - 1e-4


@NAMES
def test_the_correction_learns_first_and_the_linear_part_at_its_own_rate(name):
    block = recorded()[:, SPLIT == 0]
    keys = ("weight_decay", "window", "batch_size", "learning_rate", "warmup", "clip")
    settings = {key: WINDOWS[key] for key in keys}
    for rate in (0.0, 1.0):
        model = build_model(name, NEURONS, DIMS, {})
        model.start(block)
        before = [w.detach().clone() for w in model.linear_weights()]
        take_step, _ = windows_recipe(model, block, steps=5, seed=0, linear_rate=rate, **settings)
        for _ in range(5):
            take_step()
        same = [torch.equal(a, b) for a, b in zip(before, model.linear_weights(), strict=True)]
        assert same == [rate == 0] * 4
        assert model.correction.weight.abs().max() > 0


@NAMES
def test_latents_depend_on_bins_before_and_after(name):
    activity = recorded()
    model, _ = fitted(name, activity)
    torch.nn.init.normal_(model.correction.weight)
    changed = activity.clone()
    changed[0, 200] += 5
    with torch.no_grad():
        moved = (model.encode(changed) - model.encode(activity)).abs().sum(dim=2)[0]
    assert moved[199] > 0 and moved[201] > 0


@NAMES
def test_its_file_gives_the_same_network(name, tmp_path):
    activity = recorded()
    model, _ = fitted(name, activity, steps=5)
    save_model(tmp_path / "0.safetensors", model, name=name, options={})
    again = load_model(tmp_path / "0.safetensors")
    for ours, theirs in zip(
        encode(model, activity[0].numpy(), SPLIT),
        encode(again, activity[0].numpy(), SPLIT),
        strict=True,
    ):
        np.testing.assert_array_equal(ours, theirs)


def test_options_set_the_size_of_the_correction():
    small, large = (build_model("residual_gru", NEURONS, DIMS, {"units": n}) for n in (4, 8))
    assert small.correction.in_features == 8 and large.correction.in_features == 16
