"""The pool of masks under which residual networks see train."""

import numpy as np
import torch
from lds_starts import lds_start

from nma.training.posterior_pool import PosteriorPool

BINS, NEURONS = 120, 12
ACTIVITY = (
    np.cumsum(np.random.default_rng(0).standard_normal((BINS, NEURONS)), axis=0) / 5
).astype("f4")


def pool_of(seed=0):
    split = np.repeat([0, 1], [100, 20]).astype("i1")
    start = lds_start(ACTIVITY, split, 3)
    return start, PosteriorPool(start.lds, torch.from_numpy(ACTIVITY[:100]), start.mean, seed)


def test_each_mask_has_the_posterior_of_what_is_visible():
    start, pool = pool_of()
    centred = ACTIVITY[:100] - start.mean
    assert len(pool.visible) == 10 and pool.whole == 8
    hidden = sum((~visible).sum(dim=0) for visible in pool.visible[:8])
    assert (hidden == 2 * 100).all()  # each neuron is hidden in one fold of both partitions
    for seen, latents, estimates in zip(pool.visible, pool.latents, pool.estimates, strict=True):
        visible = seen.numpy()
        np.testing.assert_allclose(latents, start.lds.latents(centred, visible), atol=1e-4)
        expected = start.mean + start.lds.predict(centred, visible)
        np.testing.assert_allclose(estimates, expected, atol=1e-4)


def test_half_of_the_windows_hide_whole_neurons():
    _, pool = pool_of()
    found = pool.draw(np.random.default_rng(0), 400, 20)
    assert found.activity.shape == found.estimates.shape == (400, 20, NEURONS)
    assert found.latents.shape == (400, 20, 3)
    whole = (found.visible == found.visible[:, :1]).all(dim=(1, 2))
    assert 0.4 < whole.float().mean() < 0.6
    # Windows are of consecutive bins of train, and all parts of the same ones.
    first = torch.from_numpy(ACTIVITY[:100])
    place = int((first == found.activity[0, 0]).all(dim=1).nonzero()[0])
    torch.testing.assert_close(found.activity[0], first[place : place + 20])


def test_masks_follow_from_the_seed():
    (_, one), (_, same), (_, other) = pool_of(), pool_of(), pool_of(1)
    assert all(map(torch.equal, one.visible, same.visible))
    assert not all(map(torch.equal, one.visible, other.visible))
