"""The settings of a simulated recording of time; the symbols are in docs/simulation.md."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nma.io.errors import InputError

# Settings that one kind of dynamics alone has.
OF_DYNAMICS = {
    "lorenz_period": "lorenz",
    "rnn_gain": "chaotic_rnn",
    "rnn_time_constant": "chaotic_rnn",
    "rotation_periods": "rotations",
}
TURNS = 0.5  # of each rotation within its decay time, at least


@dataclass(frozen=True)
class Simulation:
    """Settings of a simulated recording; the symbols are in docs/simulation.md.

    dynamics: of the latents that all layers share, `ou`, `lorenz`, `chaotic_rnn` or `rotations`.
    latents: number of them; the variance of latent i is proportional to (i + knee) ** -alpha where
    dynamics are linear. private_latents: number that each layer has to itself, with the share
    `private` of the variance of the drive. amplitude: standard deviation of the drive (log rate).
    time_constants: shortest and longest, in seconds. lorenz_period: mean time of an oscillation, in
    seconds. rnn_gain, rnn_time_constant: the gain of random weights, and the time constant of a
    unit in seconds. rotation_periods: shortest and longest, in seconds. smooth: share of the
    variance of the loadings that varies smoothly in space, over `smooth_um` micrometres. gain_sd:
    standard deviation of the log of a neuron's mean rate. noise_shape: shape of the gamma noise, so
    that activity / rate has mean 1 and variance 1 / noise_shape. behaviour_latents: number of
    shared latents that drive running, pupil and face_components face-movie SVDs.

    Raises InputError for settings that do not fit together; the schema has the single ranges.
    """

    seed: int
    neurons: int = 11983
    bins: int = 7018
    planes: int = 9
    bin_seconds: float = 1.2
    dynamics: str = "ou"
    latents: int = 450
    alpha: float = 1.6
    knee: float = 4.0
    amplitude: float = 0.95
    time_constants: Sequence[float] = (2, 20)
    lorenz_period: float = 24
    rnn_gain: float = 2.5
    rnn_time_constant: float = 1.2
    rotation_periods: Sequence[float] = (12, 60)
    private: float = 0.05
    private_latents: int = 4
    smooth: float = 0.3
    smooth_um: float = 100
    gain_sd: float = 0.61
    noise_shape: float = 1.7
    behaviour_latents: int = 16
    face_components: int = 1000

    def __post_init__(self) -> None:
        shortest, longest = self.time_constants
        fastest, slowest = self.rotation_periods
        least = 2 * self.behaviour_latents - 1
        where = f"where dynamics is {self.dynamics}"
        rules = [
            ("neurons", self.neurons >= self.planes, f"at least {self.planes}"),
            ("time_constants", 0 < shortest <= longest, "the shortest first, above 0"),
        ]
        for name, dynamics in OF_DYNAMICS.items():
            found, default = getattr(self, name), type(self).__dataclass_fields__[name].default
            unset = np.array_equal(found, default)
            rules.append((name, unset or dynamics == self.dynamics, f"none {where}"))
        if self.dynamics == "lorenz":
            rules += [("latents", self.latents == 3, f"3 {where}")]
            rules += [("behaviour_latents", self.behaviour_latents <= 2, f"at most 2 {where}")]
        if self.dynamics == "rotations":
            nyquist, turning = 2 * self.bin_seconds, shortest / TURNS
            rules += [
                ("latents", self.latents % 2 == 0, f"pairs, an even number, {where}"),
                (
                    "rotation_periods",
                    nyquist < fastest <= slowest <= turning,
                    f"the shortest first, more than two bins ({nyquist:g} s), and no period longer "
                    f"than {1 / TURNS:g} times the shortest of time_constants ({turning:g} s)",
                ),
            ]
        rules += [("latents", self.latents >= least, f"at least {least}")]
        for name, holds, expected in rules:
            if not holds:
                found = getattr(self, name)
                raise InputError("simulation settings", name, found=found, expected=expected)
