"""Known answers of the dynamics of simulated latents: Lorenz's, chaotic networks, rotations."""

import h5py
import numpy as np
import pytest

from nma.io.errors import InputError
from nma.recordings.dynamics import (
    BETA,
    LORENZ_PERIOD,
    LORENZ_STEP,
    RHO,
    RNN_STEP,
    chaotic_rnn,
    draw_courses,
    integrate,
    lorenz,
    lorenz_flow,
    ornstein_uhlenbeck,
    parting,
    rotations,
    runge_kutta,
    settle,
)
from nma.recordings.simulation import simulate
from nma.recordings.simulation_settings import Simulation
from nma.state_space.em import fit, principal_start, start
from nma.state_space.files import time_constants

RNG = np.random.default_rng
OWN = {
    "ou": {"latents": 10},
    "lorenz": {"latents": 3, "behaviour_latents": 2},
    "chaotic_rnn": {"latents": 150},
    "rotations": {"latents": 10, "time_constants": (30, 120)},
}
COMMON = {"seed": 2, "neurons": 60, "bins": 1500, "planes": 2, "private_latents": 2}
COMMON |= {"private": 0.2, "face_components": 5, "behaviour_latents": 4}


@pytest.fixture(scope="module")
def truths(tmp_path_factory):
    """{dynamics: (datasets, attributes) of truth.h5}."""
    folder, found = tmp_path_factory.mktemp("simulated"), {}
    for name, own in OWN.items():
        settings = Simulation(dynamics=name, **COMMON | own)
        simulate(folder / "raw.npy", folder / f"{name}.h5", settings)
        with h5py.File(folder / f"{name}.h5") as file:
            found[name] = {key: x[:] for key, x in file.items()}, dict(file.attrs)
    return found


# The integrator


def test_an_oscillator_is_integrated_with_an_error_of_order_four():
    def flow(state):
        return np.array([-state[1], state[0]])

    errors = []
    for steps in (10, 20, 40):
        state = integrate(flow, np.array([1.0, 0]), 2.0, 2, 2.0 / steps)[1]
        errors.append(np.linalg.norm(state - [np.cos(2), np.sin(2)]))
    np.testing.assert_allclose(np.log2(np.divide(errors[:-1], errors[1:])), 4, atol=0.1)


def test_half_the_step_changes_nothing_within_a_period():
    state = settle(lorenz_flow, RNG(0).standard_normal(3), LORENZ_STEP)
    whole, half = (
        integrate(lorenz_flow, state, LORENZ_PERIOD / 20, 20, step)
        for step in (LORENZ_STEP, LORENZ_STEP / 2)
    )
    np.testing.assert_allclose(whole, half, atol=2e-5)


# Lorenz's system


def test_fixed_points_stay():
    size = np.sqrt(BETA * (RHO - 1))
    for point in ([0, 0, 0], [size, size, RHO - 1], [-size, -size, RHO - 1]):
        state = np.array(point, float)
        for _ in range(100):
            state = runge_kutta(lorenz_flow, state, LORENZ_STEP)
        np.testing.assert_allclose(state, point, atol=1e-9)


def test_near_starts_part_at_the_known_rate():
    """The largest Lyapunov exponent is 0.9056 (Sprott 2003, Chaos and Time-Series Analysis)."""
    state = settle(lorenz_flow, RNG(0).standard_normal(3), LORENZ_STEP)
    near, growth, time = state + [1e-8, 0, 0], 0.0, 1.0
    for _ in range(200):
        state, near = (integrate(lorenz_flow, s, time, 2, LORENZ_STEP)[1] for s in (state, near))
        distance = np.linalg.norm(near - state)
        growth += np.log(distance / 1e-8)
        near = state + (near - state) * 1e-8 / distance
    assert growth / (200 * time) == pytest.approx(0.9056, abs=0.06)


def test_the_period_is_that_of_the_settings(truths):
    """z has a maximum once in a period of 24 s, which are 20 bins."""
    z = lorenz(LORENZ_PERIOD / 20, 8000, RNG(1))[:, 2]
    peaks = np.flatnonzero((z[1:-1] > z[:-2]) & (z[1:-1] > z[2:]))
    assert np.diff(peaks).mean() == pytest.approx(20, rel=0.02)
    z = truths["lorenz"][0]["latents"][:, 2]
    peaks = np.flatnonzero((z[1:-1] > z[:-2]) & (z[1:-1] > z[2:]))
    assert np.diff(peaks).mean() == pytest.approx(24 / 1.2, rel=0.05)


def test_courses_are_on_the_attractor_from_the_first_bin():
    """Its mean z is 23.55, and x and y change sign together."""
    courses = lorenz(LORENZ_PERIOD / 20, 8000, RNG(2))
    assert courses[:, 2].mean() == pytest.approx(23.55, abs=0.3)
    assert (np.abs(courses).max(axis=0) < [22, 30, 50]).all()
    assert np.corrcoef(courses[:, :2].T)[0, 1] == pytest.approx(0.88, abs=0.02)


# Chaotic networks


def network(gain, units=150, seed=0):
    weights = gain * RNG(seed).standard_normal((units, units)) / np.sqrt(units)
    return lambda state: np.tanh(state) @ weights.T - state


def test_two_starts_of_a_chaotic_network_part():
    flow = network(2.5)
    state = settle(flow, RNG(1).standard_normal(150), RNN_STEP)
    assert parting(flow, state, RNG(2)) > 1e4


def test_a_network_of_low_gain_dies_and_is_refused():
    flow = network(0.9)
    assert np.abs(settle(flow, RNG(1).standard_normal(150), RNN_STEP)).max() < 1e-3
    with pytest.raises(InputError, match="rnn_gain: found 0.9 with 150 latents"):
        chaotic_rnn(150, 0.9, 1.0, 50, RNG(0))


def test_a_network_that_repeats_itself_is_refused():
    """50 units with a gain of 1.5 end in a cycle or at rest."""
    refused = 0
    for seed in range(4):
        try:
            chaotic_rnn(50, 1.5, 1.0, 10, RNG(seed))
        except InputError:
            refused += 1
    assert refused >= 3


def test_rates_obey_the_equation_of_the_network():
    """From one bin to the next, in small bins: dx/dt = -x + J tanh(x) for some J, by regression."""
    rates = chaotic_rnn(100, 2.5, 0.05, 3000, RNG(3))
    assert np.abs(rates).max() < 1
    states = np.arctanh(rates)
    change = (states[2:] - states[:-2]) / 0.1
    weights, *_ = np.linalg.lstsq(rates[1:-1], change + states[1:-1], rcond=None)
    rest = change + states[1:-1] - rates[1:-1] @ weights
    assert rest.std() < 0.01 * change.std()
    assert weights.std() == pytest.approx(2.5 / np.sqrt(100), rel=0.1)
    assert (np.diff(rates.var(axis=0)) <= 0).all()


# Rotations


def test_rotations_have_the_autocorrelation_and_the_phase_of_their_equation():
    taus, frequencies = np.array([40.0, 15.0]), np.array([1 / 20, 1 / 60])
    courses = rotations(np.array([2.0, 0.5]), taus, frequencies, 200_000, RNG(0))
    assert courses.var(axis=0) == pytest.approx([2, 2, 0.5, 0.5], rel=0.05)
    for pair, (tau, frequency) in enumerate(zip(taus, frequencies, strict=True)):
        first, second = courses[:, 2 * pair], courses[:, 2 * pair + 1]
        for lag in (0, 1, 5, 10, 20, 40):
            decay, angle = np.exp(-lag / tau), 2 * np.pi * frequency * lag
            late = slice(lag, None), slice(None, len(first) - lag)
            for one, other, expected in (
                (first, first, np.cos(angle)),
                (second, second, np.cos(angle)),
                (second, first, np.sin(angle)),
            ):
                found = np.corrcoef(one[late[0]], other[late[1]])[0, 1]
                assert found == pytest.approx(decay * expected, abs=0.03)


def test_a_linear_system_of_two_dims_finds_the_pole_of_a_rotation():
    latents = rotations(np.array([1.0]), np.array([40.0]), np.array([1 / 25]), 20_000, RNG(1))
    y = latents @ RNG(2).standard_normal((2, 12)) + 0.05 * RNG(3).standard_normal((20_000, 12))
    found, _ = fit(y, start(y, *principal_start(y, 2)), 10)
    seconds, hertz = time_constants(found, 0.5)
    np.testing.assert_allclose(hertz, 1 / 25 / 0.5, rtol=0.05)
    pole = np.exp(-1 / 40 + 2j * np.pi / 25)
    poles = np.exp(-0.5 / seconds[0] + 2j * np.pi * hertz[0] * 0.5)
    assert abs(poles - pole) < 0.05 * abs(1 - pole)


# What simulations say of themselves


@pytest.mark.parametrize("name", OWN)
def test_the_truth_says_its_dynamics(truths, name):
    truth, attributes = truths[name]
    shared, linear = OWN[name]["latents"], name in ("ou", "rotations")
    assert attributes["dynamics"] == name
    taus, hertz = truth["time_constants"], truth["frequencies"]
    assert taus.shape == hertz.shape == truth["latent_layers"].shape == (shared + 4,)
    assert np.isfinite(taus[:shared]).all() == np.isfinite(hertz[:shared]).all() == linear
    assert np.isnan(taus[:shared]).any() == (not linear)
    assert np.isfinite(taus[shared:]).all() and not hertz[shared:].any()
    assert np.isfinite(truth["latents"]).all()
    if name == "ou":
        assert not hertz.any()
    if name == "rotations":
        np.testing.assert_array_equal(hertz[:shared:2], hertz[1:shared:2])
        np.testing.assert_array_equal(taus[:shared:2], taus[1:shared:2])
        periods = np.sort(1 / hertz[:shared:2])
        np.testing.assert_allclose(periods, np.geomspace(12, 60, shared // 2))
        assert taus.min() >= 30 and taus.max() <= 120
        variances = truth["latent_variances"]
        np.testing.assert_array_equal(variances[:shared:2], variances[1:shared:2])
        assert (np.diff(variances[:shared:2]) < 0).all()


def test_ou_is_drawn_as_it_was_before_there_were_other_dynamics(truths):
    """Time constants of all latents, then their courses, from the second stream of the seed."""
    truth, _ = truths["ou"]
    rng = RNG(np.random.SeedSequence(COMMON["seed"]).spawn(6)[1])
    taus = rng.permutation(np.geomspace(2, 20, 14))
    np.testing.assert_array_equal(truth["time_constants"], taus)
    courses = ornstein_uhlenbeck(truth["latent_variances"], taus / 1.2, COMMON["bins"], rng)
    np.testing.assert_array_equal(truth["latents"], courses)


@pytest.mark.parametrize("name", OWN)
def test_shared_variances_add_up_and_drives_have_variance_1(truths, name):
    truth, _ = truths[name]
    variances, shared = truth["latent_variances"], truth["latent_layers"] == 0
    assert variances[shared].sum() == pytest.approx(0.8)
    drives = truth["latents"].astype(float) @ truth["loadings"].T.astype(float)
    if name in ("lorenz", "chaotic_rnn"):
        np.testing.assert_allclose(
            truth["latents"][:, shared].var(axis=0), variances[shared], rtol=1e-4
        )
        of_shared = truth["latents"][:, shared] @ truth["loadings"][:, shared].T
        private = truth["loadings"][:, ~shared] ** 2 @ variances[~shared]
        np.testing.assert_allclose(of_shared.var(axis=0) + private, 1, rtol=1e-3)
    assert drives.var(axis=0).mean() == pytest.approx(1, abs=0.25)
    if name == "lorenz":
        np.testing.assert_allclose(variances[shared], 0.8 / 3, rtol=1e-4)


def test_behaviour_of_lorenz_follows_x_and_z():
    settings = Simulation(dynamics="lorenz", **COMMON | OWN["lorenz"])
    owners = np.repeat([0, 1, 2], [3, 2, 2])
    courses = draw_courses(settings, owners, RNG(0)).latents
    driving = courses[:, : 2 * settings.behaviour_latents : 2]
    np.testing.assert_array_equal(driving, courses[:, [0, 2]])


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("lorenz", {"latents": 4}, "latents: found 4, expected 3 where dynamics is lorenz"),
        ("lorenz", {"behaviour_latents": 3}, "behaviour_latents: found 3, expected at most 2"),
        ("rotations", {"latents": 11}, "latents: found 11, expected pairs"),
        ("rotations", {"rotation_periods": (60, 12)}, "rotation_periods: found"),
        ("rotations", {"rotation_periods": (2.4, 12)}, "more than two bins"),
        ("rotations", {"rotation_periods": (12, 61)}, "no period longer than 2 times"),
        ("ou", {"rnn_gain": 2.0}, "rnn_gain: found 2.0, expected none where dynamics is ou"),
        ("lorenz", {"rotation_periods": [12, 50]}, "expected none where dynamics is lorenz"),
    ],
)
def test_settings_that_do_not_fit_the_dynamics(name, changes, message):
    with pytest.raises(InputError, match=message):
        Simulation(dynamics=name, **COMMON | OWN[name] | changes)


def test_settings_of_other_dynamics_may_be_there_with_their_defaults():
    Simulation(dynamics="ou", rotation_periods=[12, 60], **COMMON | OWN["ou"])
