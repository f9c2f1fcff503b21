"""The figures of modes and of leading latents: what is drawn, against closed forms."""

import numpy as np
from matplotlib import pyplot as plt

from nma.figures.latents import APART, leading, stack
from nma.figures.poles import LARGEST, draw_modes
from nma.state_space.modes import Modes


def test_a_complex_pair_is_drawn_once_with_the_weight_of_both():
    values = np.array([0.9, 0.5 + 0.2j, 0.5 - 0.2j, 0.1])
    modes = Modes(
        values, np.array([20.0, 3.0, 3.0, 1.0]), np.array([0, 0.1, 0.1, 0]),
        np.array([0.6, 0.199, 0.199, 0.002]), 500,
    )  # fmt: skip
    _, (plane, times) = plt.subplots(1, 2)
    drawn = draw_modes(plane, times, modes, "#000000")
    assert list(drawn) == [0.9, 0.5 + 0.2j]  # the last carries too little
    (poles,), (decays,) = plane.collections, times.collections
    np.testing.assert_allclose(poles.get_offsets(), [[0.9, 0], [0.5, 0.2]])
    np.testing.assert_allclose(decays.get_offsets(), [[0, 20], [0.1, 3]])
    np.testing.assert_allclose(poles.get_sizes(), [0.6 * LARGEST, 0.398 * LARGEST])
    plt.close("all")


def test_leading_latents_are_principal_components_of_the_prediction():
    """By the singular value decomposition of all predicted activity; any rotation has the same."""
    rng = np.random.default_rng(0)
    latents, loadings = rng.standard_normal((200, 4)), rng.standard_normal((30, 4))
    train = np.arange(200) < 150
    courses, shares = leading(latents, loadings, train)
    predicted = latents @ loadings.T
    predicted -= predicted[train].mean(axis=0)
    _, sizes, axes = np.linalg.svd(predicted[train], full_matrices=False)
    np.testing.assert_allclose(shares, np.square(sizes[:4]) / np.square(sizes).sum(), atol=1e-12)
    np.testing.assert_allclose(np.abs(courses), np.abs(predicted @ axes[:4].T), atol=1e-8)
    turned = np.linalg.qr(rng.standard_normal((4, 4)))[0]
    again, _ = leading(latents @ turned, loadings @ turned, train)
    np.testing.assert_allclose(np.abs(again), np.abs(courses), atol=1e-8)


def test_each_course_has_its_own_line_and_scale():
    _, panel = plt.subplots()
    course = np.sin(np.arange(50.0))
    stack(
        panel,
        np.arange(50),
        {"a": (course, "k"), "b": (7 * course + 3, "k"), "c": (0 * course, "k")},
    )
    first, second, constant = (line.get_ydata() for line in panel.lines)
    np.testing.assert_allclose(first - second, APART)
    np.testing.assert_allclose(constant, -2 * APART)
    assert [text.get_text() for text in panel.get_yticklabels()] == ["a", "b", "c"]
    plt.close("all")
