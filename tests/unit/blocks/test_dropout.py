"""Dropout against torch's definition: what is kept is scaled, and each entry is drawn alone."""

import pytest
import torch

from nma.blocks.dropout import Dropout


def dropped(share, shape=(40, 50, 61), seed=0):
    torch.manual_seed(seed)
    return Dropout(share)(torch.ones(shape))


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 0.9])
def test_a_share_of_the_entries_is_dropped_and_the_others_keep_the_mean(share):
    found = dropped(share)
    assert (found == 0).float().mean() == pytest.approx(share, abs=0.01)
    kept = found[found != 0]
    torch.testing.assert_close(kept, torch.full_like(kept, 1 / (1 - share)), rtol=1e-4, atol=0)


def test_entries_are_dropped_independently_of_their_neighbours():
    zero = (dropped(0.25) == 0).flatten().float()
    for distance in (1, 2, 3, 4, 61):
        together = (zero[distance:] * zero[:-distance]).mean()
        assert together == pytest.approx(0.0625, abs=0.004)


def test_the_seed_decides():
    assert torch.equal(dropped(0.3), dropped(0.3))
    assert not torch.equal(dropped(0.3), dropped(0.3, seed=1))


def test_what_is_dropped_has_no_gradient_and_what_is_kept_the_scale():
    activity = torch.ones(7, 9, requires_grad=True)
    found = Dropout(0.5)(activity)
    found.sum().backward()
    assert torch.equal(activity.grad, found.detach())


def test_nothing_and_everything():
    activity = torch.randn(5, 3)
    assert torch.equal(Dropout(0.0)(activity), activity)
    assert torch.equal(Dropout(0.5).eval()(activity), activity)
    assert not Dropout(1.0)(activity).any()
