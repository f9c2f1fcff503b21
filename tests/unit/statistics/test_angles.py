"""Angles around the circle."""

import numpy as np
import pytest

from nma.statistics.angles import TURN, bumps, centres, fourier_terms, peaks, wrapped


def test_differences_go_the_shorter_way_around():
    degrees = [350, -350, 10, 190, -170, 540 + 1]
    assert np.allclose(np.degrees(wrapped(np.radians(degrees))), [-10, 10, 10, -170, -170, -179])


def test_bumps_are_1_at_their_centre_and_fall_to_both_sides():
    found = bumps(centres(48), 48, 10.0)
    assert np.allclose(np.diag(found), 1)
    assert np.allclose(found, found.T) and np.allclose(found[0, 1:], found[0, :0:-1])
    assert found[0, 24] == pytest.approx(np.exp(-20))


@pytest.mark.parametrize("angle", [0.0, 1.234, np.pi, TURN - 0.01])
def test_the_peak_of_a_bump_is_found_between_its_centres(angle):
    (found,) = peaks(bumps(np.array([angle]), 48, 10.0), 75)
    assert abs(wrapped(found - angle)) <= np.radians(0.05) + 1e-9


def test_fourier_terms_are_orthogonal_over_the_circle():
    terms = fourier_terms(centres(100), 9)
    assert terms.shape == (100, 19)
    assert np.allclose(terms.T @ terms / 100, np.diag([1] + 18 * [0.5]))
