"""Training: both recipes learn, repeat themselves, keep the right weights, at the right rates."""

import math

import numpy as np
import pytest
import torch
from lds_starts import lds_start
from torch.nn.functional import mse_loss
from training_settings import WINDOWS

from nma.blocks.autoencoder import Autoencoder
from nma.io.errors import InputError
from nma.training import validation as scores_of_training
from nma.training.device import prepare_device
from nma.training.loop import job_seed, train
from nma.training.optimisers import sam_step
from nma.training.posterior_pool import PosteriorPool
from nma.training.recipes import RECIPES as RECIPE_CLASSES
from nma.training.recipes import recipe_of
from nma.training.steppers import STEPPERS, new_stepper
from nma.training.validation import Evaluation, evaluate
from nma.training.weights import build_model

NEURONS, DIMS = 20, 3
SPLIT = np.repeat([0, -1, 1, -1, 2], [40, 2, 16, 2, 14]).astype("i1")
SEQUENCE = {
    "recipe": "sequence",
    "steps": 20,
    "evaluate_every": 8,
    "learning_rate": 1e-2,
    "weight_decay": 1e-5,
    "rho": 0.05,
}
RECIPES = pytest.mark.parametrize("settings", [WINDOWS, SEQUENCE], ids=["windows", "sequence"])


def low_rank(layers=1, noise=0.3):
    """Activity (layers, bins, neurons) of three latents and noise, z-scored on train."""
    rng = np.random.default_rng(0)
    t = np.arange(len(SPLIT))[None, :, None]
    phase = rng.uniform(0, 6, (layers, 1, DIMS))
    latents = np.sin(t * 2 * np.pi / np.array([5, 8, 13]) + phase)
    activity = latents @ rng.normal(size=(DIMS, NEURONS))
    activity = activity + noise * rng.normal(size=activity.shape)
    fit = activity[:, SPLIT == 0]
    activity = (activity - fit.mean(1, keepdims=True)) / fit.std(1, keepdims=True)
    return torch.from_numpy(activity.astype("f4"))


def trained(settings, seed=0, activity=None, name="rnn", **changes):
    """A network trained as a job does it; the network and its history."""
    torch.manual_seed(seed)
    model, state_path = build_model(name, NEURONS, DIMS, {}), changes.pop("state_path", None)
    if name == "residual_gru" and changes.get("objective") == "masked":
        model.lds = lds_start(low_rank()[0].numpy(), SPLIT, DIMS)
    activity, recipe = low_rank() if activity is None else activity, recipe_of(settings | changes)
    return model, train(model, activity, SPLIT, recipe, seed=seed, state_path=state_path)[0]


def stepper_class(settings):
    return STEPPERS[RECIPE_CLASSES[settings["recipe"]]]


def without_patience(settings):
    return settings | {"patience": None} if "patience" in settings else settings


def validation(activity):
    return activity[:, torch.from_numpy(SPLIT == 1)]


# learning


@RECIPES
@pytest.mark.parametrize("layers", [1, 3])
def test_validation_gets_better(settings, layers):
    _, history = trained(settings, activity=low_rank(layers), steps=60, learning_rate=0.03)
    assert history[-1]["validation_mse"] < 0.75 * history[0]["validation_mse"]
    assert history[-1]["validation_r2"] > 0.2
    assert history[-1]["train_r2"] > 0.2


@RECIPES
def test_a_row_an_evaluation(settings):
    _, history = trained(settings)
    assert [row["step"] for row in history] == [0, 8, 16, 20]
    columns = ["attempt", "step", "seconds", "learning_rate", "train_mse", "validation_mse"]
    assert all(list(row) == [*columns, "train_r2", "validation_r2"] for row in history)
    seconds = [row["seconds"] for row in history]
    assert seconds == sorted(seconds) and seconds[-1] > 0


@RECIPES
def test_scores_of_the_history_are_those_of_the_split(settings):
    """Against plain formulas, before and after some steps."""
    activity = low_rank()
    model, history = trained(without_patience(settings), steps=3, activity=activity)
    mean = activity[0, SPLIT == 0].mean(dim=0)
    model.eval()
    for name, code in {"train": 0, "validation": 1}.items():
        block = activity[:, torch.from_numpy(code == SPLIT)]
        with torch.no_grad():
            error = ((model(block) - block) ** 2).double()
        deviation = ((block - mean) ** 2).double()
        assert history[-1][f"{name}_mse"] == pytest.approx(error.mean().item(), rel=1e-4)
        expected = 1 - (error.sum() / deviation.sum()).item()
        assert history[-1][f"{name}_r2"] == pytest.approx(expected, abs=1e-4)


@RECIPES
def test_training_never_sees_validation_test_or_gap(settings):
    """The weights after a fixed number of steps depend on the bins of train alone."""
    settings = without_patience(settings)
    other = low_rank()
    other[:, torch.from_numpy(SPLIT != 0)] += 3
    first, second = trained(settings)[0], trained(settings, activity=other)[0]
    assert all(map(torch.equal, first.state_dict().values(), second.state_dict().values()))


# seeds


def weights(settings, seed):
    return torch.cat([w.flatten() for w in trained(settings, seed)[0].state_dict().values()])


@RECIPES
def test_the_same_seed_gives_the_same_weights_to_the_bit(settings):
    assert torch.equal(weights(settings, 3), weights(settings, 3))


@RECIPES
def test_another_seed_gives_other_weights(settings):
    assert not torch.equal(weights(settings, 3), weights(settings, 4))


def test_the_seed_draws_the_windows():
    """From the same weights."""
    results = []
    for seed in (1, 1, 2):
        torch.manual_seed(0)
        model = build_model("rnn", NEURONS, DIMS, {"dropout": 0})
        train(model, low_rank(), SPLIT, recipe_of(WINDOWS | {"steps": 5}), seed=seed)
        results.append(model.readout.weight.detach())
    assert torch.equal(results[0], results[1])
    assert not torch.equal(results[0], results[2])


def test_a_seed_of_its_own_for_each_layer_and_seed():
    seeds = {job_seed(seed, layer) for seed in range(20) for layer in ("L1", "L2", "L12", "all")}
    assert len(seeds) == 80
    assert job_seed(0, "L1") == job_seed(0, "L1")
    assert all(0 <= seed < 2**63 for seed in seeds)


# which weights are kept


def test_windows_keep_the_best_weights_on_validation():
    """A rate that climbs far too high leaves the last weights behind the best."""
    settings = WINDOWS | {"steps": 60, "evaluate_every": 5, "learning_rate": 5, "warmup": 1}
    settings |= {"patience": 100}
    activity = low_rank()
    model, history = trained(settings, activity=activity)
    scores = [row["validation_mse"] for row in history]
    assert min(scores) < scores[-1]
    assert evaluate(model, validation(activity)) == pytest.approx(min(scores), rel=1e-6)
    best = max(history, key=lambda row: row["validation_r2"])
    assert best["validation_mse"] == min(scores)


def test_sequences_keep_the_last_weights():
    settings = SEQUENCE | {"steps": 3, "evaluate_every": 1, "learning_rate": 0.5}
    activity = low_rank()
    model, history = trained(settings, activity=activity)
    scores = [row["validation_mse"] for row in history]
    assert min(scores) < scores[-1]
    assert evaluate(model, validation(activity)) == pytest.approx(scores[-1], rel=1e-6)


@pytest.mark.parametrize(
    ("curve", "patience", "stops_at"),
    [
        # validation error at evaluation 0, 1, 2, ... of one step each
        ([5, 4, 3, 4, 4, 4, 4, 4], 3, 5),
        ([5, 4, 3, 4, 4, 2, 4, 4], 3, 7),
        ([5, 5, 5, 5, 5, 5, 5, 5], 2, 2),
        ([8, 7, 6, 5, 4, 3, 2, 1], 1, 7),
        ([1, 2, 1, 1, 1, 1, 1, 1], 4, 4),
    ],
)
def test_patience_counts_evaluations_without_a_better_score(monkeypatch, curve, patience, stops_at):
    # train and validation; once more at the end
    scores = iter([value for score in curve for value in (1.0, score)] + 2 * [1.0])
    kept = []

    def evaluated(model, block, present):
        kept.append(model.readout.weight.detach().clone())
        return next(scores)

    monkeypatch.setattr(scores_of_training, "evaluate", evaluated)
    settings = {"steps": len(curve) - 1, "evaluate_every": 1, "patience": patience}
    model, history = trained(WINDOWS | settings)
    assert history[-1]["step"] == stops_at
    best = curve.index(min(curve[: stops_at + 1]))
    assert torch.equal(model.readout.weight, kept[2 * best])


# steps


class Shift(Autoencoder):
    """Adds one weight to the activity: far from 0, its clipped gradient is 1 at every step."""

    def __init__(self):
        super().__init__(neurons=1, dims=1)
        self.weight = torch.nn.Parameter(torch.tensor(100.0))

    def forward(self, activity):
        return activity + self.weight


def moves(steps, warmup, kind=Shift, **changes):
    """How far each step of the windows recipe moves that weight: Adam's step is the rate itself."""
    model = kind()
    settings = {"steps": steps, "learning_rate": 0.01, "weight_decay": 0, "warmup": warmup}
    recipe = recipe_of(WINDOWS | settings | changes)
    stepper = new_stepper(recipe, model, low_rank(), seed=0)
    at = [model.weight.item()]
    for step in range(steps):
        stepper.step(step)
        at.append(model.weight.item())
    return -np.diff(at)


class Penalised(Shift):
    """The same, with a penalty that undoes the pull of the error from step 20 on."""

    def auxiliary_loss(self, activity, step):
        assert activity.ndim == 3
        return -self.weight * 1000 if step >= 20 else None


def test_an_auxiliary_loss_is_added_to_the_error():
    moved = moves(40, 0.25, Penalised)
    assert (moved[:20] > 0).all()
    assert moved[-1] < 0


def test_the_rate_climbs_to_its_peak_and_falls_as_a_cosine():
    moved = moves(40, 0.25)
    climb = 0.01 * np.arange(1, 11) / 10
    fall = [0.01 * (1 + math.cos(math.pi * n / 30)) / 2 for n in range(30)]
    np.testing.assert_allclose(moved, [*climb, *fall], atol=2e-5)
    assert moved[10] == pytest.approx(0.01, abs=2e-5)
    assert moved[25] == pytest.approx(0.005, abs=2e-5)
    assert moved[39] < 1e-4


@pytest.mark.parametrize(("warmup", "first"), [(0, 0.01), (1, 0.01 / 20), (0.5, 0.01 / 10)])
def test_shares_of_the_warm_up(warmup, first):
    moved = moves(20, warmup)
    assert moved[0] == pytest.approx(first, abs=2e-5)
    assert moved.max() == pytest.approx(0.01, abs=2e-5)


def test_the_history_holds_the_rates():
    _, history = trained(WINDOWS, steps=20, evaluate_every=1, warmup=0.25)
    rates = [row["learning_rate"] for row in history]
    peak = int(np.argmax(rates))
    assert rates[peak] == pytest.approx(WINDOWS["learning_rate"])
    assert (np.diff(rates[:peak]) > 0).all()
    assert (np.diff(rates[peak + 2 :]) < 0).all()
    assert rates[-1] < 0.02 * WINDOWS["learning_rate"]
    _, history = trained(SEQUENCE, steps=2, evaluate_every=1)
    assert {row["learning_rate"] for row in history} == {SEQUENCE["learning_rate"]}


def pair():
    """Twice the same network, without dropout, and a block of activity."""
    models = []
    for _ in range(2):
        torch.manual_seed(0)
        models.append(build_model("rnn", NEURONS, DIMS, {"dropout": 0}))
    return *models, low_rank()[:, :20]


def assert_close(first, second, atol=2e-5):
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        torch.testing.assert_close(a, b, atol=atol, rtol=1e-4)


def test_a_windows_step_is_adamw_on_clipped_gradients():
    """Windows longer than train are train itself, so nothing is drawn; warm-up of one step."""
    model, expected, block = pair()
    settings = {"steps": 6, "learning_rate": 0.01, "weight_decay": 0.3, "window": 10**6}
    settings |= {"batch_size": 3, "warmup": 0, "clip": 0.05, "noise": 0}
    stepper = new_stepper(recipe_of(WINDOWS | settings), model, block, seed=0)
    for step in range(6):
        stepper.step(step)
    adamw = torch.optim.AdamW(expected.parameters(), lr=0.01, weight_decay=0.3)
    for step in range(6):
        adamw.zero_grad()
        mse_loss(expected(block), block).backward()
        norm = sum((w.grad**2).sum() for w in expected.parameters()) ** 0.5
        assert norm > 0.05
        for w in expected.parameters():
            w.grad *= 0.05 / norm
        # After one step of warm-up at the full rate, a cosine over the five that are left.
        factor = 1 if step == 0 else (1 + math.cos(math.pi * (step - 1) / 5)) / 2
        adamw.param_groups[0]["lr"] = 0.01 * factor
        adamw.step()
    assert_close(model, expected)


def test_a_sequence_step_is_sam_around_adam_on_all_layers_and_bins_of_train():
    model, expected, block = pair()
    block = torch.cat([block, 0.5 * block.flip(1), -block])
    settings = {"steps": 6, "learning_rate": 0.01, "weight_decay": 0.1, "rho": 0.2}
    stepper = new_stepper(recipe_of(SEQUENCE | settings), model, block, seed=0)
    adam = torch.optim.Adam(expected.parameters(), lr=0.01, weight_decay=0.1)
    for step in range(6):
        stepper.step(step)
        sam_step(adam, lambda: mse_loss(expected(block), block).backward(), 0.2)
    assert_close(model, expected)
    assert stepper.rate(3) == 0.01


class Watch(Shift):
    """Keeps the batches that it sees."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def forward(self, activity):
        self.seen.append(activity)
        return super().forward(activity)


def test_windows_are_stretches_of_any_layer_from_first_bin_to_last():
    """Entry [layer, bin, neuron] of the block says where it comes from."""
    block = 1000.0 * torch.arange(3)[:, None, None] + torch.arange(30)[None, :, None]
    model = Watch()
    recipe = recipe_of(WINDOWS | {"steps": 100, "window": 8, "batch_size": 5, "noise": 0})
    stepper = new_stepper(recipe, model, block.expand(3, 30, 4), seed=0)
    for step in range(100):
        stepper.step(step)
    batches = torch.cat(model.seen)
    assert batches.shape == (500, 8, 4)
    layer, start = batches[:, 0, 0] // 1000, batches[:, 0, 0] % 1000
    inside = 1000 * layer[:, None] + start[:, None] + torch.arange(8)
    assert torch.equal(batches, inside[:, :, None].expand(500, 8, 4))
    assert set(layer.tolist()) == {0, 1, 2}
    assert set(start.tolist()) == set(range(23))


# what cannot be trained


@RECIPES
def test_activity_that_is_not_a_number_stops_training(settings):
    activity = low_rank()
    activity[0, 5, 2] = math.nan
    with pytest.raises(InputError, match="config: training: found a train_mse of nan"):
        trained(settings, activity=activity)


def test_the_loss_that_is_not_a_number_is_the_one_named():
    activity = low_rank()
    activity[0, np.flatnonzero(SPLIT == 1)[3], 2] = math.nan
    with pytest.raises(InputError, match="found .*nan.* at step 0"):
        trained(WINDOWS, activity=activity)


@RECIPES
def test_a_huge_learning_rate_names_the_step(settings):
    with pytest.raises(InputError, match=r"at step [1-6] .*a lower learning_rate may help"):
        trained(settings, learning_rate=1e30, evaluate_every=2)


@RECIPES
def test_a_loss_that_stops_being_a_number_is_tried_again_at_a_lower_rate(settings, monkeypatch):
    stepper = stepper_class(settings)
    honest = stepper.step

    def breaks(self, number):
        loss = honest(self, number)
        return math.nan if number == 9 and self.rate(number) > 0.002 else loss

    expected, _ = trained(settings | {"learning_rate": 0.001})
    monkeypatch.setattr(stepper, "step", breaks)
    model, history = trained(settings | {"learning_rate": 0.01 / 0.9})
    assert [(row["attempt"], row["step"]) for row in history] == [
        *((1, 0), (1, 8), (2, 0), (2, 8), (3, 0), (3, 8), (3, 16), (3, 20))
    ]
    rates = [row["learning_rate"] for row in history if row["step"] == 8]
    assert rates[1] / rates[0] == pytest.approx(0.3)
    assert rates[2] / rates[0] == pytest.approx(0.09)
    # Dropout goes on drawing, the rest starts again.
    assert_close(model, expected, atol=0.02)


@pytest.mark.parametrize(
    ("name", "objective"),
    [
        *((name, "reconstruct") for name in ("rnn", "gru", "lstm", "feedback_lstm")),
        *((name, "mixed") for name in ("rnn", "gru", "lstm", "residual_gru")),
    ],
)
def test_matrix_products_in_bfloat16_train_nearly_the_same_network(name, objective):
    found = []
    for precision in ("float32", "bfloat16"):
        torch.manual_seed(0)
        model = build_model(name, NEURONS, DIMS, {})
        if name == "residual_gru":
            model.lds = lds_start(low_rank()[0].numpy(), SPLIT, DIMS)
        recipe = recipe_of(WINDOWS | {"precision": precision, "objective": objective})
        history, _ = train(model, low_rank(), SPLIT, recipe, seed=0)
        assert all(weight.dtype == torch.float32 for weight in model.parameters())
        found.append([row["validation_mse"] for row in history])
    assert found[0] != found[1]
    np.testing.assert_allclose(*found, rtol=0.02)


# what is hidden


@pytest.mark.parametrize("objective", ["masked", "mixed"])
def test_what_is_hidden_is_predicted_better_and_better(objective):
    _, history = trained(WINDOWS, objective=objective, steps=100, learning_rate=0.03)
    for kind in ("cosmooth", "masked"):
        scores = [row[f"validation_{kind}_r2"] for row in history]
        assert max(scores) > 0.3 > 0.1 > scores[0]


def test_the_best_weights_are_those_of_the_best_hidden_scores():
    settings = WINDOWS | {"steps": 60, "evaluate_every": 5, "learning_rate": 5, "warmup": 1}
    torch.manual_seed(0)
    model = build_model("rnn", NEURONS, DIMS, {})
    settings |= {"objective": "masked", "patience": 100}
    history, final = train(model, low_rank(), SPLIT, recipe_of(settings), seed=0)
    kinds = ("validation_cosmooth_r2", "validation_masked_r2")
    sums = [sum(row[kind] for kind in kinds) for row in history]
    assert max(sums) > sums[-1]
    assert sum(final[kind] for kind in kinds) == pytest.approx(max(sums), abs=1e-6)


# going on after a kill


class Killed(BaseException):
    pass


@pytest.mark.parametrize("at", [1, 5, 9, 17])
@pytest.mark.parametrize(
    ("settings", "changes"),
    [(WINDOWS, {}), (WINDOWS, {"objective": "masked", "patience": 2}), (SEQUENCE, {})],
)
def test_a_killed_job_ends_with_the_same_weights(settings, at, changes, monkeypatch, tmp_path):
    expected, whole = trained(settings, **changes)
    stepper = stepper_class(settings)
    honest, left = stepper.step, [at]

    def until_killed(self, number):
        left[0] -= 1
        if not left[0]:
            raise Killed
        return honest(self, number)

    state = tmp_path / "state.pt"
    monkeypatch.setattr(stepper, "step", until_killed)
    with pytest.raises(Killed):
        trained(settings, state_path=state, **changes)
    torch.rand(3)  # whatever happens in between
    left[0] = 0
    model, history = trained(settings, state_path=state, **changes)
    assert -left[0] == settings["steps"] - (at - 1) // 8 * 8
    for name, weight in expected.state_dict().items():
        assert torch.equal(model.state_dict()[name], weight), name
    for ours, theirs in zip(history, whole, strict=True):
        assert {**ours, "seconds": 0} == {**theirs, "seconds": 0}


def test_a_state_that_cannot_be_read_is_left_alone(tmp_path, capsys):
    state = tmp_path / "state.pt"
    state.write_bytes(b"torn")
    model, _ = trained(WINDOWS, state_path=state)
    expected, _ = trained(WINDOWS)
    assert torch.equal(model.readout.weight, expected.readout.weight)
    assert "cannot be read, training starts from the beginning" in capsys.readouterr().out


# scores


@pytest.mark.parametrize("objective", ["reconstruct", "masked"])
@pytest.mark.parametrize("name", ["gru", "residual_gru"])
def test_scoring_leaves_a_model_as_it_is_and_fitting_changes_its_gains_alone(name, objective):
    activity = low_rank()
    model, _ = trained(WINDOWS, name=name, objective=objective, steps=40, patience=100)
    blocks = {
        n: activity[:, torch.from_numpy(c == SPLIT)] for c, n in enumerate(("train", "validation"))
    }
    hides = objective != "reconstruct"
    evaluation = Evaluation(blocks, hides=hides, also_hidden=True, seed=0)
    if name == "residual_gru":
        model.gains[:] = 0.123

    def state():
        return {key: value.clone() for key, value in model.state_dict().items()}

    before = state()
    scores = evaluation.score(model.eval(), {})
    assert scores.keys() >= {"train_mse", "validation_r2", "validation_cosmooth_r2"}
    assert state().keys() == before.keys()
    assert all(map(torch.equal, state().values(), before.values()))
    fitted = evaluation.fit_gains(model)
    changed = {key for key, value in state().items() if not torch.equal(value, before[key])}
    assert changed == ({"gains"} if name == "residual_gru" else set())
    assert bool(fitted) == (name == "residual_gru")
    after = state()
    again = evaluation.score(model, fitted)
    assert all(map(torch.equal, state().values(), after.values()))
    # The scores of the fit are those of the model with these gains.
    measured = evaluation.score(model, {})
    assert again == pytest.approx(measured, abs=1e-5)
    assert evaluation.selects(again) >= evaluation.selects(scores) - 1e-6


# evaluate


@pytest.mark.parametrize("layers", [1, 3])
def test_evaluation_is_the_mean_squared_error_with_dropout_off(layers):
    torch.manual_seed(0)
    model = build_model("lstm", NEURONS, DIMS, {"dropout": 0.5}).train()
    block = low_rank(layers)
    error = evaluate(model, block)
    model.eval()
    with torch.no_grad():
        expected = np.mean([(model(block) - block).double().numpy() ** 2])
    assert error == pytest.approx(expected, rel=1e-5)
    assert isinstance(error, float)


# missing entries


def with_missing():
    """low_rank() and which entries are there; what is missing has one of two fillings."""
    present = torch.from_numpy(np.random.default_rng(3).random((1, len(SPLIT), NEURONS)) > 0.1)
    present[:, 5:9] = False
    return [torch.where(present, low_rank(), value) for value in (0.0, 30.0)], present


@pytest.mark.parametrize("recipe", [WINDOWS | {"objective": "reconstruct"}, SEQUENCE])
def test_the_loss_counts_what_was_recorded(recipe):
    """A model that always predicts 0: its loss is the mean square of what was recorded."""
    activity, present = with_missing()
    model = build_model("rnn", NEURONS, DIMS, {})
    torch.nn.init.zeros_(model.readout.weight)
    torch.nn.init.zeros_(model.readout.bias)
    block, counted = activity[1][:, :40], present[:, :40]
    settings = recipe_of(recipe | {"window": 40} if recipe["recipe"] == "windows" else recipe)
    loss = new_stepper(settings, model, block, seed=0, present=counted).step(0)
    assert loss == pytest.approx(block[counted].square().mean().item(), rel=1e-5)


@pytest.mark.parametrize("name", ["gru", "residual_gru"])
def test_no_score_of_validation_counts_or_shows_what_is_missing(name):
    activities, present = with_missing()
    model = build_model(name, NEURONS, DIMS, {}).eval()
    if name == "residual_gru":
        model.lds = lds_start(low_rank()[0].numpy(), SPLIT, DIMS)
    parts = {n: torch.from_numpy(code == SPLIT) for code, n in enumerate(("train", "validation"))}
    found = []
    for activity in activities:
        blocks = {
            "train": activities[0][:, parts["train"]],
            "validation": activity[:, parts["validation"]],
        }
        recorded = {n: present[:, bins] for n, bins in parts.items()}
        found.append(Evaluation(blocks, hides=True, seed=0, present=recorded))
    for kind in ("cosmooth_r2", "masked_r2"):
        one, other = (evaluation.r2(model, kind) for evaluation in found)
        assert one == pytest.approx(other, abs=1e-6)
    block, counted = activities[0][:, parts["validation"]], present[:, parts["validation"]]
    with torch.no_grad():
        errors = (model(block) - block).square()[counted]
    assert evaluate(model, block, counted) == pytest.approx(errors.mean().item(), rel=1e-5)


def test_a_residual_network_trains_on_what_was_recorded():
    activities, present = with_missing()
    weights = []
    for activity in activities:
        start = lds_start(low_rank()[0].numpy(), SPLIT, DIMS)
        model = build_model("residual_gru", NEURONS, DIMS, {})
        model.lds = start
        pool = PosteriorPool(start.lds, activity[0, :40], start.mean, 0, present[0, :40])
        found = pool.draw(np.random.default_rng(0), 8, 20)
        assert not (found.visible & found.hidden).any()
        weights.append((found.estimates, found.latents, found.activity * found.hidden))
    for one, other in zip(*weights, strict=True):
        torch.testing.assert_close(one, other)


def test_devices():
    assert prepare_device("auto", 1).type == ("cuda" if torch.cuda.is_available() else "cpu")
    prepare_device("cpu", 2)
    assert torch.get_num_threads() == 2
    prepare_device("cpu", 1)
    assert torch.get_num_threads() == 1
