"""Components that the LDSs of several layers share, against a decomposition of all predictions."""

import numpy as np
import pytest

from nma.latents.shared_components import shared_components

TRAIN = np.arange(200) < 150
SIZES = ((30, 4), (7, 2), (12, 3))  # neurons and dims of layers


@pytest.fixture
def layers():
    """Latents and loadings of each layer; latents are correlated within layers and between."""
    rng = np.random.default_rng(0)
    common = rng.standard_normal((200, 5))
    latents = [
        common @ rng.standard_normal((5, dims)) + rng.standard_normal((200, dims))
        for _, dims in SIZES
    ]
    return latents, [rng.standard_normal(size) for size in SIZES]


def test_they_are_the_principal_components_of_all_predictions(layers):
    latents, loadings = layers
    found = shared_components(latents, loadings, TRAIN, 20)
    predicted = np.concatenate([z @ c.T for z, c in zip(*layers, strict=True)], axis=1)
    predicted -= predicted[TRAIN].mean(axis=0)
    _, sizes, axes = np.linalg.svd(predicted[TRAIN], full_matrices=False)
    assert len(found.shares) == 9  # as many as there are latents
    np.testing.assert_allclose(found.shares, (np.square(sizes) / np.square(sizes).sum())[:9])
    courses = predicted @ axes[:9].T / sizes[:9] * np.sqrt(TRAIN.sum())
    np.testing.assert_allclose(np.abs(found.courses), np.abs(courses), rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(found.courses[TRAIN].std(axis=0), 1)
    together = np.concatenate(found.loadings)
    covariances = predicted[TRAIN].T @ found.courses[TRAIN] / TRAIN.sum()
    np.testing.assert_allclose(together, covariances, atol=1e-8)
    assert (together.mean(axis=0) > 0).all()
    assert [len(values) for values in found.loadings] == [30, 7, 12]


def test_another_rotation_of_latents_has_the_same(layers):
    latents, loadings = layers
    before = shared_components(latents, loadings, TRAIN, 2)
    turned = np.linalg.qr(np.random.default_rng(1).standard_normal((4, 4)))[0]
    latents[0], loadings[0] = latents[0] @ turned, loadings[0] @ turned
    after = shared_components(latents, loadings, TRAIN, 2)
    np.testing.assert_allclose(after.courses, before.courses, atol=1e-8)
    for ours, theirs in zip(after.loadings, before.loadings, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-8)


def test_latents_that_say_nothing_are_no_components(layers):
    """Loadings of 0, and a latent that is the sum of two others."""
    latents, loadings = layers
    latents[1] = np.column_stack([latents[0][:, 0], latents[0][:, 0]])
    loadings[2] = np.zeros_like(loadings[2])
    found = shared_components(latents, loadings, TRAIN, 20)
    assert len(found.shares) == 4 and np.isfinite(found.courses).all()
    assert not found.loadings[2].any()


def test_where_nothing_is_predicted_there_is_one_component_of_zeros(layers):
    latents, loadings = layers
    found = shared_components(latents, [0 * c for c in loadings], TRAIN, 6)
    assert found.courses.shape == (200, 1) and not found.courses.any()
    assert list(found.shares) == [0] and not np.concatenate(found.loadings).any()
