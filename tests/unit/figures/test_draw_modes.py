"""The figures of modes and of latents over time: what is drawn, against closed forms."""

import numpy as np
from matplotlib import pyplot as plt

from nma.figures.latents import APART, stack
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
