"""Draw the dynamics that simulated latents may have: docs/figures/simulated_dynamics.png.

Usage: python benchmarks/simulated_dynamics.py
"""

import sys
from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from nma.figures.style import WIDTH, use_style  # noqa: E402
from nma.recordings.dynamics import draw_courses  # noqa: E402
from nma.recordings.simulation_settings import Simulation  # noqa: E402

OUT = ROOT / "docs/figures/simulated_dynamics.png"
SHOWN, APART = 300, 6  # s over time, three times as much in state space; standard deviations
# Settings other than the defaults; and which latents are drawn over time, under which names.
DYNAMICS = {
    "ou": ({"latents": 40}, {0: "latent 1", 1: "latent 2", 2: "latent 3"}),
    "rotations": (
        {"latents": 40, "time_constants": (30, 120)},
        {0: "pair 1, first", 1: "pair 1, second", 2: "pair 2, first"},
    ),
    "lorenz": ({"latents": 3, "behaviour_latents": 2}, {0: "x", 1: "y", 2: "z"}),
    "chaotic_rnn": ({"latents": 200}, {0: "unit 1", 99: "unit 100", 199: "unit 200"}),
}
COLOURS = ["#332288", "#CC6677", "#999933"]


def courses_of(dynamics: str, own: dict[str, object]) -> tuple[np.ndarray, float]:
    """Shared latents (bins, latents), each of standard deviation 1, and the seconds of a bin."""
    settings = Simulation(seed=1, bins=4000, planes=1, dynamics=dynamics, **own)
    owners = np.repeat([0, 1], [settings.latents, settings.private_latents])
    courses = draw_courses(settings, owners, np.random.default_rng(settings.seed)).latents
    courses = courses[:, : settings.latents]
    return courses / courses.std(axis=0), settings.bin_seconds


def state_space(
    dynamics: str, courses: np.ndarray, names: dict[int, str]
) -> tuple[np.ndarray, list[str]]:
    """Two courses (bins, 2) that show the dynamics, and their names."""
    if dynamics == "chaotic_rnn":
        left, sizes, _ = np.linalg.svd(courses - courses.mean(axis=0), full_matrices=False)
        components = left[:, :2] * sizes[:2]
        return components / components.std(), ["component 1", "component 2"]
    pair = [0, 2] if dynamics == "lorenz" else [0, 1]
    return courses[:, pair], [names[k] for k in pair]


def main() -> None:
    use_style()
    figure, rows = plt.subplots(
        len(DYNAMICS), 2, figsize=(WIDTH, 8.4), width_ratios=(3, 1), layout="constrained"
    )
    for (dynamics, (own, names)), (over_time, space) in zip(DYNAMICS.items(), rows, strict=True):
        courses, seconds = courses_of(dynamics, own)
        bins = int(SHOWN / seconds)
        levels = [0, -APART, -2 * APART]
        for number, level, colour in zip(names, levels, COLOURS, strict=True):
            shown = courses[:bins, number] + level
            over_time.plot(np.arange(bins) * seconds, shown, color=colour, linewidth=1)
        over_time.set_title(dynamics, loc="left", fontweight="bold")
        over_time.set(xlim=(0, SHOWN), yticks=levels, yticklabels=names.values())
        over_time.tick_params(axis="y", length=0)
        over_time.spines["left"].set_visible(False)
        pair, (x, y) = state_space(dynamics, courses, names)
        space.plot(*pair[: 3 * bins].T, color="#444444", linewidth=0.6)
        space.set(xlabel=x, xlim=(-4.4, 4.4), xticks=[-3, 0, 3])
        space.set(ylabel=y, ylim=(-4.4, 4.4), yticks=[-3, 0, 3])
        space.set_aspect("equal")
    rows[-1, 0].set_xlabel("time (s)")
    OUT.parent.mkdir(exist_ok=True)
    figure.savefig(OUT, dpi=110)


if __name__ == "__main__":
    main()
