"""What is hidden in training, and how a network that knows nothing of it is asked."""

import numpy as np
import pytest
import torch
from lds_starts import lds_start

from nma.blocks.autoencoder import Autoencoder
from nma.latents.networks import predictor
from nma.training.coordinated_dropout import draw_visible, estimate_hidden
from nma.training.losses import mean_of_counted
from nma.training.weights import build_model

SHAPE = (200, 12, 300)


def test_half_of_the_windows_hide_whole_neurons_and_the_others_entries():
    visible, whole = draw_visible(SHAPE, np.random.default_rng(0))
    assert visible.shape == SHAPE and visible.dtype == torch.bool
    assert whole.sum() == pytest.approx(100, abs=25)
    throughout = (visible == visible[:, :1]).all(dim=1)
    assert throughout[whole].all()
    assert throughout[~whole].float().mean() < 0.1
    for part in (visible[whole], visible[~whole]):
        assert (~part).float().mean() == pytest.approx(0.25, abs=0.02)


def test_the_generator_decides():
    first, second, third = (draw_visible(SHAPE, np.random.default_rng(s))[0] for s in (1, 1, 2))
    assert torch.equal(first, second) and not torch.equal(first, third)


class Copy(Autoencoder):
    """Gives back its input."""

    def forward(self, activity):
        return activity


def test_the_input_keeps_its_size_and_hidden_values_do_not_reach_the_network():
    activity = torch.ones(1, 3, 4) * 5
    mean = torch.tensor([1.0, 1, 1, 1])
    visible = torch.tensor([[[1, 1, 1, 1], [1, 0, 1, 0], [0, 0, 0, 0]]]).bool()
    seen = estimate_hidden(Copy(4, 2), activity, visible, mean)
    expected = torch.tensor([[5.0, 5, 5, 5], [9, 1, 9, 1], [1, 1, 1, 1]])
    torch.testing.assert_close(seen[0], expected)
    sums = (seen - mean).sum(2)
    assert sums[0, 0] == sums[0, 1]


def test_the_loss_counts_what_was_hidden_alone():
    errors = torch.tensor([[[1.0, 4], [9, 100]]])
    visible = torch.tensor([[[0, 0], [0, 1]]]).bool()
    assert mean_of_counted(errors, ~visible).item() == pytest.approx((1 + 4 + 9) / 3)
    assert mean_of_counted(errors, torch.zeros_like(visible)).item() == 0


@pytest.mark.parametrize("name", ["gru", "residual_gru"])
def test_a_predictor_is_the_same_thing_from_arrays(name):
    """Activity less the mean, and 0 where it is hidden, as latents.cosmoothing gives it."""
    torch.manual_seed(0)
    model = build_model(name, 8, 3, {}).eval()
    activity = torch.randn(1, 40, 8) + 2
    if name == "residual_gru":
        split = np.repeat([0, 1], 20).astype("i1")
        model.lds = lds_start(activity[0].numpy(), split, 3)
        model.start(activity, "masked")
    activity = activity[:, :20]
    mean = activity.mean(dim=(0, 1)).numpy()
    visible = np.random.default_rng(0).random((20, 8)) > 0.3
    visible = np.broadcast_to(visible[:1], (20, 8))
    found = predictor(model, mean)((activity[0].numpy() - mean) * visible, visible)
    with torch.no_grad():
        mask = torch.from_numpy(visible.copy())[None]
        expected = estimate_hidden(model, activity, mask, torch.from_numpy(mean))[0]
    np.testing.assert_allclose(found + mean, expected, atol=1e-5)
