"""Residual models: a linear solution at the start, k latents, never below it on validation."""

import numpy as np
import pytest
import torch
from lds_starts import lds_start
from sklearn.decomposition import PCA
from training_settings import WINDOWS

from nma.blocks.linear_autoencoder import principal_components
from nma.latents.networks import encode
from nma.training.loop import train
from nma.training.recipes import recipe_of
from nma.training.steppers import new_stepper
from nma.training.validation import Evaluation
from nma.training.weights import build_model, load_model, save_model

BINS, NEURONS, DIMS = 400, 12, 3
SPLIT = np.repeat([0, 1, 2], [300, 50, 50]).astype("i1")
NAMES = pytest.mark.parametrize("name", ["residual_rnn", "residual_gru", "residual_lstm"])
SETTINGS = WINDOWS | {
    "steps": 30,
    "evaluate_every": 5,
    "patience": 100,
    "window": 20,
    "batch_size": 6,
    "learning_rate": 3e-3,
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
    if changes.get("objective", "reconstruct") != "reconstruct":
        model = with_lds(name, activity)
    history, _ = train(model, activity, SPLIT, recipe_of(SETTINGS | changes), seed=0)
    return model.eval(), history


@NAMES
@pytest.mark.parametrize("layers", [1, 3])
def test_before_its_first_step_it_is_pca(name, layers):
    """Of all layers together where it is shared."""
    activity = recorded(layers)
    model = build_model(name, NEURONS, DIMS, {}).eval()
    model.start(activity[:, SPLIT == 0], "reconstruct")
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


def with_lds(name, activity, dims=DIMS):
    """A new network with the LDS of activity (1, bins, neurons)."""
    torch.manual_seed(0)
    model = build_model(name, NEURONS, dims, {})
    model.lds = lds_start(activity[0].numpy(), SPLIT, dims)
    return model


def hidden_anywhere(activity):
    """Entries that are visible, at random, but for a neuron that never is."""
    visible = torch.rand(activity.shape, generator=torch.Generator().manual_seed(0)) > 0.25
    visible[:, :, 3] = False
    return visible


@pytest.mark.parametrize("bins", [4, 8, 40])
@pytest.mark.parametrize("dims", [3, 6])
def test_components_of_few_bins_are_those_of_the_covariance(bins, dims):
    """Fewer bins than neurons, and fewer than dims, which then stay empty."""
    activity = recorded()[:, :bins]
    entering_tensor = (activity[0] - activity[0].mean(0)).double()
    entering = entering_tensor.numpy()
    covariance = entering.T @ entering / (bins - 1)
    variances, vectors = (part[..., ::-1] for part in np.linalg.eigh(covariance))
    found, components, power = (
        part.numpy() for part in principal_components([entering_tensor], (bins, NEURONS), dims)
    )
    np.testing.assert_allclose(found, variances[:dims], atol=1e-9)
    np.testing.assert_allclose(power, np.diag(covariance))
    held = min(dims, bins - 1)
    expected = vectors[:, :held] * variances[:held] @ vectors[:, :held].T
    np.testing.assert_allclose(components * found @ components.T, expected, atol=1e-9)
    model = build_model("residual_gru", NEURONS, dims, {})
    model.start(activity, "reconstruct")
    assert torch.isfinite(model(activity)).all()


@NAMES
def test_where_activity_is_hidden_it_starts_from_the_lds(name):
    """Latents, reconstruction and estimates of what is hidden before the first step."""
    activity = recorded()
    model = with_lds(name, activity).eval()
    model.start(activity[:, SPLIT == 0], "masked")
    start, visible = model.lds, hidden_anywhere(activity)
    x, seen = activity[0].numpy() - start.mean, visible[0].numpy()
    everything = np.ones_like(seen)
    with torch.no_grad():
        latents, estimate = model.encode(activity)[0], model(activity, visible)[0]
        reconstruction = model(activity)[0]
    lds, near = start.lds, {"atol": 1e-4}
    np.testing.assert_allclose(latents, lds.latents(x, everything), **near)
    np.testing.assert_allclose(reconstruction - start.mean, lds.predict(x, everything), **near)
    expected = start.corrected.predict(x * seen, seen)
    np.testing.assert_allclose(estimate - start.mean, expected, **near)
    with torch.no_grad():
        hidden = model.encode(activity, visible)[0]
    np.testing.assert_allclose(hidden, lds.latents(x * seen, seen), **near)


def test_without_an_lds_nothing_can_be_hidden():
    activity = recorded()
    model = build_model("residual_gru", NEURONS, DIMS, {})
    with pytest.raises(ValueError, match="needs an LDS for the objective masked"):
        model.start(activity, "masked")
    assert not model.takes_visible and with_lds("residual_gru", activity).takes_visible


@NAMES
def test_hidden_values_do_not_matter(name):
    activity = recorded()
    model, _ = fitted(name, activity, objective="masked")
    visible = hidden_anywhere(activity)
    with torch.no_grad():
        changed = torch.where(visible, activity, 1e3)
        torch.testing.assert_close(model(activity, visible), model(changed, visible))
        assert (model(activity, visible) - model(activity)).abs().max() > 0.1


@NAMES
def test_it_is_never_below_pca_on_validation(name):
    activity = recorded()
    train_bins, validation = (activity[0, code == SPLIT].numpy() for code in (0, 1))
    pca = PCA(DIMS).fit(train_bins)
    error = (validation - pca.inverse_transform(pca.transform(validation))) ** 2
    r2 = 1 - error.sum() / ((validation - train_bins.mean(0)) ** 2).sum()
    _, history = fitted(name, activity)
    assert history[0]["validation_r2"] == pytest.approx(r2, abs=1e-4)
    assert min(row["validation_r2"] for row in history) >= r2 - 1e-4


@NAMES
def test_it_is_never_below_its_start_at_what_is_hidden(name):
    """A rate that ruins any other network: the gains take the correction out again."""
    _, history = fitted(name, recorded(), objective="masked", learning_rate=3.0)
    for kind in ("validation_cosmooth_r2", "validation_masked_r2"):
        assert min(row[kind] for row in history) >= history[0][kind] - 1e-5


def test_gains_are_the_best_there_are():
    """Against a search; each acts on its own score alone."""
    activity = recorded()
    model, _ = fitted("residual_gru", activity, objective="masked", steps=60)
    blocks = {n: activity[:, c == SPLIT] for c, n in enumerate(("train", "validation"))}
    evaluation = Evaluation(blocks, hides=True, seed=0)
    chosen, values = model.gains.clone(), evaluation.fit_gains(model)
    torch.testing.assert_close(model.gains, chosen)
    assert 0 < chosen[0] < 1.5
    for number, kind in enumerate(("masked_r2", "cosmooth_r2")):
        assert evaluation.r2(model, kind) == pytest.approx(values[f"validation_{kind}"], abs=1e-6)
        for gain in torch.linspace(0, 1.5, 31):
            model.gains[number] = gain
            assert evaluation.r2(model, kind) <= values[f"validation_{kind}"] + 1e-6
        model.gains[:] = chosen


@NAMES
@pytest.mark.parametrize("objective", ["reconstruct", "masked"])
def test_the_correction_learns_and_the_linear_model_stays(name, objective):
    block = recorded()[:, SPLIT == 0]
    model = build_model(name, NEURONS, DIMS, {})
    if objective == "masked":
        model = with_lds(name, recorded())
    model.start(block, objective)
    before = [w.clone() for w in (model.encoder.weight, *model.decoder.parameters())]
    recipe = recipe_of(SETTINGS | {"objective": objective})
    stepper = new_stepper(recipe, model, block, seed=0)
    for step in range(10):
        stepper.step(step)
    assert all(map(torch.equal, before, (model.encoder.weight, *model.decoder.parameters())))
    assert model.seen.weight.abs().max() > 0 and model.filters.abs().max() > 0
    assert (model.unseen.weight.abs().max() > 0) == (objective == "masked")


@pytest.mark.parametrize("bins", [1, 7, 30, 400])
@pytest.mark.parametrize("objective", ["reconstruct", "masked"])
def test_each_latent_is_convolved_with_its_filter_whose_middle_tap_is_now(bins, objective):
    activity = recorded()[:, :bins]
    model = build_model("residual_rnn", NEURONS, DIMS, {}).eval()
    if objective == "masked":
        model = with_lds("residual_rnn", recorded()).eval()
    model.start(recorded(), objective)
    linear = model.encode(activity)
    torch.nn.init.normal_(model.filters)
    filters = model.filters.detach().numpy()
    expected = np.empty_like(linear.detach().numpy())
    for dim in range(DIMS):
        full = np.convolve(linear[0, :, dim].detach().numpy(), filters[:, dim])
        expected[0, :, dim] = full[12 : 12 + bins]
    found = (model.encode(activity) - linear).detach().numpy()
    np.testing.assert_allclose(found, expected, atol=1e-4)


@NAMES
def test_latents_depend_on_bins_before_and_after(name):
    activity = recorded()
    model, _ = fitted(name, activity)
    torch.nn.init.normal_(model.seen.weight)
    model.gains[:] = 1
    changed = activity.clone()
    changed[0, 200] += 5
    with torch.no_grad():
        moved = (model.encode(changed) - model.encode(activity)).abs().sum(dim=2)[0]
    assert moved[199] > 0 and moved[201] > 0


@NAMES
@pytest.mark.parametrize("objective", ["reconstruct", "masked"])
def test_its_file_gives_the_same_network(name, objective, tmp_path):
    """The LDS is in files of its own."""
    activity = recorded()
    model, _ = fitted(name, activity, steps=5, objective=objective)
    save_model(tmp_path / "0.safetensors", model, name=name, options={})
    again = load_model(tmp_path / "0.safetensors")
    again.lds = model.lds
    for ours, theirs in zip(
        encode(model, activity[0].numpy(), SPLIT),
        encode(again, activity[0].numpy(), SPLIT),
        strict=True,
    ):
        np.testing.assert_array_equal(ours, theirs)


def test_options_set_the_size_of_the_correction():
    small, large = (build_model("residual_gru", NEURONS, DIMS, {"units": n}) for n in (4, 8))
    assert small.seen.in_features == 8 and large.seen.in_features == 16
